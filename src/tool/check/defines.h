// SPDX-License-Identifier: GPL-2.0-or-later
// The names that #!define and its kin give, and that #!ifdef asks for.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::tool::check {

struct Define {
  std::string value;
  bool is_known = true;  ///< false: the value is the server's alone to know (its environment)
};

class Defines {
 public:
  static constexpr std::size_t kMost = 4096;  ///< the server takes 512
  enum class How { once, unless_defined, again };

  /// False: the name is defined already and may be so only once, or there are too many.
  bool add(std::string_view name, Define define, How how = How::once);
  /// False: it was not defined.
  bool remove(std::string_view name);
  /// nullptr: not defined.
  [[nodiscard]] const Define* find(std::string_view name) const;

 private:
  std::map<std::string, Define, std::less<>> by_name_;
};

}  // namespace kamexec::tool::check
