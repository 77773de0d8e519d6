// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/call.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <cerrno>

#include "program/program_command.h"
#include "request/request_variables.h"

namespace kamexec::daemon {
namespace {

/// A routing script's call has some. More would cost this process time to no purpose.
constexpr std::size_t kMostArguments = 4096;
/// Calls with so many arguments are prepared once.
constexpr std::size_t kMostKeptCommands = 32;
/// What a call costs beside the bytes of its request.
constexpr std::size_t kOverhead = 1024;

/// The command of a call with @p count arguments, each a value.
command::PreparedCommand command_of(const program::Program& program, std::size_t count) {
  program::ProgramCall call;
  call.program = program.definition.name;
  call.value_count = count;
  call.words.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    call.words.push_back(command::Word{command::WordPiece{static_cast<int>(i), {}}});
  }
  return program::call_command(program, call, program::CallTail::as_written);
}

const command::PreparedCommand& kept_command(ServedProgram& served, std::size_t count) {
  if (served.commands.size() <= count) {
    served.commands.resize(count + 1);
  }
  auto& kept = served.commands[count];
  if (kept == nullptr) {
    kept = std::make_unique<const command::PreparedCommand>(command_of(served.program, count));
  }
  return *kept;
}

/// @p packed as CallRequest::variables is: the facts of a request, and nothing that would change
/// how the program finds its libraries or others.
void take_variables(std::string_view packed, request::RequestVariables& into) {
  while (!packed.empty()) {
    const std::string_view variable = packed.substr(0, packed.find('\0'));
    packed.remove_prefix(std::min(variable.size() + 1, packed.size()));
    const std::size_t name_size = std::min(variable.find('='), variable.size());
    into.set(variable.substr(0, name_size),
             variable.substr(std::min(name_size + 1, variable.size())));
  }
}

/// Bytes of the request's values.
std::size_t size_of(const service::CallRequest& request) {
  std::size_t size =
      request.uri.size() + request.variables.size() + request.message.size() + request.input.size();
  for (const std::string_view argument : request.arguments) {
    size += argument.size() + 1 + sizeof(char*);
  }
  return size;
}

}  // namespace

std::chrono::milliseconds timeout_of_calls(const program::ProgramDefinition& definition) {
  return definition.stored.stored ? definition.stored.store_timeout : definition.timeout;
}

TimePoint deadline_of(const service::CallRequest& request, const program::Program& program,
                      TimePoint now) {
  const TimePoint own = after(now, timeout_of_calls(program.definition));
  return request.time_left.count() > 0 ? std::min(own, after(now, request.time_left)) : own;
}

Result<void> make_call(const service::CallRequest& request, TimePoint now, Call& call,
                       std::string_view id, std::uint32_t attempt) {
  ServedProgram& served = *call.program;
  const service::ProgramNotice& wanted = served.notice;
  const std::size_t count = request.arguments.size();
  if (count > kMostArguments) {
    return tl::unexpected<Error>(Error{"the call has " + std::to_string(count) +
                                           " arguments, and may have " +
                                           std::to_string(kMostArguments),
                                       E2BIG});
  }
  call.buffers.variables.clear();
  if (wanted.variables) {
    take_variables(request.variables, call.buffers.variables);
  }
  command::PreparedCommand own;
  if (count >= kMostKeptCommands) {
    own = command_of(served.program, count);
  }
  static const process::RunOptions kLimitsOfCommands;
  Result<engine::Invocation> made = engine::make_invocation(
      {.command = count < kMostKeptCommands ? kept_command(served, count) : own,
       .program = &served.program,
       .values = request.arguments,
       .search_path = {},
       .limits = kLimitsOfCommands,
       .requested = now,
       .id = id,
       .attempt = attempt},
      call.buffers);
  if (!made) {
    return tl::unexpected<Error>(Error{std::move(made.error().message), EINVAL});
  }
  engine::Invocation& invocation = call.invocation;
  invocation = *made;
  invocation.capture_output = call.wants_output;

  const std::string_view uri = wanted.uri ? request.uri : std::string_view();
  const std::string_view message = wanted.message ? request.message : std::string_view();
  const std::string_view input = wanted.input ? request.input : std::string_view();
  call.block.clear();
  call.block.reserve(request.call.size() + uri.size() + message.size() + input.size() + id.size());
  const auto keep = [&call](std::string_view text) {
    const std::size_t at = call.block.size();
    call.block += text;  // within what was reserved: views stay valid
    return std::string_view(call.block).substr(at);
  };
  invocation.call = keep(request.call);
  invocation.uri = keep(uri);
  invocation.message = keep(message);
  invocation.input = keep(input);
  invocation.id = keep(id);

  call.bytes = kOverhead + size_of(request);
  return {};
}

}  // namespace kamexec::daemon
