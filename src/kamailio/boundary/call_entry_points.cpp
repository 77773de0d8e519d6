// SPDX-License-Identifier: GPL-2.0-or-later
// The boundary to C: every function that the C files call, with no exception passing out of it.
#include "kamailio/boundary/entry_points.h"

#include <exception>

#include "kamailio/async/call_later.h"
#include "kamailio/async/resumed_call.h"
#include "kamailio/calls/command.h"
#include "kamailio/calls/dynamic_policy.h"
#include "kamailio/calls/functions.h"
#include "kamailio/calls/given_name.h"
#include "kamailio/calls/input.h"
#include "kamailio/calls/kemi_commands.h"
#include "kamailio/calls/named.h"
#include "kamailio/calls/record_call.h"
#include "kamailio/host/log.h"
#include "kamailio/host/text.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/state/settings.h"

namespace kamexec {
namespace {

/// What can be thrown is shortage of memory: the call is refused, and the server goes on.
template <typename Body>
int guarded(KamexecFunction function, Body body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    log_error(e.what());
  }
  try {
    RunResult result = refused("out of memory");
    return record_call(label_of(function, "", KamexecLocation{nullptr, 0}), result);
  } catch (const std::exception&) {
    return record_out_of_memory();
  }
}

/// The values of the call under way: one for a process, its memory used again.
Values& values_of_call() {
  static Values values;
  values.clear();
  return values;
}

int refuse(KamexecFunction function, std::string_view text, std::string why) {
  RunResult result = refused(std::move(why));
  return record_call(label_of(function, text, KamexecLocation{nullptr, 0}), result);
}

/// Calls @p body(command, values) with the values of the message.
template <typename Body>
int with_values(HostMessage* message, const KamexecCommand* handle, Body body) noexcept {
  if (handle == nullptr) {
    return guarded(KAMEXEC_CMD, [] {
      RunResult result = refused("a parameter can't be used: see the line before");
      return record_call("exec", result);
    });
  }
  const Command& command = *handle->command;
  return guarded(command.function, [&] {
    Values& values = values_of_call();
    command.evaluate(message, values);
    if (!command.is_whole_value) {
      return body(command, values);
    }
    std::string text;
    for (const std::string_view value : values.views()) {
      text += value;
    }
    values.clear();
    const std::unique_ptr<Command> given = command_as_given(command.function, text);
    return given ? body(*given, values)
                 : refuse(command.function, text, "the text can't be prepared");
  });
}

/// Calls @p body(command, values) for a text of a script engine.
template <typename Body>
int with_kemi_text(const KamexecKemiCall& call, Body body) noexcept {
  return guarded(call.function, [&] {
    const KamexecFunction function = call.function;
    const std::string_view text = view(call.text);
    Values& values = values_of_call();
    if (text.empty() || call.message == nullptr) {
      return refuse(function, text, text.empty() ? "there is no command" : "there is no message");
    }
    // A program's name alone is a text without values, whichever way it is called.
    if (call.values == nullptr && !is_program_name_alone(text)) {
      const std::unique_ptr<Command> command =
          kemi_text_allowed(function, text) ? command_as_given(function, text) : nullptr;
      return command ? body(*command, values)
                     : refuse(function, text, "a text that is built at run time can't be used");
    }
    const KemiCommand& known = kemi_command(function, text);
    if (!known.command || known.command->is_whole_value) {
      return refuse(function, text, "the text can't be prepared");
    }
    for (const unsigned which : known.order) {
      if (which >= call.count) {
        return refuse(function, text,
                      "$" + std::to_string(which + 1) + " in the text has no value: there are " +
                          std::to_string(call.count));
      }
      values.add(view(call.values[which]));
    }
    return body(*known.command, values);
  });
}

KamexecCommand* handle_of(std::unique_ptr<Command> command) {
  return command ? new KamexecCommand{std::move(command)} : nullptr;
}

/// Loads or makes a command; nullptr after an error in the log.
template <typename Make>
KamexecCommand* made(Make make) noexcept {
  try {
    return handle_of(make());
  } catch (const std::exception& e) {
    log_error(e.what());
    return nullptr;
  }
}

}  // namespace
}  // namespace kamexec

using kamexec::Command;
using kamexec::Values;

KamexecCommand* kamexec_command_load(KamexecFunction function, HostText text, HostText input,
                                     KamexecLocation place) {
  return kamexec::made([&] { return kamexec::load_command(function, text, input, place); });
}

KamexecCommand* kamexec_command_as_given(KamexecFunction function, HostText text,
                                         KamexecOrigin origin) {
  return kamexec::made([&]() -> std::unique_ptr<Command> {
    const bool allowed = origin == KAMEXEC_FROM_SCRIPT
                             ? kamexec_dynamic_allowed() != 0
                             : kamexec::kemi_text_allowed(function, kamexec::view(text));
    return allowed ? kamexec::command_as_given(function, kamexec::view(text)) : nullptr;
  });
}

void kamexec_command_free(KamexecCommand* command) {
  delete command;
}

namespace {

/// Nothing but a deadline ends what nobody waits for. A named program always has one.
void warn_of_no_deadline(const Command& command) {
  const kamexec::Settings& settings = kamexec::settings();
  if (command.function != KAMEXEC_CMD || command.program != nullptr ||
      settings.run.timeout.count() > 0) {
    return;
  }
  kamexec::log_warning(command.label +
                       ": nobody waits for it and it has no deadline: where it hangs it keeps one "
                       "of " +
                       std::to_string(settings.async.unattended.most_running) +
                       " places for ever (cmd_async_running); set time_to_kill, or give the "
                       "program a name and a timeout");
}

}  // namespace

void kamexec_command_noted(const KamexecCommand* handle, int later) {
  const Command& command = *handle->command;
  kamexec::guarded(command.function, [&] {
    if (command.program != nullptr) {
      kamexec::note_called(*command.program, later != 0 ? kamexec::CalledBy::job_process
                                                        : kamexec::CalledBy::sip_worker);
    }
    if (later != 0) {
      warn_of_no_deadline(command);
    }
    return 1;
  });
}

namespace {

/// The arguments of the configuration for one message; @p input keeps the text of its own.
kamexec::CallArguments arguments_for(HostMessage* message, const KamexecArguments& given,
                                     std::string& input) {
  if (given.input != nullptr) {
    given.input->write(message, input);
  }
  return {input, given.names, given.out, given.err};
}

}  // namespace

int kamexec_call(HostMessage* message, const KamexecCommand* command,
                 const KamexecArguments* given) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    std::string input;
    return kamexec::call_now(message, prepared, values, arguments_for(message, *given, input));
  });
}

int kamexec_call_async(HostMessage* message, const KamexecCommand* command,
                       const KamexecArguments* given, const KamexecNames* names,
                       const HostRoute* route) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    std::string input;
    const kamexec::ResultNames by_name{kamexec::view(names->avps), kamexec::view(names->out),
                                       kamexec::view(names->err)};
    return kamexec::call_later(message, prepared, values, arguments_for(message, *given, input),
                               by_name, route);
  });
}

int kamexec_kemi(const KamexecKemiCall* call) {
  return kamexec::with_kemi_text(*call, [&](const Command& command, Values& values) {
    const kamexec::NamedVariable out(call->out);
    const kamexec::NamedVariable err(call->err);
    if (!out.valid() || !err.valid()) {
      return kamexec::refuse(call->function, kamexec::view(call->text),
                             "its outvar or errvar can't be written to: give it as in $var(x)");
    }
    return kamexec::call_now(call->message, command, values,
                             {kamexec::view(call->input), nullptr, out.get(), err.get()});
  });
}

int kamexec_kemi_async(const KamexecKemiCall* call, HostText route_name) {
  return kamexec::with_kemi_text(*call, [&](const Command& command, Values& values) {
    HostRoute route;
    const bool goes_on = call->function != KAMEXEC_CMD;
    if (goes_on && (!kamexec::is_plain_name(kamexec::view(route_name)) ||
                    host_route_find(route_name, &route) < 0)) {
      return kamexec::refuse(call->function, kamexec::view(call->text),
                             "there is no such route to go on with");
    }
    const kamexec::NamedAvps avps(call->avps);
    const kamexec::NamedVariable out(call->out);
    const kamexec::NamedVariable err(call->err);
    if (!avps.valid() || !out.valid() || !err.valid()) {
      return kamexec::refuse(call->function, kamexec::view(call->text),
                             "its avplist, outvar or errvar can't be written to: give it as in "
                             "$avp(a); $avp(b) or $var(x)");
    }
    const int rc = kamexec::call_later(
        call->message, command, values, {kamexec::view(call->input), nullptr, nullptr, nullptr},
        {kamexec::view(call->avps), kamexec::view(call->out), kamexec::view(call->err)},
        goes_on ? &route : nullptr);
    return rc == 0 ? 1 : rc;
  });
}

void kamexec_apply_resumed(HostMessage* message) {
  kamexec::guarded(KAMEXEC_CMD, [&] {
    kamexec::apply_resumed(message);
    return 1;
  });
}
