// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/queue_command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/printable.h"

namespace kamexec::daemon {
namespace {

using Json = nlohmann::ordered_json;
using stored::WallTime;

/// Rows of one reply, and of one change.
constexpr std::size_t kMostListed = 100'000;
constexpr std::size_t kMostChanged = 1'000'000'000;
constexpr std::size_t kShown = 80;

std::optional<QueueCommand::Verb> verb_of(std::string_view word) {
  if (word == "list") {
    return QueueCommand::Verb::list;
  }
  if (word == "export" || word == "show") {
    return QueueCommand::Verb::whole;
  }
  if (word == "retry") {
    return QueueCommand::Verb::retry;
  }
  if (word == "drop") {
    return QueueCommand::Verb::forget;
  }
  return std::nullopt;
}

template <typename Number>
bool read_whole(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

tl::unexpected<Error> wrong(std::string_view argument, const std::string& what) {
  return failure(printable(argument, kShown) + " " + what);
}

/// Takes one "name=value".
Result<void> take(std::string_view argument, stored::Selection& into, std::size_t most) {
  const std::size_t equals = argument.find('=');
  if (equals == argument.npos) {
    return wrong(argument, "is not NAME=VALUE");
  }
  const std::string_view name = argument.substr(0, equals);
  const std::string_view value = argument.substr(equals + 1);
  if (name == "program") {
    into.program = value;
    return {};
  }
  if (name == "state") {
    into.state = stored::state_of(value);
    return into.state ? Result<void>()
                      : wrong(argument, "names no state: waiting, running, done or dead");
  }
  if (name == "id") {
    into.ids.emplace_back(value);
    return {};
  }
  if (name == "after") {
    return read_whole(value, into.after) && into.after >= 0
               ? Result<void>()
               : wrong(argument, "is not the number of a notification");
  }
  if (name == "most") {
    std::size_t& rows = into.most.emplace(0);
    return read_whole(value, rows) && rows > 0 && rows <= most
               ? Result<void>()
               : wrong(argument, "is not a number from 1 to " + std::to_string(most));
  }
  return wrong(argument, "is none of program=, state=, id=, after= and most=");
}

/// As it is written in the whole: what is no UTF-8 can't be a string.
Json text_of(std::string_view text) {
  Json plain = text;
  try {
    static_cast<void>(plain.dump());
    return plain;
  } catch (const Json::type_error&) {
    return Json{{"base64", in_base64(text)}};
  }
}

/// RFC 3339, UTC.
std::string time_text(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = seconds.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, static_cast<int>((time - seconds).count()));
  return text.data();
}

Json last_of(const std::optional<stored::LastAttempt>& last) {
  if (!last) {
    return nullptr;
  }
  return {{"outcome", text_of(last->outcome)},
          {"status", last->exit_status < 0 ? Json(nullptr) : Json(last->exit_status)},
          {"detail", text_of(last->detail)},
          {"at", time_text(last->at)}};
}

/// NAME=value by name. A name is made of what a request may have: printable ASCII, but for a peer
/// that is out of the ordinary.
Json variables_of(std::string_view packed) {
  Json all = Json::object();
  while (!packed.empty()) {
    const std::string_view variable = packed.substr(0, packed.find('\0'));
    packed.remove_prefix(std::min(variable.size() + 1, packed.size()));
    const std::size_t equals = std::min(variable.find('='), variable.size());
    all[printable(variable.substr(0, equals), 4 * variable.size() + kShown)] =
        text_of(variable.substr(std::min(equals + 1, variable.size())));
  }
  return all;
}

}  // namespace

Result<QueueCommand> read_queue_command(std::span<const std::string_view> arguments) {
  QueueCommand command;
  const auto verb = arguments.empty() ? std::nullopt : verb_of(arguments.front());
  if (!verb) {
    return failure("the first argument is one of list, export, show, retry and drop");
  }
  command.verb = *verb;
  const bool lists =
      command.verb == QueueCommand::Verb::list || command.verb == QueueCommand::Verb::whole;
  command.which.whole = command.verb == QueueCommand::Verb::whole;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (Result<void> taken = take(argument, command.which, lists ? kMostListed : kMostChanged);
        !taken) {
      return tl::unexpected<Error>(std::move(taken.error()));
    }
  }
  return command;
}

std::string notification_json(const stored::StoredNotification& one, bool whole, bool running,
                              WallTime now, KeptBy by) {
  const stored::Notification& sent = one.notification;
  Json arguments = Json::array();
  for (const std::string& argument : sent.arguments) {
    arguments.push_back(text_of(argument));
  }
  Json line = {
      {"number", one.number},
      {"id", sent.id},
      {"program", sent.program},
      {"state", stored::word(running ? stored::State::running : one.state)},
      {"stored", time_text(sent.stored_at)},
      {"age_ms", std::max<std::int64_t>((now - sent.stored_at).count(), 0)},
      {"attempts", sent.attempts},
      {"due", one.due ? Json(time_text(*one.due)) : Json(nullptr)},
      {"order", sent.order ? text_of(*sent.order) : Json(nullptr)},
      {"call", sent.call},
      {"arguments", std::move(arguments)},
      {"last", last_of(one.last)},
  };
  if (by == KeptBy::fleet) {
    line["kept_by"] = "fleet";
  }
  if (one.damage) {
    line["damage"] = text_of(*one.damage);
  }
  if (whole) {
    line["variables"] = variables_of(sent.variables);
    line["uri"] = text_of(sent.uri);
    line["message"] = text_of(sent.message);
    line["input"] = text_of(sent.input);
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string more_json(std::int64_t after) {
  return Json{{"more_after", after}}.dump();
}

std::string changed_json(std::size_t count) {
  return Json{{"changed", count}}.dump();
}

}  // namespace kamexec::daemon
