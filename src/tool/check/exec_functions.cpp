// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/exec_functions.h"

#include <algorithm>
#include <array>
#include <string>

#include "tool/check/lexer.h"

namespace kamexec::tool::check {
namespace {

constexpr std::array<std::string_view, 4> kStock = {"exec_dset", "exec_msg", "exec_avp",
                                                    "exec_cmd"};
constexpr std::string_view kAsync = "_async";
constexpr std::size_t kMostBlanks = 64;

}  // namespace

bool is_stock_function(std::string_view name) {
  return std::find(kStock.begin(), kStock.end(), name) != kStock.end();
}

bool is_exec_function(std::string_view name) {
  if (name.size() > kAsync.size() && name.substr(name.size() - kAsync.size()) == kAsync) {
    name.remove_suffix(kAsync.size());
  }
  return name == "exec_run" || is_stock_function(name);
}

bool adds_uri(std::string_view name) {
  return name == "exec_dset" || name == "exec_dset_async";
}

std::size_t exec_call_size(const Input& input) {
  if (!input.next_is("exec_")) {
    return 0;
  }
  std::string name;
  while (is_word_byte(input.peek(name.size())) && name.size() < 32) {
    name += static_cast<char>(input.peek(name.size()));
  }
  std::size_t size = name.size();
  while (is_blank(input.peek(size)) && size < name.size() + kMostBlanks) {
    ++size;
  }
  return is_exec_function(name) && input.peek(size) == '(' ? size + 1 : 0;
}

}  // namespace kamexec::tool::check
