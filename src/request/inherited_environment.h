// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kamexec::request {

/// The part of the server's own environment that programs get: all of it, or the names of a list.
/// Made once a process, from a copy: later changes of environ don't show. Read-only afterwards:
/// what each call of a process begins with, before the request's variables (Envp). Of two entries
/// with one name the first is taken, as getenv(3) takes it.
class InheritedEnvironment {
 public:
  /// A name in entries(), and its hash.
  struct Name {
    std::string_view text;
    std::size_t hash = 0;
  };

  /// @p all as environ is: NULL-terminated "NAME=value", or nullptr. Entries named SIP_* are left
  /// out: they would pass for facts of a request.
  static InheritedEnvironment everything(const char* const* all);
  /// Only @p names, and SIP_* not even then.
  static InheritedEnvironment only(const char* const* all, const std::vector<std::string>& names);

  /// Adds "NAME=value" behind all others, in place of what was inherited under that name: what a
  /// named program's definition sets.
  void assign(std::string_view assignment);

  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  /// The name of entries()[i], found without a search.
  [[nodiscard]] Name name(std::size_t i) const {
    return {std::string_view(entries_[i]).substr(0, names_[i].size), names_[i].hash};
  }
  /// The value of @p name, empty where it is not set.
  [[nodiscard]] std::string_view value(std::string_view name) const;

 private:
  struct NameSize {
    std::size_t size = 0;
    std::size_t hash = 0;
  };

  void add(std::string_view entry, std::size_t name_size);
  [[nodiscard]] bool has(std::string_view name) const;

  std::vector<std::string> entries_;
  std::vector<NameSize> names_;  ///< of entries_, no views: those would not survive a move
};

}  // namespace kamexec::request
