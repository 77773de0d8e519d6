// SPDX-License-Identifier: GPL-2.0-or-later
// What is said of one exec call: the risk under the stock module, and what becomes of it here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/known_programs.h"
#include "command/prepare.h"
#include "command/prepared_command.h"
#include "tool/check/break_out.h"
#include "tool/check/configuration.h"
#include "tool/check/named_programs.h"
#include "tool/check/trace.h"
#include "variables/known_variables.h"
#include "variables/variable_origin.h"

namespace kamexec::tool::check {

/// The risk under the stock module, the least first. None of them says "safe": what a program does
/// with what it gets is not seen.
enum class Level {
  constant,  ///< no variable in the text
  own,       ///< only this module has the function or the form: values are data
  limited,   ///< variables that hold no free text of a caller's
  possible,  ///< a value of which is not known whose it is reaches the shell's text
  unseen,    ///< the text is built at run time, or could not be read
  danger,    ///< a value of a caller's reaches the shell's text
};
[[nodiscard]] std::string_view word_of(Level level);

/// One variable in a command's text.
struct Use {
  std::string variable;  ///< as written; "the R-URI" where the stock module adds it
  SourceLocation location;
  variables::Origin origin;
  std::string traced;  ///< how a caller's bytes come to it: "assigned from $rU at kamailio.cfg:12"
  std::optional<Context> context;  ///< absent: the text can't be read as a shell does
  bool in_substitution = false;    ///< of a command, within the context
  std::string value;               ///< that breaks out; empty: none is known
  std::string checked;  ///< by the script before the call: "=~ \"^[0-9]+$\" at kamailio.cfg:12"
  Level level = Level::constant;
};

/// What this module says when the configuration loads.
struct Said {
  bool is_error = false;  ///< the call is refused and has to be changed
  SourceLocation location;
  std::string message;
  std::string remedy;
};

/// A module that a variable needs and the configuration does not load: the server refuses that,
/// and nothing in the call is to be changed.
struct MissingModule {
  std::string module;
  Said said;
};

struct Assessment {
  Call call;
  Level level = Level::constant;
  std::string reason;  ///< of the level, where no variable's use tells it
  bool must_change = false;
  std::string command;  ///< the text as written, or the expression
  std::vector<Use> uses;
  /// How it is run here; absent: it has to be changed, or runs as it is at run time.
  std::optional<command::PreparedCommand> prepared;
  std::vector<std::string> values;  ///< names of the variables behind the values, in order
  std::string program;              ///< "@NAME …": the name
  std::vector<program::Permission> permissions;  ///< of that program; empty: not known here
  std::vector<Said> said;
  std::vector<MissingModule> missing;
};

/// What is known of the configuration that a call stands in.
struct Surroundings {
  const Configuration& configuration;
  Taints taints;
  variables::KnownModules modules;
  bool dynamic_allowed = false;  ///< dynamic_commands is "allow"
  bool scripts_refused = false;  ///< dynamic_commands is "refuse": texts of script engines too
  bool asks_shell = true;        ///< the system's shell about syntax: starts a process each
  NamedPrograms programs = {};
  bool set_variables = true;  ///< setvars
  command::InterpretedValues interpreted = command::InterpretedValues::refuse;
  std::shared_ptr<command::AddedPrograms> interpreters = std::make_shared<command::AddedPrograms>();
};

/// Valid as long as @p configuration.
[[nodiscard]] Surroundings surroundings_of(const Configuration& configuration);

/// Looks for programs and, where the surroundings say so, asks the system's shell about syntax, as
/// the module does.
[[nodiscard]] Assessment assess(const Call& call, const Surroundings& surroundings);

}  // namespace kamexec::tool::check
