// SPDX-License-Identifier: GPL-2.0-or-later
// The boundary to C: every function that the C files call, with no exception passing out of it.
#include "kamailio/module.h"

#include <exception>

#include "kamailio/call.h"
#include "kamailio/command.h"
#include "kamailio/dynamic_policy.h"
#include "kamailio/functions.h"
#include "kamailio/input.h"
#include "kamailio/kemi_commands.h"
#include "kamailio/log.h"
#include "kamailio/text.h"

namespace kamexec {
namespace {

/// What can be thrown is shortage of memory: the call is refused, and the server goes on.
template <typename Body>
int guarded(KxFunction function, Body body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    log_error(e.what());
  }
  try {
    RunResult result = refused("out of memory");
    return record_call(label_of(function, "", KxPlace{nullptr, 0}), result);
  } catch (const std::exception&) {
    return code(Cause::refused);
  }
}

/// The values of the call under way: one for a process, its memory used again.
Values& values_of_call() {
  static Values values;
  values.clear();
  return values;
}

int refuse(KxFunction function, std::string_view text, std::string why) {
  RunResult result = refused(std::move(why));
  return record_call(label_of(function, text, KxPlace{nullptr, 0}), result);
}

/// Calls @p body(command, values) with the values of the message.
template <typename Body>
int with_values(HostMessage* message, const KxCommand* handle, Body body) noexcept {
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
int with_kemi_text(KxFunction function, const HostMessage* message, HostText host,
                   const HostText* given, std::size_t count, Body body) noexcept {
  return guarded(function, [&] {
    const std::string_view text = view(host);
    Values& values = values_of_call();
    if (text.empty() || message == nullptr) {
      return refuse(function, text, text.empty() ? "there is no command" : "there is no message");
    }
    if (given == nullptr) {
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
      if (which >= count) {
        return refuse(function, text,
                      "$" + std::to_string(which + 1) + " in the text has no value: there are " +
                          std::to_string(count));
      }
      values.add(view(given[which]));
    }
    return body(*known.command, values);
  });
}

KxCommand* handle_of(std::unique_ptr<Command> command) {
  return command ? new KxCommand{std::move(command)} : nullptr;
}

/// Loads or makes a command; nullptr after an error in the log.
template <typename Make>
KxCommand* made(Make make) noexcept {
  try {
    return handle_of(make());
  } catch (const std::exception& e) {
    log_error(e.what());
    return nullptr;
  }
}

/// A writable variable named by a script engine, for the length of a call.
class NamedVariable {
 public:
  explicit NamedVariable(HostText name)
      : variable_(name.length > 0 ? host_variable_parse(name) : nullptr),
        valid_(variable_ != nullptr || name.length == 0) {}
  ~NamedVariable() { host_variable_free(variable_); }
  NamedVariable(const NamedVariable&) = delete;
  NamedVariable& operator=(const NamedVariable&) = delete;
  [[nodiscard]] HostVariable* get() const { return variable_; }
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  HostVariable* variable_;
  bool valid_;
};

int call_function(KxFunction function, HostMessage* message, const Command& command,
                  Values& values) {
  switch (function) {
    case KX_DSET:
      return exec_dset(message, command, values);
    case KX_MSG:
      return exec_msg(message, command, values);
    case KX_AVP:
      return exec_avp(message, command, values, nullptr);
    case KX_CMD:
      return exec_cmd(message, command, values);
    case KX_RUN:
      break;
  }
  return exec_run(message, command, values, RunArguments());
}

}  // namespace
}  // namespace kamexec

using kamexec::Command;
using kamexec::Values;

KxCommand* kx_command_load(KxFunction function, HostText text, KxPlace place) {
  return kamexec::made([&] { return kamexec::load_command(function, text, place); });
}

KxCommand* kx_command_as_given(KxFunction function, HostText text, KxOrigin origin) {
  return kamexec::made([&]() -> std::unique_ptr<Command> {
    const bool allowed = origin == KX_FROM_SCRIPT
                             ? kx_dynamic_allowed() != 0
                             : kamexec::kemi_text_allowed(function, kamexec::view(text));
    return allowed ? kamexec::command_as_given(function, kamexec::view(text)) : nullptr;
  });
}

void kx_command_free(KxCommand* command) {
  delete command;
}

int kx_command_check(KxFunction function, HostText text, KxPlace place) {
  KxCommand* command = kx_command_load(function, text, place);
  const int checked = command == nullptr ? -1 : 0;
  kx_command_free(command);
  return checked;
}

int kx_dset(HostMessage* message, const KxCommand* command) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    return kamexec::exec_dset(message, prepared, values);
  });
}

int kx_msg(HostMessage* message, const KxCommand* command) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    return kamexec::exec_msg(message, prepared, values);
  });
}

int kx_avp(HostMessage* message, const KxCommand* command, HostAvpList* names) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    return kamexec::exec_avp(message, prepared, values, names);
  });
}

int kx_cmd(HostMessage* message, const KxCommand* command) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    return kamexec::exec_cmd(message, prepared, values);
  });
}

int kx_run(HostMessage* message, const KxCommand* command, const KxInput* input, HostVariable* out,
           HostVariable* err) {
  return kamexec::with_values(message, command, [&](const Command& prepared, Values& values) {
    std::string text;
    if (input != nullptr) {
      input->write(message, text);
    }
    return kamexec::exec_run(message, prepared, values, {text, out, err});
  });
}

int kx_kemi(KxFunction function, HostMessage* message, HostText text, const HostText* values,
            size_t count) {
  return kamexec::with_kemi_text(
      function, message, text, values, count, [&](const Command& command, Values& filled) {
        return kamexec::call_function(function, message, command, filled);
      });
}

int kx_kemi_run(HostMessage* message, HostText text, HostText input, HostText out, HostText err,
                const HostText* values, size_t count) {
  return kamexec::with_kemi_text(
      KX_RUN, message, text, values, count, [&](const Command& command, Values& filled) {
        const kamexec::NamedVariable output(out);
        const kamexec::NamedVariable error(err);
        if (!output.valid() || !error.valid()) {
          return kamexec::refuse(KX_RUN, kamexec::view(text),
                                 "its outvar or errvar can't be written to");
        }
        return kamexec::exec_run(message, command, filled,
                                 {kamexec::view(input), output.get(), error.get()});
      });
}
