// SPDX-License-Identifier: GPL-2.0-or-later
// All that the module keeps from call to call, in two structs: what is made before the server
// forks, and what each process has of its own. Neither is ever destroyed: `kamailio -c` has its
// configuration checked while the process exits. Each process uses them in one thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "kamailio/state/last_call.h"
#include "kamailio/state/log_limit.h"
#include "kamailio/state/settings.h"
#include "kamailio/state/values.h"
#include "process/run.h"
#include "program/programs.h"

namespace kamexec::module {

class AsyncServer;
class ProgramShared;
struct AsyncJob;
struct CallState;
struct ServerExecutor;
struct ShellChecks;
class KemiCommands;

/// A T that is made when it is first asked for, which may throw std::bad_alloc, and never
/// destroyed.
template <typename T>
class Lazy {
 public:
  [[nodiscard]] T& get() {
    if (value_ == nullptr) {
      value_ = new T;
    }
    return *value_;
  }

 private:
  T* value_ = nullptr;
};

/// In which processes the configuration calls a program.
enum class CalledBy { sip_worker, job_process };
constexpr std::size_t kCallers = 2;

/// Made in the server's first process, while it loads the configuration (kamexec_check_parameters,
/// kamexec_program_define, fixups) and in mod_init; constant once the server has forked, but for
/// what it points to in shared memory. Each process has its copy, with the same addresses in it.
struct ServerState {
  /// kamexec_check_parameters() fills them in, kamexec_interpreter_add() adds to them.
  Settings settings;
  /// kamexec_program_define() and kamexec_programs_read() add to them, kamexec_programs_locate()
  /// looks for them on this machine.
  program::Programs programs;
  /// kamexec_program_called(): names that only a call has, and the first place of each. They are in
  /// programs, too.
  std::map<std::string, std::string> asked_programs;
  /// kamexec_command_noted(): the calls that have a use for the output of a program of the service,
  /// each by the program's name and as "exec_avp("@lcr $rU", …) at FILE:LINE".
  std::set<std::pair<std::string, std::string>> output_wanted;
  /// kamexec_command_noted(), for each constant command of the configuration: by CalledBy.
  std::array<std::set<const program::Program*>, kCallers> called_programs;
  /// search_path(); empty until it is first asked for.
  std::string search_path;
  /// kamexec_programs_share(): of each of programs, in shared memory.
  std::map<const program::Program*, ProgramShared*> shared_of_programs;
  /// kamexec_async_init(); nullptr: there are no asynchronous calls.
  AsyncServer* async = nullptr;
  /// kamexec_command_load(), until kamexec_commands_refused_by_shell() has asked the shell.
  Lazy<ShellChecks> shell_checks;
  /// kamexec_command_load(): modules that a variable needs, and that an error has named.
  std::set<std::string> missing_modules;
};
[[nodiscard]] ServerState& server_state();

/// Made piece by piece where a process first needs it, which is in its first call but for the log's
/// limits.
struct ProcessState {
  /// What $exec(...) shows.
  LastCall last_call;
  /// The values of the call under way, its memory used again.
  Values values;
  /// The buffers of calls.
  Lazy<CallState> call_state;
  /// What runs them: the inherited environment, named programs, their pools, what was submitted.
  Lazy<ServerExecutor> executor;
  /// Prepared texts of a script engine.
  Lazy<KemiCommands> kemi_commands;
  /// Hashes of such texts that a warning was given of.
  std::unordered_set<std::size_t> kemi_texts_warned_of;
  /// The result that the route which is about to go on is to get, in a process of the module's own.
  struct Resumed {
    const AsyncJob* job;
    process::RunResult result;
  };
  std::optional<Resumed> resumed;
  /// By LogKind.
  std::array<LogLimit, kLogKinds> log_limits;
};
[[nodiscard]] ProcessState& process_state();

}  // namespace kamexec::module
