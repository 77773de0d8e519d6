// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/variable_checks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "variables/read_variable.h"
#include "variables/variable_origin.h"

namespace kamexec::tool::check {
namespace {

using Tokens = std::span<const ScriptToken>;
using Checks = std::vector<VariableCheck>;

constexpr int kDeepest = 64;  ///< statements in statements, conditions in parentheses
constexpr std::size_t kMostChecks = 32;
/// Tokens of a condition that is read again for each call in it.
constexpr std::size_t kLongestCondition = 1000;

/// What can't change a variable of the message nor a $var: functions, and words of conditions. Not
/// among them is what sends a reply, as event routes run then.
constexpr auto kHarmless = std::to_array<std::string_view>(
    {"xlog",     "xdbg",      "xinfo",     "xnotice",       "xwarn",
     "xerr",     "xalert",    "xcrit",     "xlogl",         "exec_cmd",
     "exec_msg", "exec_avp",  "exit",      "return",        "drop",
     "break",    "is_method", "has_totag", "is_present_hf", "defined",
     "strlen",   "strempty",  "method",    "uri",           "myself",
     "src_ip",   "src_port",  "dst_ip",    "dst_port",      "proto",
     "af",       "UDP",       "TCP",       "TLS",           "SCTP",
     "WS",       "WSS",       "INET",      "INET6",         "eq",
     "ne",       "ieq",       "ine",       "true",          "false"});

/// Words that go on with a condition behind its ')'.
constexpr auto kOperators =
    std::to_array<std::string_view>({"and", "or", "eq", "ne", "ieq", "ine", "mod"});

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// "$rU" of "$(rU)": one way of writing for each variable.
std::string normalised(std::string_view variable) {
  const auto read = variables::read_variable(variable);
  const bool is_bare = read && !read->index && read->transformations.empty();
  return is_bare ? "$" + std::string(variables::base_name(variable)) : std::string(variable);
}

bool is_script_variable(std::string_view variable) {
  return variables::base_name(variable).starts_with("var(");
}

/// Whether a check of it holds until the script itself changes it: no other process can. Variables
/// within, $hdr($var(x)), could change by themselves.
bool can_be_checked(std::string_view variable) {
  return variable.starts_with('$') && variable.find('$', 1) == variable.npos &&
         !variables::base_name(variable).starts_with("sel(") &&
         (is_script_variable(variable) ||
          variables::origin_of(variable).control == variables::Control::caller);
}

bool can_change_variables(const ScriptToken& token) {
  return token.kind == Token::Kind::word &&
         token.text.find_first_not_of("0123456789") != std::string::npos &&
         !one_of(token.text, kHarmless);
}

/// The index behind the ')' that closes the '(' at @p open; npos: none does.
std::size_t behind_parenthesis(Tokens tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is_sign('{') || tokens[i].is_sign('}') || tokens[i].is_sign(';')) {
      break;
    }
    depth += tokens[i].is_sign('(') ? 1U : 0U;
    depth -= tokens[i].is_sign(')') ? 1U : 0U;
    if (depth == 0) {
      return i + 1;
    }
  }
  return std::string::npos;
}

/// Whether all of @p tokens is one pair of parentheses.
bool is_enclosed(Tokens tokens) {
  return tokens.size() > 2 && tokens[0].is_sign('(') &&
         behind_parenthesis(tokens, 0) == tokens.size();
}

/// At each && or || outside of parentheses. At least one.
std::vector<Tokens> split_at(Tokens tokens, char sign) {
  std::vector<Tokens> terms;
  std::size_t begin = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    depth += tokens[i].is_sign('(') ? 1U : 0U;
    depth -= tokens[i].is_sign(')') && depth > 0 ? 1U : 0U;
    if (depth == 0 && tokens[i].is_sign(sign) && tokens[i + 1].is_sign(sign)) {
      terms.push_back(tokens.subspan(begin, i - begin));
      begin = i + 2;
      ++i;
    }
  }
  terms.push_back(tokens.subspan(begin));
  return terms;
}

void add(Checks& into, const Checks& more) {
  for (const VariableCheck& one : more) {
    if (into.size() < kMostChecks && std::find(into.begin(), into.end(), one) == into.end()) {
      into.push_back(one);
    }
  }
}

/// $rU =~ "^[0-9]+$" and nothing else. A '!' before it would be of $rU alone.
Checks as_check(Tokens tokens) {
  if (tokens.size() != 4 || tokens[0].kind != Token::Kind::variable || !tokens[1].is_sign('=') ||
      !tokens[2].is_sign('~') || tokens[3].kind != Token::Kind::string || tokens[3].is_doubtful ||
      tokens[0].is_doubtful || !can_be_checked(tokens[0].text)) {
    return {};
  }
  const auto bytes = read_anchored_pattern(tokens[3].text);
  return bytes ? Checks{{normalised(tokens[0].text), tokens[3].text, tokens[0].location, *bytes}}
               : Checks{};
}

Checks checks_if(bool outcome, Tokens condition, int depth) {
  if (depth > kDeepest) {
    return {};
  }
  if (is_enclosed(condition)) {
    return checks_if(outcome, condition.subspan(1, condition.size() - 2), depth + 1);
  }
  // Where all of "a || b" is false, so is each of them; where all of "a && b" is true, each is.
  std::vector<Tokens> terms = split_at(condition, '|');
  if (terms.size() > 1 && outcome) {
    return {};
  }
  if (terms.size() == 1) {
    terms = split_at(condition, '&');
    if (terms.size() > 1 && !outcome) {
      return {};
    }
  }
  if (terms.size() > 1) {
    Checks all;
    for (const Tokens term : terms) {
      add(all, checks_if(outcome, term, depth + 1));
    }
    return all;
  }
  if (condition.size() > 1 && condition[0].is_sign('!') && is_enclosed(condition.subspan(1))) {
    return checks_if(!outcome, condition.subspan(1), depth + 1);
  }
  return outcome ? as_check(condition) : Checks{};
}

/// Goes over a route's statements in their order, and knows what is checked.
class Statements {
 public:
  Statements(Tokens tokens, std::vector<Call>& calls) : tokens_(tokens), calls_(calls) {}

  void all() {
    while (at_ < tokens_.size()) {
      statement(0);
    }
  }

 private:
  struct Condition {
    Checks if_true;
    Checks if_false;
  };

  [[nodiscard]] bool is_sign(char c) const {
    return at_ < tokens_.size() && tokens_[at_].is_sign(c);
  }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return at_ < tokens_.size() && tokens_[at_].is_word(word);
  }

  /// What follows isn't understood: the rest of the route counts as unchecked.
  void give_up() { at_ = tokens_.size(); }

  /// Takes one token at least.
  void statement(int depth) {
    ended_ = false;
    if (depth > kDeepest || is_word("else")) {
      give_up();
    } else if (is_sign('{')) {
      block(depth);
    } else if (is_word("if")) {
      branch(depth);
    } else if (is_word("while")) {
      loop(depth);
    } else if (is_word("switch")) {
      choice(depth);
    } else if (is_word("case") || is_word("default")) {
      // One comes here from the switch, or from the statements before.
      now_.clear();
      while (at_ < tokens_.size() && !is_sign(':') && !is_sign('}')) {
        visit(tokens_[at_++], {});
      }
      at_ += is_sign(':') ? 1U : 0U;
    } else if (is_word("exit") || is_word("return") || is_word("drop")) {
      simple();
      ended_ = true;
    } else {
      simple();
    }
  }

  void block(int depth) {
    ++at_;
    while (at_ < tokens_.size() && !is_sign('}')) {
      statement(depth + 1);
    }
    at_ += is_sign('}') ? 1U : 0U;
  }

  void branch(int depth) {
    ++at_;
    const Condition found = condition();
    const Checks before = now_;
    add(now_, found.if_true);
    body(depth);
    const Checks then = std::exchange(now_, before);
    const bool then_ended = ended_;
    ended_ = false;
    add(now_, found.if_false);
    if (is_word("else")) {
      ++at_;
      body(depth);
    }
    if (ended_) {
      now_ = then;
    } else if (!then_ended) {
      std::erase_if(now_, [&](const VariableCheck& one) {
        return std::find(then.begin(), then.end(), one) == then.end();
      });
    }
    ended_ = ended_ && then_ended;
  }

  /// Of an if or an else.
  void body(int depth) {
    if (at_ < tokens_.size()) {
      statement(depth + 1);
    }
  }

  /// What the body changes is changed at its beginning too.
  void loop(int depth) {
    ++at_;
    now_.clear();
    static_cast<void>(condition());
    body(depth);
    now_.clear();
    ended_ = false;
  }

  void choice(int depth) {
    ++at_;
    static_cast<void>(condition());
    if (!is_sign('{')) {
      give_up();
      return;
    }
    block(depth);
    now_.clear();
    ended_ = false;
  }

  /// The whole of it stands in parentheses, or it isn't understood.
  Condition condition() {
    const std::size_t end = is_sign('(') ? behind_parenthesis(tokens_, at_) : std::string::npos;
    const bool goes_on =
        end < tokens_.size() &&
        ((tokens_[end].kind == Token::Kind::sign && !tokens_[end].is_sign('{') &&
          !tokens_[end].is_sign(';')) ||
         (tokens_[end].kind == Token::Kind::word && one_of(tokens_[end].text, kOperators)));
    if (end == std::string::npos || goes_on) {
      give_up();
      return {};
    }
    const Tokens inner = tokens_.subspan(at_ + 1, end - at_ - 2);
    bool is_pure = inner.size() <= kLongestCondition;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      const bool has_call = inner[i].call != ScriptToken::kNoCall;
      visit(inner[i], has_call && is_pure ? checks_before(inner, i) : Checks{});
      is_pure = is_pure && !can_change_variables(inner[i]);
    }
    at_ = end;
    return is_pure ? Condition{checks_if(true, inner, 0), checks_if(false, inner, 0)} : Condition{};
  }

  /// What is checked where the token at @p index of @p condition is come to: in "a && call(…)".
  static Checks checks_before(Tokens condition, std::size_t index) {
    std::vector<Tokens> terms = split_at(condition.first(index), '&');
    const Tokens last = terms.back();
    const bool is_call_alone = last.empty() || (last.size() == 1 && last[0].is_sign('!'));
    terms.pop_back();
    Checks all;
    for (const Tokens term : terms) {
      add(all, is_call_alone ? checks_if(true, term, 0) : Checks{});
    }
    return split_at(condition.first(index), '|').size() > 1 ? Checks{} : all;
  }

  /// Up to its ';'.
  void simple() {
    const std::size_t begin = at_;
    while (at_ < tokens_.size() && !is_sign(';') && !is_sign('{') && !is_sign('}')) {
      visit(tokens_[at_++], {});
    }
    if (tokens_[begin].kind == Token::Kind::variable) {
      assigned(tokens_[begin].text);
    } else if (tokens_[begin].kind == Token::Kind::string) {
      now_.clear();
    }
    if (is_sign(';')) {
      ++at_;
    } else {
      give_up();
    }
  }

  /// Variables of the message are parts of one another: a new R-URI has another user part.
  void assigned(std::string_view target) {
    if (!is_script_variable(target)) {
      now_.clear();
      return;
    }
    std::erase_if(now_, [&](const VariableCheck& one) {
      return variables::base_name(one.variable) == variables::base_name(target);
    });
  }

  /// @p more: what is checked here beside what is known before the statement.
  void visit(const ScriptToken& token, const Checks& more) {
    if (token.call < calls_.size()) {
      calls_[token.call].checks = now_;
      add(calls_[token.call].checks, more);
    }
    if (can_change_variables(token)) {
      now_.clear();
    }
  }

  Tokens tokens_;
  std::vector<Call>& calls_;
  std::size_t at_ = 0;
  Checks now_;          ///< what is checked here
  bool ended_ = false;  ///< the statement before was the last that runs
};

}  // namespace

void find_variable_checks(std::span<const ScriptToken> body, std::vector<Call>& calls) {
  Statements(body, calls).all();
}

const VariableCheck* check_of(std::string_view variable, const std::vector<VariableCheck>& checks) {
  const std::string wanted = normalised(variable);
  const VariableCheck* found = nullptr;
  for (const VariableCheck& one : checks) {
    if (one.variable == wanted && (found == nullptr || one.bytes == MatchedBytes::digits)) {
      found = &one;
    }
  }
  return found;
}

}  // namespace kamexec::tool::check
