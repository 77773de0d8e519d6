// SPDX-License-Identifier: GPL-2.0-or-later
// What of a configuration is needed to judge its exec calls, as plain data.
#pragma once

#include <string>
#include <vector>

#include "tool/check/anchored_pattern.h"
#include "tool/check/note.h"
#include "tool/check/source_location.h"
#include "variables/known_variables.h"

namespace kamexec::tool::check {

/// One argument of a call.
struct Argument {
  enum class Kind {
    constant,    ///< fixed when the configuration loads: a string, or strings put together
    expression,  ///< evaluated at each call
  };
  Kind kind = Kind::constant;
  std::string text;  ///< of a constant: its text; of an expression: as written, blanks left out
  std::vector<SourceLocation> locations;  ///< of each byte of a constant's text; may be empty
  std::vector<std::string> variables;     ///< that an expression names, in its strings too
  bool is_doubtful = false;               ///< it may be another text: see the notes
};

/// $rU =~ "^[0-9]+$", which the script has found to be true.
struct VariableCheck {
  std::string variable;  ///< "$rU", also where it is written $(rU)
  std::string pattern;
  SourceLocation location;
  MatchedBytes bytes = MatchedBytes::plain;

  bool operator==(const VariableCheck&) const = default;
};

struct Call {
  SourceLocation location;  ///< of the function's name
  std::string function;     ///< "exec_dset"
  std::string route;        ///< "failure_route[GW]"; empty: outside of all
  std::vector<Argument> arguments;
  std::vector<VariableCheck> checks;  ///< that hold where it stands
};

/// modparam("exec", …)
struct Parameter {
  SourceLocation location;
  std::string name;
  std::string value;  ///< a number as written
};

/// A script that a script engine runs: modparam("app_lua", "load", "route.lua").
struct Script {
  SourceLocation location;
  std::string module;
  std::string path;
};

/// $var(x) = …
struct Assignment {
  SourceLocation location;
  std::string target;
  std::vector<std::string> sources;  ///< the variables on the right, those in strings too
};

struct Configuration {
  variables::ServerVersion version;  ///< of the server that it was read for
  std::vector<std::string> files;    ///< names, the first is the one that was asked for
  std::vector<Call> calls;
  std::vector<Parameter> parameters;
  std::vector<Script> scripts;
  std::vector<std::string> modules;  ///< that are loaded: "exec"
  std::vector<Assignment> assignments;
  Notes notes;

  [[nodiscard]] const std::string& file_of(SourceLocation location) const {
    return files[location.file];
  }
};

}  // namespace kamexec::tool::check
