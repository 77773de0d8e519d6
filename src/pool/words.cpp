// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/words.h"

#include "pool/escape.h"

namespace kamexec::pool {
namespace {

constexpr std::size_t kLongestQuotation = 60;

}  // namespace

std::string quoted_start(std::string_view bytes) {
  std::string quoted = "\"";
  append_escaped(quoted, bytes.substr(0, kLongestQuotation));
  quoted += bytes.size() > kLongestQuotation ? "\"..." : "\"";
  return quoted;
}

}  // namespace kamexec::pool
