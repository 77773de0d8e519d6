/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/exports/config_walk.h"

#include <stdint.h>

#include "core/globals.h"
#include "core/mem/pkg.h"
#include "core/route.h"
#include "core/rvalue.h"
#include "core/sr_module.h"
#include "core/switch.h"

#if VERSIONVAL < 5007000
#define RVE_LONG_OP RVE_INT_OP /* what 5.7.0 and later call it */
#endif

typedef struct Walk {
  CallVisitor visit;
  void* context;
  unsigned long steps; /* left: statements and expressions */
  int depth;           /* left */
  int truths_only;     /* only calls whose value is taken as true or false */
} Walk;

/* How the value of an expression is used. */
typedef enum Use { AS_VALUE, AS_TRUTH } Use;

/* More than any configuration has, and than a stack can't hold: against things that are none. */
#define MOST_STEPS 10000000
#define MOST_DEPTH 10000

static int in_doubt;

void config_in_doubt(void) {
  in_doubt = 1;
}

/* Whether it lies in the memory that the parser takes what it makes from. */
static int in_pool(const void* thing, size_t size) {
#ifdef PKG_MALLOC
  const uintptr_t begin = (uintptr_t)_pkg_root.mem_pool;
  const uintptr_t at = (uintptr_t)thing;
  return begin != 0 && at >= begin && at - begin < pkg_mem_size &&
         size <= pkg_mem_size - (at - begin) && at % sizeof(void*) == 0;
#else
  (void)thing;
  (void)size;
  return 0;
#endif
}

int config_readable(const void* thing, size_t size) {
  return thing != NULL && (!in_doubt || in_pool(thing, size));
}

static int take_step(Walk* walk) {
  if (walk->steps == 0 || walk->depth == 0) {
    return 0;
  }
  walk->steps--;
  return 1;
}

static void walk_actions(Walk* walk, struct action* action, Use use);

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

/* How an operator uses its operands. Of selval(condition, a, b) the left one is the condition. */
static Use use_of_left(enum rval_expr_op op) {
  switch (op) {
    case RVE_BOOL_OP:
    case RVE_LNOT_OP:
    case RVE_LAND_OP:
    case RVE_LOR_OP:
    case RVE_SELVALEXP_OP:
      return AS_TRUTH;
    default:
      return AS_VALUE;
  }
}

static Use use_of_right(enum rval_expr_op op) {
  return op == RVE_LAND_OP || op == RVE_LOR_OP ? AS_TRUTH : AS_VALUE;
}

static void walk_expression(Walk* walk, struct rval_expr* expression, Use use) {
  if (!config_readable(expression, sizeof(*expression)) || !take_step(walk)) {
    return;
  }
  walk->depth--;
  if (expression->op == RVE_RVAL_OP) {
    if (expression->left.rval.type == RV_ACTION_ST) {
      walk_actions(walk, expression->left.rval.v.action, use);
    }
  } else if (expression->op != RVE_NONE_OP) {
    walk_expression(walk, expression->left.rve, use_of_left(expression->op));
    if (!is_unary(expression->op)) {
      walk_expression(walk, expression->right.rve, use_of_right(expression->op));
    }
  }
  walk->depth++;
}

static void walk_cases(Walk* walk, struct case_stms* one) {
  for (; config_readable(one, sizeof(*one)) && take_step(walk); one = one->next) {
    walk_actions(walk, one->actions, AS_VALUE);
  }
}

static void walk_value(Walk* walk, const action_u_t* value, Use use) {
  switch (value->type) {
    case RVE_ST:
      walk_expression(walk, value->u.data, use);
      break;
    case ACTIONS_ST:
    case ACTION_ST:
    case BLOCK_ST:
      walk_actions(walk, value->u.data, AS_VALUE);
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

static void walk_actions(Walk* walk, struct action* action, Use use) {
  walk->depth--;
  for (; config_readable(action, sizeof(*action)) && take_step(walk); action = action->next) {
    if (is_module_call(action->type) && (!walk->truths_only || use == AS_TRUTH) &&
        config_readable(action->val[0].u.data, sizeof(ksr_cmd_export_t))) {
      walk->visit(walk->context, action);
    }
    const int decides = action->type == IF_T || action->type == WHILE_T;
    for (int i = 0; i < action->count && i < MAX_ACTIONS; i++) {
      walk_value(walk, &action->val[i], decides && i == 0 ? AS_TRUTH : AS_VALUE);
    }
  }
  walk->depth++;
}

static void walk_routes(Walk* walk, const struct route_list* routes) {
  for (int i = 0; routes->rlist != NULL && i < routes->idx; i++) {
    walk_actions(walk, routes->rlist[i], AS_VALUE);
  }
}

static void walk_all(CallVisitor visit, void* context, int truths_only) {
  Walk walk = {visit, context, MOST_STEPS, MOST_DEPTH, truths_only};
  const struct route_list* all[] = {&main_rt,   &onreply_rt, &failure_rt,
                                    &branch_rt, &onsend_rt,  &event_rt};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    walk_routes(&walk, all[i]);
  }
}

void config_walk(CallVisitor visit, void* context) {
  walk_all(visit, context, 0);
}

void config_walk_truths(CallVisitor visit, void* context) {
  walk_all(visit, context, 1);
}
