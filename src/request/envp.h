// SPDX-License-Identifier: GPL-2.0-or-later
// The environment of one process, for execve.
#pragma once

#include <string_view>
#include <vector>

#include "request/inherited_environment.h"
#include "request/name_key.h"

namespace kamexec::request {

/// Pointers to "NAME=value", NULL-terminated. Reusable: filling it again keeps its memory. Not
/// thread-safe.
class Envp {
 public:
  /// Points to the entries of @p base that no variable of @p variables overrides, and then to
  /// these, which are as RequestVariables packs them; of two with one name the later wins. Nothing
  /// is copied: both must outlive the use of the result, which is valid until the next call.
  [[nodiscard]] char* const* fill(const InheritedEnvironment& base, std::string_view variables);

  /// The result of the last fill() without its NULL.
  [[nodiscard]] std::size_t size() const { return pointers_.empty() ? 0 : pointers_.size() - 1; }

 private:
  [[nodiscard]] bool has(const InheritedEnvironment::Name& name) const;

  std::vector<char*> variables_;
  std::vector<NameKey> names_;  ///< of variables_, sorted
  std::vector<char*> pointers_;
};

}  // namespace kamexec::request
