// SPDX-License-Identifier: GPL-2.0-or-later
// The classes of pseudo-variables and of transformations that a Kamailio can know: those of its
// core and of all modules ("rU", "avp", "sht" ...), from 5.6 on. A server knows those alone that
// its version has and whose modules it has loaded, and refuses any other '$' in a command.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "variables/variable_table.h"

namespace kamexec::variables {

/// What is known to the server whose texts are read.
struct KnownModules {
  /// false: every module counts as loaded. That is how a text is read when nothing is known of the
  /// server: what is taken for a variable then is one somewhere, and `$HOME` is none anywhere.
  bool some = false;
  /// With some: the modules that are loaded ("pv", "htable"), beside core and exec.
  std::span<const std::string> loaded;
  /// The server's; none: what any version has counts as known.
  ServerVersion version = {};

  [[nodiscard]] bool has(std::string_view module) const;
};

/// The class called @p name (case counts), nullptr where no module of @p modules has it. Lives for
/// ever.
[[nodiscard]] const VariableClass* find_variable_class(std::string_view name,
                                                       const KnownModules& modules = {});

/// The first module of @p version that has it, loaded or not; empty where none has. For messages.
[[nodiscard]] std::string_view module_of_variable(std::string_view name,
                                                  ServerVersion version = {});

/// Which versions have a class that @p modules' version has not.
struct OtherVersions {
  std::string_view module;
  ServerVersion since;
  ServerVersion until;  ///< the first without it; none: it is still there
};
/// The next version that has a variable called @p name; the last one that had, where none comes; a
/// loaded module's before any other's. Absent: no version has.
[[nodiscard]] std::optional<OtherVersions> find_other_versions(std::string_view name,
                                                               const KnownModules& modules);

/// Whether {name.…} is a class of transformations of a module of @p modules.
[[nodiscard]] bool is_transformation_class(std::string_view name, const KnownModules& modules = {});

/// The first module of @p version that has the class of transformations, loaded or not; empty where
/// none has. For messages.
[[nodiscard]] std::string_view module_of_transformation(std::string_view name,
                                                        ServerVersion version = {});

}  // namespace kamexec::variables
