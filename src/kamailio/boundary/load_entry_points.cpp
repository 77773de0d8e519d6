// SPDX-License-Identifier: GPL-2.0-or-later
// Entry points of the configuration's loading: parameters, named programs, what fixups make of a
// parameter.
#include <algorithm>
#include <exception>
#include <memory>
#include <string>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/calls/command.h"
#include "kamailio/calls/dynamic_policy.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/calls/given_name.h"
#include "kamailio/calls/input.h"
#include "kamailio/calls/shell_check.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/programs/program_counters.h"
#include "kamailio/programs/program_shared.h"
#include "kamailio/programs/server_executor.h"
#include "kamailio/programs/service_programs.h"
#include "kamailio/state/state.h"
#include "program/program_call.h"
#include "program/programs_file.h"
#include "program/read_program.h"

namespace kamexec::module {
namespace {

/// 0, or -1 after an error in the log.
int logged(const Result<void>& result, std::string_view of = {},
           LogSource from = LogSource::current()) {
  if (!result) {
    log_error(std::string(of) + result.error().message, from);
  }
  return result ? 0 : -1;
}

int logged(const std::vector<std::string>& mistakes, LogSource from = LogSource::current()) {
  for (const std::string& mistake : mistakes) {
    log_error(mistake, from);
  }
  return mistakes.empty() ? 0 : -1;
}

int check_parameters() {
  return logged(read_settings(kamexec_parameters, server_state().settings));
}

int add_interpreter(const char* text) {
  return logged(server_state().settings.interpreters.add(text),
                "parameter interpreter=\"" + std::string(text) + "\": ");
}

int add_program(program::PlacedDefinition program) {
  const program::ProgramDefinition& definition = program.definition;
  if (const std::string names = program::without_effect(definition); !names.empty()) {
    const program::Mistake warning{{}, names + ": no effect here: only kamexecd acts on it"};
    log_warning(text_of(warning, definition.name, program.origin));
  }
  return logged(named_programs().add(std::move(program.definition), std::move(program.origin)));
}

int define_program(std::string_view text) {
  Result<program::ProgramDefinition> definition = program::read_program(text);
  return definition ? add_program({std::move(*definition), {}})
                    : logged(tl::unexpected<Error>(std::move(definition.error())));
}

int define_programs_of(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    return logged(failure("parameter programs_file: \"" + path +
                          "\" depends on the directory in which the server was started: write a "
                          "full path"));
  }
  program::ProgramsFiles files;
  program::read_programs_path(path, program::Reader::server, files);
  int status = logged(files.mistakes);
  for (program::PlacedDefinition& program : files.programs) {
    status = std::min(status, add_program(std::move(program)));
  }
  return status;
}

/// What can't be run by the service is a mistake, too.
int locate_programs() {
  int status = logged(named_programs().locate(search_path()));
  for (const std::string& warning : named_programs().left_out()) {
    log_warning(warning);
  }
  for (const auto& [name, program] : named_programs().all()) {
    if (program.definition.via == program::Via::service && settings().service.empty()) {
      status = logged(failure("program " + name +
                              ": via: via=service passes calls on to kamexecd, and its socket is "
                              "not known: add modparam(\"exec\", \"service\", "
                              "\"/run/kamexec/programs.sock\")"));
    }
  }
  return status;
}

int share_programs() {
  const Result<void> created = ProgramShared::create(named_programs());
  return logged(created ? register_program_counters(named_programs()) : created);
}

KamexecCommand* handle_of(std::unique_ptr<Command> command) {
  return command ? new KamexecCommand{std::move(command)} : nullptr;
}

void note_wanted_output(const Command& command) {
  if (command.function != KAMEXEC_CMD && command.function != KAMEXEC_MSG) {
    note_output_wanted(*command.program, command.label);
  }
}

/// Nothing but a deadline ends what nobody waits for. A named program always has one.
void warn_of_no_deadline(const Command& command) {
  if (command.function != KAMEXEC_CMD || command.program != nullptr ||
      settings().run.timeout.count() > 0) {
    return;
  }
  log_warning(
      command.label +
      ": no transaction waits for it and it has no deadline: if it hangs, it keeps one of " +
      std::to_string(settings().async.unattended.most_running) +
      " slots for ever (cmd_async_running); set time_to_kill, or give the program a name "
      "and a timeout");
}

}  // namespace
}  // namespace kamexec::module

using namespace kamexec::module;

using namespace kamexec;

int kamexec_check_parameters(void) noexcept {
  return guarded(check_parameters, -1);
}

int kamexec_interpreter_add(const char* text) noexcept {
  return guarded([text] { return add_interpreter(text); }, -1);
}

int kamexec_program_define(const char* text) noexcept {
  return guarded([text] { return define_program(text); }, -1);
}

int kamexec_programs_read(const char* path) noexcept {
  return guarded([path] { return define_programs_of(path); }, -1);
}

void kamexec_program_called(HostText text, KamexecLocation place) noexcept {
  guarded([&] { note_called_name(program::called_name(view(text)), place_text(place)); });
}

int kamexec_service_unknown(int strict) noexcept {
  return guarded([strict] { return unknown_to_service(strict != 0); }, 0);
}

int kamexec_programs_locate(void) noexcept {
  return guarded(locate_programs, -1);
}

int kamexec_programs_permitted(void) noexcept {
  return guarded([] { return logged(named_programs().check_permissions()); }, -1);
}

int kamexec_programs_share(void) noexcept {
  return guarded(share_programs, -1);
}

KamexecCommand* kamexec_command_load(KamexecFunction function, HostText text, HostText input,
                                     KamexecLocation place) noexcept {
  return guarded([&] { return handle_of(load_command(function, text, input, place)); }, nullptr);
}

KamexecCommand* kamexec_command_as_given(KamexecFunction function, HostText text,
                                         KamexecOrigin origin) noexcept {
  return guarded(
      [&]() -> KamexecCommand* {
        const bool allowed = origin == KAMEXEC_FROM_SCRIPT
                                 ? settings().dynamic == DynamicPolicy::allow
                                 : kemi_text_allowed(function, view(text));
        return allowed ? handle_of(command_as_given(function, view(text))) : nullptr;
      },
      nullptr);
}

void kamexec_command_free(KamexecCommand* command) noexcept {
  guarded([command] { delete command; });
}

int kamexec_commands_refused_by_shell(void) noexcept {
  return guarded([] { return shell_refuses(); }, 1);
}

void kamexec_command_noted(const KamexecCommand* handle, int later) noexcept {
  guarded([handle, later] {
    const Command& command = *handle->command;
    if (command.program != nullptr) {
      note_called(*command.program, later != 0 ? CalledBy::job_process : CalledBy::sip_worker);
      note_wanted_output(command);
    }
    if (later != 0) {
      warn_of_no_deadline(command);
    }
  });
}

int kamexec_dynamic_allowed(void) noexcept {
  return guarded([] { return settings().dynamic == DynamicPolicy::allow ? 1 : 0; }, 0);
}

void kamexec_refuse_dynamic(KamexecFunction function, KamexecLocation place) noexcept {
  guarded([&] { log_dynamic_refused(function, place); });
}

int kamexec_name_is_plain(HostText name) noexcept {
  return guarded([name] { return is_plain_name(view(name)) ? 1 : 0; }, 0);
}

void kamexec_log_unusable_name(KamexecSource from, const char* what, HostText name,
                               const char* why) noexcept {
  guarded([&] { log_unusable_name(what, view(name), why, {from.file, from.line, from.function}); });
}

KamexecInput* kamexec_input_load(KamexecFunction function, HostText text,
                                 KamexecLocation place) noexcept {
  return guarded(
      [&]() -> KamexecInput* {
        auto input = std::make_unique<KamexecInput>();
        input->format = parse_format(label_of(function, "...", place), "its standard input", text);
        return input->format ? input.release() : nullptr;
      },
      nullptr);
}

KamexecInput* kamexec_input_as_given(HostText text) noexcept {
  return guarded(
      [text] {
        auto input = std::make_unique<KamexecInput>();
        input->fixed = view(text);
        return input.release();
      },
      nullptr);
}

void kamexec_input_free(KamexecInput* input) noexcept {
  guarded([input] { delete input; });
}
