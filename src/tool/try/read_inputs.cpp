// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/read_inputs.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/printable.h"
#include "engine/prepare_options.h"
#include "program/program_call.h"
#include "program/programs_file.h"
#include "program/read_program.h"
#include "program/units.h"
#include "tool/sip/capture.h"
#include "tool/sip/message_file.h"

extern "C" char** environ;

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 80;
constexpr std::uint64_t kHighestPort = 65535;

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(struct in6_addr)> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

/// "192.0.2.1:5060", "[2001:db8::1]:5060"; the port may be missing.
Result<MessageSource> read_source(const std::string& text) {
  MessageSource source;
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == text.npos ? 0 : bracket);
  source.ip = text.substr(0, colon);
  if (source.ip.size() > 2 && source.ip.front() == '[' && source.ip.back() == ']') {
    source.ip = source.ip.substr(1, source.ip.size() - 2);
  }
  const auto port = colon == text.npos ? std::optional<std::uint64_t>(source.port)
                                       : program::read_count(text.substr(colon + 1));
  if (!is_address(source.ip) || !port || *port > kHighestPort) {
    return failure("--source " + printable(text, kShown) +
                   " is not an address and port; write 192.0.2.1:5060 or [2001:db8::1]:5060");
  }
  source.port = static_cast<unsigned>(*port);
  return source;
}

Result<void> read_message(const TryOptions& options, TryInputs& into) {
  MessageText text;
  MessageSource source;
  if (!options.capture.empty()) {
    Result<CapturedMessage> captured = read_capture(options.capture, options.number);
    if (!captured) {
      return tl::unexpected<Error>(std::move(captured.error()));
    }
    text.bytes = std::move(captured->bytes);
    source = std::move(captured->source);
  } else {
    Result<std::string> bytes = read_whole_file(options.message);
    if (!bytes) {
      return tl::unexpected<Error>(std::move(bytes.error()));
    }
    text = with_sip_line_ends(std::move(*bytes));
  }
  if (!options.source.empty()) {
    Result<MessageSource> given = read_source(options.source);
    if (!given) {
      return tl::unexpected<Error>(std::move(given.error()));
    }
    source = std::move(*given);
  } else if (options.capture.empty()) {
    text.notes.push_back("the sender of the message is assumed to be " + source.ip + ":" +
                         std::to_string(source.port) + " (--source sets another)");
  }
  Result<SipMessage> message = SipMessage::read(std::move(text.bytes), std::move(source));
  if (!message) {
    return tl::unexpected<Error>(std::move(message.error()));
  }
  into.message = std::move(*message);
  into.notes = std::move(text.notes);
  return {};
}

Result<void> read_programs(const TryOptions& options, TryInputs& into) {
  for (const std::string& text : options.programs) {
    Result<program::ProgramDefinition> program = program::read_program(text);
    if (!program) {
      return failure("--program: " + program.error().message);
    }
    if (const Result<void> added = into.programs.add(std::move(*program)); !added) {
      return failure("--program: " + added.error().message);
    }
  }
  program::ProgramsFiles files;
  for (const std::string& path : options.programs_files) {
    program::read_programs_path(path, program::Reader::server, files);
  }
  if (!files.mistakes.empty()) {
    return failure("--programs-file: " + files.mistakes.front());
  }
  for (program::PlacedDefinition& one : files.programs) {
    const auto added = into.programs.add(std::move(one.definition), std::move(one.origin));
    if (!added) {
      return failure("--programs-file: " + added.error().message);
    }
  }
  const std::string_view called = program::called_name(options.command);
  if (!options.service.empty() && !called.empty() && into.programs.find(called) == nullptr) {
    // There is none of that name, so that it can't fail.
    static_cast<void>(into.programs.add(program::served_program(called)));
  }
  const std::vector<std::string> mistakes = into.programs.locate(into.search_path);
  for (std::string& left_out : into.programs.left_out()) {
    into.notes.push_back(std::move(left_out));
  }
  return mistakes.empty() ? Result<void>() : failure(mistakes.front());
}

Result<void> read_timeout(const TryOptions& options, TryInputs& into) {
  const auto time = options.timeout == "none" ? std::chrono::milliseconds(0)
                                              : program::read_time(options.timeout);
  if (!time) {
    return failure("--timeout " + printable(options.timeout, kShown) +
                   " is not a time; write 200ms, 2s, 5m or none");
  }
  into.timeout = *time;
  return {};
}

/// As the module's parameter: "*", or names with commas or blanks between.
request::InheritedEnvironment inherited_of(const std::string& list) {
  if (list == "*") {
    return request::InheritedEnvironment::everything(environ);
  }
  std::vector<std::string> names;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(", \t\r\n", at), list.size());
    if (end > at) {
      names.push_back(list.substr(at, end - at));
    }
    at = end + 1;
  }
  return request::InheritedEnvironment::only(environ, names);
}

Result<void> read_given(const TryOptions& options, TryInputs& into) {
  for (const std::string& assignment : options.set) {
    if (Result<void> added = into.given.add(assignment); !added) {
      return added;
    }
  }
  return {};
}

}  // namespace

Result<TryInputs> read_inputs(const TryOptions& options) {
  TryInputs inputs;
  inputs.inherited = inherited_of(options.environment);
  inputs.search_path =
      engine::search_path_of(request::InheritedEnvironment::everything(environ).value("PATH"));
  const bool has_message = !options.message.empty() || !options.capture.empty();
  Result<void> read = has_message ? read_message(options, inputs) : Result<void>();
  using Reader = Result<void> (*)(const TryOptions&, TryInputs&);
  for (const Reader reader : {read_given, read_programs, read_timeout}) {
    if (read) {
      read = reader(options, inputs);
    }
  }
  return read ? Result<TryInputs>(std::move(inputs))
              : Result<TryInputs>(tl::unexpected<Error>(std::move(read.error())));
}

}  // namespace kamexec::tool
