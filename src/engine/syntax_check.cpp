// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/syntax_check.h"

#include <algorithm>

#include "process/run.h"

extern "C" char** environ;

namespace kamexec::engine {
namespace {

process::RunResult parse(std::string_view input, std::chrono::milliseconds timeout) {
  // dash has no -n for -c texts of its own, so the text comes on standard input.
  char shell[] = "sh";
  char no_run[] = "-n";
  char* const argv[] = {shell, no_run, nullptr};
  process::ProgramStart start;
  start.program = "/bin/sh";
  start.argv = argv;
  start.environment = environ;
  process::RunOptions options;
  options.timeout = timeout;
  options.input = input;
  return process::run(start, options);
}

constexpr std::chrono::milliseconds kTimeForOne{5000};

/// Valid where a command begins. Where a quote or a backquote is open, it closes that and what was
/// quoted in here is bare: "&" without a command before it, or "&;", which no shell accepts.
constexpr std::string_view kFence = ": \"\n& &\n\" '\n& &\n'\n: `: \\\\&;`\n";

void append_fenced(std::string& to, const std::string& text, std::string_view open,
                   std::string_view close) {
  to += open;
  to += '\n';
  to += text;
  to += "\n\n";  // a text may end with a backslash
  to += close;
  to += '\n';
  to += kFence;
}

/// True where each of @p texts is a whole list of commands, whatever the others are.
///
/// In a group "{ }" a text that isn't finished ("a |", "if a; then") meets the "}" and fails. A
/// text that ends the group itself ("a; }; { b") fails in "( )", as one that ends that fails in
/// "{ }". Quotes that are left open fail at the fence. The second time the order is reversed, so
/// that what one leaves open isn't closed by what follows it there again.
bool parse_together(std::span<const std::string> texts) {
  std::string in_braces;
  std::string in_parentheses;
  for (const std::string& text : texts) {
    append_fenced(in_braces, text, "{", "}");
  }
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    append_fenced(in_parentheses, *text, "(", ")");
  }
  const auto time = kTimeForOne + std::chrono::milliseconds(20) * texts.size();
  return parse(in_braces, time).outcome.cause == process::Cause::ok &&
         parse(in_parentheses, time).outcome.cause == process::Cause::ok;
}

/// A here-document that isn't ended is none of the shell's errors, and would take in the next text.
bool may_go_with_others(const std::string& text) {
  return text.find("<<") == std::string::npos;
}

/// @p places into @p texts, halved where they aren't all well.
void check_some(std::span<const std::string> texts, std::span<const std::size_t> places,
                std::vector<Result<void>>& results) {
  if (places.size() <= 1) {
    for (const std::size_t place : places) {
      results[place] = check_shell_syntax(texts[place]);
    }
    return;
  }
  std::vector<std::string> together;
  for (const std::size_t place : places) {
    together.push_back(texts[place]);
  }
  if (parse_together(together)) {
    return;
  }
  check_some(texts, places.first(places.size() / 2), results);
  check_some(texts, places.subspan(places.size() / 2), results);
}

}  // namespace

Result<void> check_shell_syntax(const std::string& text) {
  const process::RunResult result = parse(text + "\n", kTimeForOne);
  if (result.outcome.cause != process::Cause::nonzero_exit) {
    return {};
  }
  std::string words = result.error.substr(0, result.error.find('\n'));
  return failure("the shell can't parse this command: " +
                 (words.empty() ? std::string("syntax error") : words));
}

std::vector<Result<void>> check_shell_syntax(std::span<const std::string> texts) {
  std::vector<Result<void>> results(texts.size());
  std::vector<std::size_t> together;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (may_go_with_others(texts[i])) {
      together.push_back(i);
    } else {
      results[i] = check_shell_syntax(texts[i]);
    }
  }
  check_some(texts, together, results);
  return results;
}

}  // namespace kamexec::engine
