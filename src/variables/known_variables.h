// SPDX-License-Identifier: GPL-2.0-or-later
// The classes of pseudo-variables and of transformations that a Kamailio can know: those of its
// core and of all modules of 5.6 ("rU", "avp", "sht" ...). A server knows those alone whose modules
// it has loaded, and refuses any other '$' in a command.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kamexec {

/// What is written behind a class's name.
enum class Shape {
  plain,          ///< $rU
  named,          ///< $var(x)
  indexed,        ///< $pu, $(pu[1])
  named_indexed,  ///< $avp(x), $(avp(x)[1])
};

struct VariableClass {
  std::string_view module;  ///< "core", "pv", "tmx" ...: the first that has it
  Shape shape = Shape::plain;

  [[nodiscard]] bool takes_name() const {
    return shape == Shape::named || shape == Shape::named_indexed;
  }
  [[nodiscard]] bool takes_index() const {
    return shape == Shape::indexed || shape == Shape::named_indexed;
  }
};

/// What is known to the server whose texts are read.
struct KnownModules {
  /// false: every module counts as loaded. That is how a text is read when nothing is known of the
  /// server: what is taken for a variable then is one somewhere, and `$HOME` is none anywhere.
  bool some = false;
  /// With some: the modules that are loaded ("pv", "htable"), beside core and exec.
  std::span<const std::string> loaded;

  [[nodiscard]] bool has(std::string_view module) const;
};

/// The class called @p name (case counts), nullptr where no module of @p modules has it. Lives for
/// ever.
[[nodiscard]] const VariableClass* find_variable_class(std::string_view name,
                                                       const KnownModules& modules = {});

/// The first module that has it, loaded or not; empty where none has. For messages.
[[nodiscard]] std::string_view module_of_variable(std::string_view name);

/// Whether {name.…} is a class of transformations of a module of @p modules.
[[nodiscard]] bool is_transformation_class(std::string_view name, const KnownModules& modules = {});

}  // namespace kamexec
