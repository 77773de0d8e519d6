/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/config_walk.h"

#include "core/route.h"
#include "core/rvalue.h"
#include "core/switch.h"

#if VERSIONVAL < 6000000
#define RVE_LONG_OP RVE_INT_OP /* what 6.0 calls it */
#endif

typedef struct Walk {
  CallVisitor visit;
  void* context;
} Walk;

static void walk_actions(const Walk* walk, struct action* action);

static int is_unary(enum rval_expr_op op) {
  switch (op) {
    case RVE_UMINUS_OP:
    case RVE_BOOL_OP:
    case RVE_LNOT_OP:
    case RVE_BNOT_OP:
    case RVE_STRLEN_OP:
    case RVE_STREMPTY_OP:
    case RVE_DEFINED_OP:
    case RVE_NOTDEFINED_OP:
    case RVE_LONG_OP:
    case RVE_STR_OP:
      return 1;
    default:
      return 0;
  }
}

static void walk_expression(const Walk* walk, struct rval_expr* expression) {
  if (expression == NULL || expression->op == RVE_NONE_OP) {
    return;
  }
  if (expression->op == RVE_RVAL_OP) {
    if (expression->left.rval.type == RV_ACTION_ST) {
      walk_actions(walk, expression->left.rval.v.action);
    }
    return;
  }
  walk_expression(walk, expression->left.rve);
  if (!is_unary(expression->op)) {
    walk_expression(walk, expression->right.rve);
  }
}

static void walk_cases(const Walk* walk, struct case_stms* one) {
  for (; one != NULL; one = one->next) {
    walk_actions(walk, one->actions);
  }
}

static void walk_value(const Walk* walk, const action_u_t* value) {
  switch (value->type) {
    case RVE_ST:
      walk_expression(walk, value->u.data);
      break;
    case ACTIONS_ST:
    case ACTION_ST:
    case BLOCK_ST:
      walk_actions(walk, value->u.data);
      break;
    case CASE_ST:
      walk_cases(walk, value->u.data);
      break;
    default:
      break;
  }
}

static int is_module_call(enum action_type type) {
  switch (type) {
    case MODULE0_T:
    case MODULE1_T:
    case MODULE2_T:
    case MODULE3_T:
    case MODULE4_T:
    case MODULE5_T:
    case MODULE6_T:
    case MODULEX_T:
      return 1;
    default:
      return 0;
  }
}

static void walk_actions(const Walk* walk, struct action* action) {
  for (; action != NULL; action = action->next) {
    if (is_module_call(action->type) && action->val[0].u.data != NULL) {
      walk->visit(walk->context, action);
    }
    for (int i = 0; i < action->count && i < MAX_ACTIONS; i++) {
      walk_value(walk, &action->val[i]);
    }
  }
}

static void walk_routes(const Walk* walk, const struct route_list* routes) {
  for (int i = 0; i < routes->idx; i++) {
    walk_actions(walk, routes->rlist[i]);
  }
}

void config_walk(CallVisitor visit, void* context) {
  const Walk walk = {visit, context};
  const struct route_list* all[] = {&main_rt,   &onreply_rt, &failure_rt,
                                    &branch_rt, &onsend_rt,  &event_rt};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    walk_routes(&walk, all[i]);
  }
}
