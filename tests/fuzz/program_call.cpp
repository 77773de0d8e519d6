// SPDX-License-Identifier: GPL-2.0-or-later
// The call of a program by name. A byte 1 stands for a variable.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "command/argv.h"
#include "program/program_call.h"
#include "program/program_command.h"
#include "program/program_definition.h"

namespace kamexec::program {
namespace {

constexpr char kVariable = '\1';
constexpr std::string_view kValue = "a b;`c`$(d)'\"\\\n*";

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

command::CommandTemplate parts_of(std::string_view text) {
  command::CommandTemplate parts;
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

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

/// Every value is in the arguments whole, and as often as it was written.
void check_arguments(const ProgramCall& call, std::size_t written) {
  require(call.value_count == written);
  command::Argv argv;
  const std::vector<std::string_view> values(call.value_count, kValue);
  if (!argv.fill(pooled_arguments(call), values)) {
    return;  // longer than the kernel takes
  }
  require(argv.size() == call.words.size() + 1);
  std::size_t found = 0;
  for (std::size_t i = 0; i < argv.size(); ++i) {
    found += count_of(argv.data()[i], kValue);
  }
  require(found >= written);
}

void check(std::string_view text) {
  const command::CommandTemplate parts = parts_of(text);
  const auto call = read_program_call(parts);
  if (!call) {
    require(!call.error().message.empty() && !call.error().remedy.empty());
    require(call.error().line >= 1 && call.error().column >= 1);
    return;
  }
  require(is_program_call(parts));
  require(!call->program.empty() && call->program.size() <= kLongestProgramName);
  check_arguments(*call, count_of(text, std::string_view(&kVariable, 1)));
}

}  // namespace
}  // namespace kamexec::program

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::program::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
