/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results as AVPs. */
#include <string.h>

#include "core/dprint.h"
#include "core/mem/mem.h"
#include "core/pvar.h"
#include "core/usr_avp.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_text.h"

struct HostAvpList {
  pvname_list_t* names;
};

/* The name of an AVP, as Kamailio 5 and 6 hold it. */
typedef struct Name {
  int_str name;
#if VERSIONVAL >= 6000000
  avp_flags_t flags;
#else
  unsigned short flags;
#endif
} Name;

static void free_names(pvname_list_t* names) {
  while (names != NULL) {
    pvname_list_t* next = names->next;
    pkg_free(names);
    names = next;
  }
}

HostAvpList* host_avp_list_parse(HostText names) {
  str s = host_str(names);
  pvname_list_t* parsed = parse_pvname_list(&s, PVT_AVP);
  if (parsed == NULL) {
    return NULL;
  }
  HostAvpList* list = pkg_malloc(sizeof(HostAvpList));
  if (list == NULL) {
    PKG_MEM_ERROR;
    free_names(parsed);
    return NULL;
  }
  list->names = parsed;
  return list;
}

void host_avp_list_free(HostAvpList* list) {
  if (list != NULL) {
    free_names(list->names);
    pkg_free(list);
  }
}

/* The name that the value at place i (from 0) gets. */
static int name_of(HostMessage* message, pvname_list_t* listed, size_t i, Name* name) {
  memset(name, 0, sizeof(*name));
  if (listed != NULL) {
    return pv_get_avp_name(message, &listed->sname.pvp, &name->name, &name->flags);
  }
  name->name.n = (int)(i + 1);
  return 0;
}

/* The name in the list for the value at place i; NULL past its end. */
static pvname_list_t* listed_at(const HostAvpList* list, size_t i) {
  pvname_list_t* listed = list != NULL ? list->names : NULL;
  for (; listed != NULL && i > 0; i--) {
    listed = listed->next;
  }
  return listed;
}

/* The newest first: the host puts each in front of all others and looks for one from there, so that
 * it finds it at once. */
void host_avp_take_back(HostMessage* message, const HostAvpList* list, size_t count) {
  for (size_t i = count; i > 0; i--) {
    Name name;
    struct search_state state;
    memset(&state, 0, sizeof(state));
    if (name_of(message, listed_at(list, i - 1), i - 1, &name) == 0) {
      avp_t* avp = search_first_avp(name.flags, name.name, NULL, &state);
      if (avp != NULL) {
        destroy_avp(avp);
      }
    }
  }
}

int host_avp_add(HostMessage* message, const HostAvpList* list, size_t first,
                 const HostText* values, size_t count) {
  pvname_list_t* listed = listed_at(list, first);
  for (size_t i = 0; i < count; i++) {
    Name name;
    int_str value;
    value.s = host_str(values[i]);
    if (name_of(message, listed, first + i, &name) != 0 ||
        add_avp(name.flags | AVP_VAL_STR, name.name, value) != 0) {
      host_avp_take_back(message, list, first + i);
      return -1;
    }
    listed = listed != NULL ? listed->next : NULL;
  }
  return 0;
}
