// SPDX-License-Identifier: GPL-2.0-or-later
// Arbitrary shell text with variables, each a byte 0x01, prepared and followed (taint.h). The first
// byte says whether an argument is appended, and what of the surroundings is a caller's.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "command/argv.h"
#include "command/prepare.h"

namespace kamexec::command {
namespace {

constexpr char kVariable = '\x01';
constexpr std::size_t kMostFindings = 64;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

CommandTemplate template_of(std::string_view text) {
  CommandTemplate parts;
  for (const char c : text) {
    if (c == kVariable) {
      parts.push_back({true, "$v"});
    } else if (parts.empty() || parts.back().is_variable) {
      parts.push_back({false, std::string(1, c)});
    } else {
      parts.back().text += c;
    }
  }
  return parts;
}

bool take(std::string_view& text, const std::string& prefix) {
  const bool is_there = text.starts_with(prefix);
  text.remove_prefix(is_there ? prefix.size() : 0);
  return is_there;
}

/// Takes one variable's reference off the front of @p text, in whichever quotes.
bool take_reference(std::string_view& text, const std::string& name) {
  const std::string reference = "${" + name + "}";
  return take(text, "'\"" + reference + "\"'") || take(text, "\"" + reference + "\"") ||
         take(text, reference);
}

/// Takes `_value_1=${1}; …; set --; ` off where it is there, and says what the references are.
std::string take_bindings(std::string_view& text, std::size_t count) {
  std::string bindings;
  for (std::size_t i = 1; i <= count; ++i) {
    bindings += "_value_" + std::to_string(i) + "=${" + std::to_string(i) + "}; ";
  }
  return count > 0 && take(text, bindings + "set --; ") ? "_value_" : "";
}

/// Without the references the constant text is the operator's, byte for byte.
void check_text(const CommandTemplate& parts, const PreparedCommand& command) {
  std::string_view text = command.shell_text;
  const std::string prefix = take_bindings(text, command.value_count);
  const bool starts_with_sign = !parts.empty() && !parts[0].is_variable &&
                                (parts[0].text[0] == '-' || parts[0].text[0] == '+');
  if (starts_with_sign && prefix.empty()) {
    require(take(text, " "));
  }
  std::string without_appended(text);
  if (command.takes_appended) {
    const std::string appended = " \"${" + prefix + std::to_string(command.value_count) + "}\"";
    const std::size_t at = without_appended.rfind(appended);
    require(at != std::string::npos);
    without_appended.erase(at, appended.size());
    text = without_appended;
  }
  std::size_t variable = 0;
  for (const TemplatePart& part : parts) {
    require(part.is_variable ? take_reference(text, prefix + std::to_string(++variable))
                             : take(text, part.text));
  }
  require(text.empty());
  require(variable + (command.takes_appended ? 1 : 0) == command.value_count);
}

/// Plain words hold every value once, in order.
void check_words(const PreparedCommand& command) {
  int next = 0;
  for (const Word& word : command.words) {
    for (const WordPiece& piece : word) {
      require(piece.value == WordPiece::kFixed || piece.value == next++);
      require(piece.value == WordPiece::kFixed || piece.text.empty());
    }
  }
  require(command.needs_shell() || static_cast<std::size_t>(next) == command.value_count);
  const std::vector<std::string_view> values(command.value_count, "value");
  Argv argv;
  if (argv.fill(command, values)) {
    require(argv.data()[argv.size()] == nullptr);
  }
}

void check(std::string_view input) {
  PrepareOptions options;
  options.search_path = "/nonexistent";
  if (!input.empty()) {
    options.append_argument = (input.front() & 1) != 0;
    options.environment_is_callers = (input.front() & 2) != 0;
    options.input = (input.front() & 4) != 0 ? "the message" : "";
    options.interpreted =
        (input.front() & 8) != 0 ? InterpretedValues::refuse : InterpretedValues::warn;
    input.remove_prefix(1);
  }
  const CommandTemplate parts = template_of(input);
  const Preparation preparation = prepare(parts, options);
  require(preparation.findings.size() <= kMostFindings);
  bool has_error = false;
  for (const Finding& finding : preparation.findings) {
    has_error = has_error || finding.severity == Finding::Severity::error;
    require(finding.line >= 1 && finding.column >= 1);
    require(!finding.message.empty() && !finding.remedy.empty());
  }
  require(preparation.command.has_value() != has_error);
  if (preparation.command) {
    check_text(parts, *preparation.command);
    check_words(*preparation.command);
  }
  const PositionalTemplate positional = read_positional(input);
  const auto variables = std::count_if(positional.parts.begin(), positional.parts.end(),
                                       [](const TemplatePart& part) { return part.is_variable; });
  require(static_cast<std::size_t>(variables) == positional.order.size());
}

}  // namespace
}  // namespace kamexec::command

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::command::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
