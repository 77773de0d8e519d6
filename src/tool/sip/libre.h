// SPDX-License-Identifier: GPL-2.0-or-later
// libre's header for C++ sources, and its texts as views. To be included last: it defines macros
// that the standard's headers don't bear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include <re.h>

namespace kamexec::tool {

[[nodiscard]] inline std::string_view view(const struct pl& text) {
  return text.p == nullptr ? std::string_view() : std::string_view(text.p, text.l);
}

[[nodiscard]] inline struct pl pointer_length(std::string_view text) {
  struct pl result = {};
  result.p = text.data();
  result.l = text.size();
  return result;
}

struct LibreDeleter {
  void operator()(void* object) const { mem_deref(object); }
};
template <typename T>
using LibreOwned = std::unique_ptr<T, LibreDeleter>;

}  // namespace kamexec::tool
