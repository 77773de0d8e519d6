// SPDX-License-Identifier: GPL-2.0-or-later
// The environment variables that one request adds to a program's environment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "request/request_facts.h"

namespace kamexec::request {

/// The most bytes of one variable that execve takes, "NAME=value" and its NUL: Linux's
/// MAX_ARG_STRLEN, 32 pages of 4 KiB (execve(2), "Limits on size of arguments and environment").
/// With larger pages the kernel takes more; this is what every machine takes.
inline constexpr std::size_t kLongestVariable = std::size_t{32} * 4096;

struct EnvironmentOptions {
  /// `() {` at the start of a value, which an old bash takes for a function (CVE-2014-6271), loses
  /// its parentheses.
  bool bash_safety = true;
};

/// Variables, packed one behind the other as execve wants each: "NAME=value" and a NUL. Reusable:
/// clear() keeps the memory. Not thread-safe. Views handed in are copied; they must not point into
/// this.
class RequestVariables {
 public:
  void clear();
  /// Adds one variable; of two with one name the later wins. Bytes that no environment can carry
  /// (NUL) become a space; NUL and `=` in the name, `_`. One without a name is left out.
  void set(std::string_view name, std::string_view value);
  /// As set(), with no copy of the value made before: @p write(std::string& out) appends it.
  template <typename Write>
  void set_written(std::string_view name, Write write) {
    if (!name.empty()) {
      begin(name);
      write(bytes_);
      finish();
    }
  }
  /// All of them, for Envp; a name that was set again is in it twice. Valid until the next change.
  [[nodiscard]] std::string_view packed() const { return bytes_; }
  /// The value of a variable as a program will see it, for tests and tools. Empty where not set.
  [[nodiscard]] std::string_view value(std::string_view name) const;
  /// The name of the first variable over kLongestVariable: execve would fail with E2BIG, so the
  /// caller refuses the run and names it. Empty: there is none. Valid until the next change.
  [[nodiscard]] std::string_view oversized() const;

 private:
  /// One "NAME=value" in bytes_, its NUL not counted in size.
  struct Variable {
    std::size_t offset = 0;
    std::size_t name_size = 0;
    std::size_t size = 0;
  };

  void begin(std::string_view name);
  void finish();
  [[nodiscard]] const Variable* find(std::string_view name) const;
  [[nodiscard]] std::string_view name_of(const Variable& variable) const;

  std::string bytes_;
  std::vector<Variable> variables_;
};

/// Adds the variables of a message (SIP_HF_*, SIP_TID, SIP_DID, SIP_SRCIP, SIP_RURI, SIP_ORURI with
/// its alias SIP_ORUI, SIP_USER, SIP_OUSER) as docs/reference/environment.md says. No value has a
/// NUL, CR or LF, and with bash_safety none begins with `() {`.
void add_request(const RequestFacts& facts, const EnvironmentOptions& options,
                 RequestVariables& out);

}  // namespace kamexec::request
