// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "request/request_facts.h"

namespace kamexec {

/// The part of the server's own environment that programs get: all of it, or the names of a list.
/// Made once a process, from a copy: later changes of environ don't show. Read-only afterwards.
class InheritedEnvironment {
 public:
  /// @p all as environ is: NULL-terminated "NAME=value". Entries named SIP_* are left out: they
  /// would pass for facts of a request.
  static InheritedEnvironment everything(const char* const* all);
  /// Only @p names.
  static InheritedEnvironment only(const char* const* all, const std::vector<std::string>& names);

  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  /// The value of @p name, empty where it is not set.
  [[nodiscard]] std::string_view value(std::string_view name) const;

 private:
  std::vector<std::string> entries_;
};

struct EnvironmentOptions {
  /// `() {` at the start of a value, which an old bash takes for a function (CVE-2014-6271), loses
  /// its parentheses.
  bool bash_safety = true;
};

/// The environment of one run: what is inherited, what the request says, and names of the engine's.
/// Reusable: clear() keeps the memory. Not thread-safe. Views handed in are copied.
class Environment {
 public:
  void clear();
  /// Points at @p inherited's entries, which must outlive the use of envp().
  void inherit(const InheritedEnvironment& inherited);
  /// Adds one variable; of two with one name the later wins. Bytes that no environment can carry
  /// (NUL) become a space.
  void set(std::string_view name, std::string_view value);
  /// NULL-terminated, for execve; valid until the next change.
  [[nodiscard]] char* const* envp();
  /// The value of a variable as a program will see it, for tests and tools. Empty where not set.
  [[nodiscard]] std::string_view value(std::string_view name) const;

 private:
  const InheritedEnvironment* inherited_ = nullptr;
  std::string bytes_;
  std::vector<std::size_t> offsets_;
  std::vector<char*> pointers_;
};

/// Adds the variables of a message (SIP_HF_*, SIP_TID, SIP_DID, SIP_SRCIP, SIP_RURI, SIP_ORURI with
/// its alias SIP_ORUI, SIP_USER, SIP_OUSER) as docs/reference/environment.md says.
void add_request(const RequestFacts& facts, const EnvironmentOptions& options, Environment& out);

}  // namespace kamexec
