// SPDX-License-Identifier: GPL-2.0-or-later
#include "delivery_templates.h"

namespace kamexec::command {
namespace {

using Templates = std::vector<DeliveryTemplate>;

Templates quoting() {
  return {
      {"unquoted", "show ¤", {"¤"}},
      {"double_quoted", "show \"¤\"", {"¤"}},
      {"single_quoted", "show '¤'", {"¤"}},
      {"several", "show ¤ \"¤\" '¤' x", {"¤", "¤", "¤", "x"}},
      {"glued", "show pre-¤-post", {"pre-¤-post"}},
      {"glued_double_quoted", "show a\"b ¤ c\"d", {"ab ¤ cd"}},
      {"glued_single_quoted", "show a'b ¤ c'd", {"ab ¤ cd"}},
      {"glued_to_each_other", "show ¤¤\"¤\"'¤'", {"¤¤¤¤"}},
      {"glued_to_quotes", "show \"a\"¤'b'", {"a¤b"}},
      {"among_escapes",
       "show a\\ ¤\\$x\\\\ \\\"¤\\\" \"\\\"¤\\$x\\\\\"",
       {"a ¤$x\\", "\"¤\"", "\"¤$x\\"}},
      {"other_quote_inside", "show \"it's ¤\" 'say \"¤\"'", {"it's ¤", "say \"¤\""}},
      {"behind_comment",
       "# it's a \"comment`\nshow ¤ # another ' of ¤\nshow a#b'¤'",
       {"¤", "a#b¤"}},
      {"continued_line", "sho\\\nw a\\\n¤ \\\n \"b\\\n¤\"", {"a¤", "b¤"}},
      {"behind_tilde_and_globs", "show ~¤ \"*\"¤ \\*¤", {"~¤", "*¤", "*¤"}, false, "zsh ksh93"},
      {"behind_hash", "show x#¤ \"#¤\"", {"x#¤", "#¤"}},
      {"option_like", "show --user=¤ -u¤", {"--user=¤", "-u¤"}},
      {"beside_expansions", "X=y; show \"$X\"¤\"${X}\"¤ ${#X}¤", {"y¤y¤", "1¤"}},
      {"beside_arithmetic", "show ¤ $((1+2)) \"$((2*(3)))¤\"", {"¤", "3", "6¤"}},
  };
}

Templates substitution() {
  return {
      {"in_substitution", "{ x=$(show ¤ >&3); } 3>&1", {"¤"}},
      {"in_substitution_double_quoted", "{ x=$(show \"¤\" >&3); } 3>&1", {"¤"}},
      {"in_quoted_substitution", "show \"$(printf %sE ¤)\"", {"¤E"}},
      {"in_quoted_substitution_double_quoted", "show \"a $(printf %sE \"¤\") b\"", {"a ¤E b"}},
      {"in_quoted_substitution_single_quoted", "show \"$(printf %sE '¤')\"", {"¤E"}},
      {"in_nested_substitution",
       "show \"$(printf %sE \"$(printf %sE \"$(printf %sE \"¤\")\")\")\"",
       {"¤EEE"}},
      {"in_substitution_behind_comment",
       "show \"$(: # it's )\nprintf %sE ¤)\"",
       {"¤E"},
       false,
       "posh"},
      {"in_substitution_with_case",
       "show \"$(case x in x) printf %sE ¤;; esac)\" ¤",
       {"¤E", "¤"},
       false,
       "posh"},
      {"in_substitution_with_subshell", "show \"$( (printf %sE ¤) )\"", {"¤E"}},
      {"behind_substitution", "show \"$(printf '%s' ')')¤\" $(printf x)¤", {")¤", "x¤"}, false, ""},
      {"in_backquotes", "{ x=`show ¤ >&3`; } 3>&1", {"¤"}},
      {"in_backquotes_double_quoted", "{ x=`show \"¤\" >&3`; } 3>&1", {"¤"}},
      {"in_backquotes_single_quoted", "{ x=`show '¤' >&3`; } 3>&1", {"¤"}},
      {"in_quoted_backquotes", "show \"`printf %sE ¤`\"", {"¤E"}},
      {"in_quoted_backquotes_double_quoted", "show \"a `printf %sE \"¤\"` b\"", {"a ¤E b"}},
      {"in_quoted_backquotes_escaped_quotes", "show \"`printf %sE \\\"¤\\\"`\"", {"¤E"}},
      {"in_quoted_backquotes_single_quoted", "show \"`printf %sE '¤'`\"", {"¤E"}},
      {"in_nested_backquotes", "x=`printf %sE \"\\`printf %sE \"¤\"\\`\"`; show \"$x\"", {"¤EE"}},
      {"in_nested_quoted_backquotes", "show \"`printf %sE \"\\`printf %sE ¤\\`\"`\"", {"¤EE"}},
      {"in_backquotes_in_substitution", "show \"$(printf %sE \"`printf %sE ¤`\")\"", {"¤EE"}},
      {"in_substitution_in_backquotes", "show \"`printf %sE \"$(printf %sE '¤')\"`\"", {"¤EE"}},
  };
}

Templates here_documents() {
  return {
      {"in_here_document", "show_input <<E\na ¤ 'b' \"c\"\nE", {"a ¤ 'b' \"c\"\n"}},
      {"alone_in_here_document", "show_input <<E\n¤\nE", {"¤\n"}},
      {"in_here_document_with_tabs", "show_input <<-E\n\t\ta ¤\n\t¤\n\tE", {"a ¤\n¤\n"}},
      {"in_here_document_in_quotes", "show_input <<E\n'¤' \"¤\"\nE", {"'¤' \"¤\"\n"}},
      {"in_here_document_among_escapes", "show_input <<E\n\\$x ¤ \\\\ \\`\nE", {"$x ¤ \\ `\n"}},
      {"in_here_document_behind_pipe", "show_input <<E | cat\n¤\nE", {"¤\n"}},
      {"in_two_here_documents",
       "{ show_input <<A; show_input <<B; } 3>&1\n¤ A\nA\nB ¤\nB",
       {"¤ A\n", "B ¤\n"}},
      {"behind_quoted_here_document",
       "show_input <<'E'; show ¤\n$x ` \" '\nE\nshow ¤",
       {"$x ` \" '\n", "¤", "¤"}},
      {"in_here_document_in_substitution", "show \"$(cat <<E\na ¤X\nE\n)\" ¤", {"a ¤X", "¤"}},
      {"in_substitution_in_here_document",
       "show_input <<E\n$(printf %sE ¤) `printf %sE \"¤\"`\nE",
       {"¤E ¤E\n"}},
      {"in_default_in_here_document",
       "show_input <<E\n${NOT_SET:-¤} ${NOT_SET-a ¤}\nE",
       {"¤ a ¤\n"}},
      {"in_continued_here_document", "show_input <<E\na\\\nE\n¤\nE\nshow ¤", {"aE\n¤\n", "¤"}},
  };
}

Templates parameters() {
  // ksh93 drops an empty value from the word of an unquoted ${x:-word}, quoted or not.
  return {
      {"in_default",
       "show ${NOT_SET:-¤} ${NOT_SET-\"¤\"} ${NOT_SET:-'¤'}",
       {"¤", "¤", "¤"},
       false,
       "ksh93"},
      {"in_quoted_default", "show \"${NOT_SET:-¤}\" \"a ${NOT_SET-b ¤} c\"", {"¤", "a b ¤ c"}},
      {"in_nested_default",
       "show \"${NOT_SET:-${NOT_SET:-¤}}\" ${NOT_SET:-${NOT_SET:-¤}}",
       {"¤", "¤"},
       false,
       "ksh93"},
      {"in_alternative", "X=x; show ${X:+¤} \"${X+¤}\"", {"¤", "¤"}, false, "ksh93"},
      {"in_assigning_default", "unset X; : \"${X:=¤}\"; show \"$X\"", {"¤"}},
      {"in_prefix_pattern", "X=¤; X=\"${X}E\"; show \"${X#¤}\" ${X##¤}", {"E", "E"}},
      {"in_suffix_pattern", "X=¤; X=\"E${X}\"; show \"${X%¤}\" ${X%%¤}", {"E", "E"}},
      {"in_quoted_pattern", "X=¤; X=\"${X}E\"; show ${X#\"¤\"} ${X#'¤'}", {"E", "E"}},
      {"in_assignment", "X=¤; Y=\"¤\"; Z='¤'; show \"$X\" \"$Y\" \"$Z\"", {"¤", "¤", "¤"}},
      {"in_glued_assignment", "X=a¤:b'¤'; show \"$X\"", {"a¤:b¤"}},
      {"in_export", "export X=¤; show \"$X\"", {"¤"}},
      {"in_assignment_from_substitution", "X=$(printf %sE ¤); show \"$X\"", {"¤E"}},
      {"in_command_environment", "show_input <<E\n$(X=¤ sh -c 'printf %sE \"$X\"')\nE", {"¤E\n"}},
  };
}

Templates compound() {
  return {
      {"in_for", "for x in a ¤ \"¤\" b; do show \"$x\"; done", {"a", "¤", "¤", "b"}},
      {"in_for_body", "for x in a; do show \"$x\" ¤; done", {"a", "¤"}},
      {"in_while_body", "echo | while read -r x; do show ¤; done", {"¤"}},
      {"in_if", "if [ x¤ = \"x¤\" ]; then show ¤; else show no; fi", {"¤"}},
      {"in_case_word", "case ¤ in '') show ¤;; *) show ¤;; esac", {"¤"}},
      {"in_case_pattern", "case ¤ in ¤) show same;; *) show other;; esac", {"same"}},
      {"in_case_pattern_quoted", "case ¤ in \"¤\"|'¤') show same;; *) show other;; esac", {"same"}},
      {"in_case_pattern_glued", "case a¤b in (a¤b) show same;; *) show other;; esac", {"same"}},
      {"in_case_pattern_literally", "case @@x in ¤x|¤) show other;; *) show ¤;; esac", {"¤"}},
      {"in_case_on_lines",
       "case x in\n  (a) show no ;;\n  x)\n    show ¤\n    ;;\nesac; show ¤",
       {"¤", "¤"}},
      {"in_subshell", "( show ¤; ( show \"¤\" ) )", {"¤", "¤"}},
      {"in_group", "{ show ¤; { show \"¤\"; }; }", {"¤", "¤"}},
      {"in_pipeline", "printf %s ¤ | show_input | cat", {"¤"}},
      {"in_lists", "true && show ¤ || show no; false || show ¤; ! show ¤", {"¤", "¤", "¤"}},
      {"with_redirections", "show ¤ 2>&1 </dev/null >&1; 2>/dev/null show ¤", {"¤", "¤"}},
      {"in_background", "show ¤ & wait", {"¤"}},
      {"behind_command", "command show ¤", {"¤"}},
      {"on_lines", "show ¤\n\n  show \"¤\" # x\n", {"¤", "¤"}},
      {"with_an_effect", "printf %s ¤ >/dev/null; show ¤", {"¤"}},
  };
}

Templates positional() {
  return {
      {"in_function", "f() { show ¤ \"$1\" \"$#\"; }; f a", {"¤", "a", "1"}, true},
      {"in_function_on_lines", "f ()\n{\n  show ¤ \"$1\"\n}\nf ¤", {"¤", "¤"}, true},
      {"as_function_argument", "f() { show \"$2\"; }; f a ¤", {"¤"}, true},
      {"behind_set", "set -- a ¤ c; show \"$2\" \"$#\" ¤", {"¤", "3", "¤"}, true},
      {"behind_shift",
       "set -- a b; shift; show ¤ \"$1\"; shift; show \"¤\"",
       {"¤", "b", "¤"},
       true},
      {"beside_the_count", "set --; show ¤ \"$#\" \"$*\"", {"¤", "0", ""}, true},
      {"in_for_over_arguments",
       "set -- ¤ b; for x do show \"$x\" '¤'; done",
       {"¤", "¤", "b", "¤"},
       true},
      {"behind_eval", "eval 'x=1'; show ¤ \"$x\"", {"¤", "1"}, true},
      {"in_here_document_with_names",
       "set --; show_input <<E\n$# ¤ ${NOT_SET:-¤}\nE",
       {"0 ¤ ¤\n"},
       true},
      {"in_backquotes_with_names", "set -- a; show \"`printf %s%sE \"$1\" \"¤\"`\"", {"a¤E"}, true},
  };
}

}  // namespace

const std::vector<DeliveryTemplate>& delivery_templates() {
  static const Templates kAll = [] {
    Templates together;
    for (const Templates& some :
         {quoting(), substitution(), here_documents(), parameters(), compound(), positional()}) {
      together.insert(together.end(), some.begin(), some.end());
    }
    return together;
  }();
  return kAll;
}

}  // namespace kamexec::command
