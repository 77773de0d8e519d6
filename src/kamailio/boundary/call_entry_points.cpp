// SPDX-License-Identifier: GPL-2.0-or-later
// Entry points of calls: the script's functions, and the route that goes on.
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
#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

/// Runs @p body of a call. Where it throws, the call is refused, and recorded as that.
template <typename Body>
int guarded_call(KamexecFunction function, Body body,
                 LogSource from = LogSource::current()) noexcept {
  const auto record = [function, from]() noexcept {
    return guarded(
        [function] {
          process::RunResult result = refused("out of memory");
          return record_call(label_of(function, "", KamexecLocation{nullptr, 0}), result);
        },
        []() noexcept { return record_out_of_memory(); }, from);
  };
  return guarded(body, record, from);
}

/// The values of the call under way: one for a process, its memory used again.
Values& values_of_call() {
  Values& values = process_state().values;
  values.clear();
  return values;
}

int refuse(KamexecFunction function, std::string_view text, std::string why) {
  process::RunResult result = refused(std::move(why));
  return record_call(label_of(function, text, KamexecLocation{nullptr, 0}), result);
}

/// Calls @p body(command, values) with the values of the message.
template <typename Body>
int with_values(HostMessage* message, const KamexecCommand* handle, Body body,
                LogSource from = LogSource::current()) noexcept {
  const KamexecFunction function = handle != nullptr ? handle->command->function : KAMEXEC_CMD;
  const auto call = [&] {
    if (handle == nullptr) {
      process::RunResult result = refused("a parameter can't be used: see the line before");
      return record_call("exec", result);
    }
    const Command& command = *handle->command;
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
  };
  return guarded_call(function, call, from);
}

/// Calls @p body(command, values) for a text of a script engine.
template <typename Body>
int with_kemi_text(const KamexecKemiCall& call, Body body,
                   LogSource from = LogSource::current()) noexcept {
  const auto prepared = [&] {
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
  };
  return guarded_call(call.function, prepared, from);
}

/// The arguments of the configuration for one message; @p input keeps the text of its own.
CallArguments arguments_for(HostMessage* message, const KamexecArguments& given,
                            std::string& input) {
  if (given.input != nullptr) {
    given.input->write(message, input);
  }
  return {input, given.names, given.out, given.err};
}

}  // namespace
}  // namespace kamexec::module

using namespace kamexec::module;

using namespace kamexec;

int kamexec_call(HostMessage* message, const KamexecCommand* command,
                 const KamexecArguments* given) noexcept {
  return with_values(message, command, [&](const Command& prepared, Values& values) {
    std::string input;
    return call_now(message, prepared, values, arguments_for(message, *given, input));
  });
}

int kamexec_call_async(HostMessage* message, const KamexecCommand* command,
                       const KamexecArguments* given, const KamexecNames* names,
                       const HostRoute* route) noexcept {
  return with_values(message, command, [&](const Command& prepared, Values& values) {
    std::string input;
    CallArguments arguments = arguments_for(message, *given, input);
    arguments.avp_names = view(names->avps);
    arguments.out_name = view(names->out);
    arguments.err_name = view(names->err);
    return call_later(message, prepared, values, arguments, route);
  });
}

int kamexec_kemi(const KamexecKemiCall* call) noexcept {
  return with_kemi_text(*call, [&](const Command& command, Values& values) {
    const NamedVariable out(call->out);
    const NamedVariable err(call->err);
    if (!out.valid() || !err.valid()) {
      return refuse(call->function, view(call->text),
                    "its outvar or errvar can't be written to: give it as in $var(x)");
    }
    return call_now(call->message, command, values,
                    {view(call->input), nullptr, out.get(), err.get()});
  });
}

int kamexec_kemi_async(const KamexecKemiCall* call, HostText route_name) noexcept {
  return with_kemi_text(*call, [&](const Command& command, Values& values) {
    HostRoute route;
    const bool goes_on = call->function != KAMEXEC_CMD;
    if (goes_on && (!is_plain_name(view(route_name)) || host_route_find(route_name, &route) < 0)) {
      return refuse(call->function, view(call->text), "there is no such route to resume in");
    }
    const NamedAvps avps(call->avps);
    const NamedVariable out(call->out);
    const NamedVariable err(call->err);
    if (!avps.valid() || !out.valid() || !err.valid()) {
      return refuse(call->function, view(call->text),
                    "its avplist, outvar or errvar can't be written to: give it as in "
                    "$avp(a); $avp(b) or $var(x)");
    }
    const int rc = call_later(call->message, command, values,
                              {view(call->input), nullptr, nullptr, nullptr, view(call->avps),
                               view(call->out), view(call->err)},
                              goes_on ? &route : nullptr);
    return rc == 0 ? 1 : rc;
  });
}

void kamexec_apply_resumed(HostMessage* message) noexcept {
  static_cast<void>(guarded_call(KAMEXEC_CMD, [&] {
    apply_resumed(message);
    return 1;
  }));
}
