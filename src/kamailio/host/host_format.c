/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats: the texts of a configuration, with pseudo-variables in them. */
#include <stdio.h>
#include <string.h>

#include "core/mem/mem.h"
#include "core/pvar.h"
#include "core/sr_module.h"
#include "kamailio/host/host.h"
#include "kamailio/host/host_text.h"

typedef struct Part {
  HostText text;
  pv_spec_t* spec; /* NULL: fixed text */
} Part;

struct HostFormat {
  pv_elem_t* elements;
  size_t count;
  Part parts[]; /* two for an element at most: its text, its variable */
};

/* "$$" comes as a variable whose value is the marker: for us it is fixed text. */
static int is_marker(const pv_spec_t* spec) {
  return spec->type == PVT_MARKER;
}

/* The text of an element points into the whole, and so tells where the name of the variable before
 * it ended. */
static void split(HostFormat* format, HostText whole) {
  for (pv_elem_t* element = format->elements; element != NULL; element = element->next) {
    if (element->text.s != NULL && element->text.len > 0) {
      format->parts[format->count++].text = host_text(&element->text);
    }
    if (element->spec == NULL || element->spec->type == PVT_NONE) {
      continue;
    }
    Part* part = &format->parts[format->count++];
    const char* name = element->text.s + element->text.len;
    const char* end = element->next != NULL ? element->next->text.s : whole.text + whole.length;
    part->text.text = name;
    part->text.length = is_marker(element->spec) ? 1 : (size_t)(end - name);
    part->spec = is_marker(element->spec) ? NULL : element->spec;
  }
}

HostFormat* host_format_parse(HostText text) {
  pv_elem_t* elements = NULL;
  str s = host_str(text);
  if (pv_parse_format(&s, &elements) < 0) {
    return NULL;
  }
  size_t most = 0;
  for (pv_elem_t* element = elements; element != NULL; element = element->next) {
    most += 2;
  }
  const size_t size = sizeof(HostFormat) + most * sizeof(Part);
  HostFormat* format = pkg_malloc(size);
  if (format == NULL) {
    PKG_MEM_ERROR;
    pv_elem_free_all(elements);
    return NULL;
  }
  memset(format, 0, size);
  format->elements = elements;
  split(format, text);
  return format;
}

int host_knows_variable(HostText text) {
  pv_spec_t spec;
  str s = host_str(text);
  /* What it may hold is not given back: other modules' functions for that are hardly ever called,
   * and this is asked while a configuration is loaded, of variables that look wrong. */
  return pv_parse_spec2(&s, &spec, 1) != NULL;
}

void host_loaded_modules(HostTextSink sink, void* context) {
  for (const sr_module_t* module = get_loaded_modules(); module != NULL; module = module->next) {
    HostText name = {module->exports.name, strlen(module->exports.name)};
    sink(context, name);
  }
}

void host_format_free(HostFormat* format) {
  if (format != NULL) {
    pv_elem_free_all(format->elements);
    pkg_free(format);
  }
}

size_t host_format_parts(const HostFormat* format) {
  return format->count;
}

HostText host_format_part(const HostFormat* format, size_t i, int* is_variable) {
  *is_variable = format->parts[i].spec != NULL;
  return format->parts[i].text;
}

void host_format_value(HostMessage* message, const HostFormat* format, size_t i, HostTextSink sink,
                       void* context) {
  HostText text = {NULL, 0};
  char number[32];
  pv_value_t value;
  if (pv_get_spec_value(message, format->parts[i].spec, &value) != 0) {
    sink(context, text); /* as the host prints a variable that it can't read: nothing */
    return;
  }
  if (value.flags & PV_VAL_NULL) {
    text.text = "<null>";
    text.length = 6;
  } else if (!(value.flags & PV_VAL_STR) && (value.flags & PV_VAL_INT)) {
    text.text = number;
    text.length = (size_t)snprintf(number, sizeof(number), "%ld", (long)value.ri);
  } else {
    text = host_text(&value.rs);
  }
  sink(context, text);
  pv_value_destroy(&value);
}
