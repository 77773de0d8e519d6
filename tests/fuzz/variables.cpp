// SPDX-License-Identifier: GPL-2.0-or-later
// Text with pseudo-variables: the parts make up the text again, and errors stand in it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "variables/read_variable.h"
#include "variables/split_variables.h"

namespace kamexec::variables {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string with_markers(std::string_view fixed) {
  std::string text;
  for (const char c : fixed) {
    text += c == '$' ? "$$" : std::string(1, c);
  }
  return text;
}

void check(std::string_view text) {
  const auto parts = split_variables(text);
  if (!parts) {
    require(!parts.error().message.empty() && !parts.error().remedy.empty());
    require(parts.error().line >= 1 && parts.error().column >= 1);
    return;
  }
  std::string again;
  for (const command::TemplatePart& part : *parts) {
    again += part.is_variable ? part.text : with_markers(part.text);
    if (part.is_variable) {
      const auto variable = read_variable(part.text);
      require(variable && find_variable_class(variable->class_name) != nullptr);
    }
  }
  const auto second = split_variables(again);
  require(second && second->size() == parts->size());
  if (text.find("$($)") == text.npos) {
    require(again == text);
  }
}

}  // namespace
}  // namespace kamexec::variables

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::variables::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
