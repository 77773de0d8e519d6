// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/break_out.h"

namespace kamexec::tool::check {

std::string_view words_of(Context context) {
  switch (context) {
    case Context::unquoted:
      return "unquoted";
    case Context::double_quotes:
      return "in double quotes";
    case Context::single_quotes:
      return "in single quotes";
    case Context::here_document:
      return "in a here-document";
    case Context::quoted_here_document:
      return "in a here-document with a quoted delimiter";
    case Context::arithmetic:
      return "in arithmetic";
    case Context::comment:
      return "in a comment";
  }
  return "";
}

std::string_view name_of(Context context) {
  switch (context) {
    case Context::unquoted:
      return "unquoted";
    case Context::double_quotes:
      return "double-quotes";
    case Context::single_quotes:
      return "single-quotes";
    case Context::here_document:
      return "here-document";
    case Context::quoted_here_document:
      return "quoted-here-document";
    case Context::arithmetic:
      return "arithmetic";
    case Context::comment:
      return "comment";
  }
  return "";
}

bool can_break_out(variables::Form form, Context context) {
  const bool only_by_line = context == Context::comment || context == Context::quoted_here_document;
  return !only_by_line || form == variables::Form::folded_text || form == variables::Form::none;
}

/// `$`, `(`, `)` and `'` are letters like others in the user part of a URI (RFC 3261 section 25.1,
/// mark and user-unreserved); Kamailio's parser takes them in a host in brackets too.
std::string break_out_value(variables::Form form, Context context, bool after_backslash) {
  std::string core = "$(id)";
  switch (context) {
    case Context::single_quotes:
      core = "'$(id)'";
      break;
    case Context::comment:
      core = form == variables::Form::folded_text ? "x\r\n id #"
                                                  : "";  // a folded line begins with a blank
      break;
    case Context::quoted_here_document:
      core.clear();
      break;
    default:
      core.insert(0, after_backslash ? "x" : "");
  }
  if (core.empty()) {
    return core;
  }
  switch (form) {
    case variables::Form::text:
    case variables::Form::folded_text:
    case variables::Form::user:
      return core;
    case variables::Form::host:
      return "[" + core + "]";
    case variables::Form::uri:
      return "sip:" + core + "@a.example";
    case variables::Form::display_name:
      return after_backslash && context != Context::single_quotes ? "" : "\"" + core + "\"";
    case variables::Form::none:
      break;
  }
  return {};
}

}  // namespace kamexec::tool::check
