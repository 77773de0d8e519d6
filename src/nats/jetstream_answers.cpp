// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/jetstream_answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/printable.h"

namespace kamexec::nats {
namespace {

using nlohmann::json;

/// A message of 8 MiB, as large as a server is set to, in base64.
constexpr std::size_t kLongest = std::size_t{16} << 20;
constexpr int kDeepest = 16;
constexpr std::size_t kLongestText = 500;
constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kMostSubjects = 100'000;

/// By the server's err_code, as of its errors.json.
StreamFault fault_of(std::int64_t status, std::int64_t code) {
  switch (code) {
    case 10023:  // insufficient resources
    case 10047:  // insufficient storage resources available
    case 10077:  // maximum messages exceeded, maximum bytes exceeded
      return StreamFault::full;
    case 10054:  // message size exceeds maximum allowed
      return StreamFault::too_large;
    case 10014:  // consumer not found
    case 10037:  // no message found
    case 10059:  // stream not found
      return StreamFault::absent;
    case 10058:  // stream name already in use with a different configuration
      return StreamFault::differs;
    default:
      return status == 503 ? StreamFault::unavailable : StreamFault::refused;
  }
}

/// "NATS/1.0", then a line for each.
std::vector<std::pair<std::string, std::string>> headers_in(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> headers;
  constexpr std::string_view kEnd = "\r\n";
  for (bool is_first = true; !text.empty() && headers.size() < kMostHeaders; is_first = false) {
    const std::string_view line = text.substr(0, text.find(kEnd));
    text.remove_prefix(std::min(line.size() + kEnd.size(), text.size()));
    const std::size_t colon = line.find(':');
    if (is_first || colon == std::string_view::npos) {
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    headers.emplace_back(line.substr(0, colon), value);
  }
  return headers;
}

}  // namespace

std::string StreamMessage::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

StreamTrouble unreadable(std::string_view what) {
  return {StreamFault::unknown, 0,
          "the answer of JetStream can't be read: " + printable(what, kLongestText)};
}

StreamAnswer<void> read_answer(std::string_view text, json& into) {
  if (text.size() > kLongest) {
    return tl::unexpected(unreadable("it is longer than 16 MiB"));
  }
  bool deep = false;
  const auto look = [&deep](int depth, json::parse_event_t, const json&) {
    deep |= depth > kDeepest;
    return !deep;
  };
  into = json::parse(text, look, false);
  if (deep || !into.is_object()) {
    return tl::unexpected(unreadable(text.substr(0, kLongestText)));
  }
  const auto error = into.find("error");
  if (error == into.end()) {
    return {};
  }
  if (!error->is_object()) {
    return tl::unexpected(unreadable(text.substr(0, kLongestText)));
  }
  const std::int64_t code =
      std::clamp<std::int64_t>(number_in(*error, "err_code"), 0, std::numeric_limits<int>::max());
  return tl::unexpected(StreamTrouble{
      fault_of(number_in(*error, "code"), code), static_cast<int>(code),
      "the NATS server says: " + printable(text_in(*error, "description"), kLongestText) + " (" +
          std::to_string(code) + ")"});
}

std::int64_t number_in(const json& object, const char* name, std::int64_t otherwise) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) {
    return otherwise;
  }
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return otherwise;
  }
  return found->get<std::int64_t>();
}

std::uint64_t count_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

StreamAnswer<Published> read_published(std::string_view answer) {
  json read;
  if (auto whole = read_answer(answer, read); !whole) {
    return tl::unexpected(std::move(whole.error()));
  }
  Published published;
  published.stream = text_in(read, "stream");
  published.sequence = count_in(read, "seq");
  const auto duplicate = read.find("duplicate");
  published.duplicate =
      duplicate != read.end() && duplicate->is_boolean() && duplicate->get<bool>();
  if (published.stream.empty() || published.sequence == 0) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestText)));
  }
  return published;
}

StreamState state_in(const json& answer) {
  StreamState state;
  const auto found = answer.find("state");
  if (found == answer.end() || !found->is_object()) {
    return state;
  }
  state.messages = count_in(*found, "messages");
  state.bytes = count_in(*found, "bytes");
  state.first = count_in(*found, "first_seq");
  state.last = count_in(*found, "last_seq");
  if (state.messages > 0) {
    state.oldest = read_time(text_in(*found, "first_ts"));
  }
  const auto subjects = found->find("subjects");
  if (subjects == found->end() || !subjects->is_object()) {
    return state;
  }
  for (const auto& [subject, count] : subjects->items()) {
    if (count.is_number_unsigned() && state.by_subject.size() < kMostSubjects) {
      state.by_subject.emplace(subject, count.get<std::uint64_t>());
    }
  }
  return state;
}

StreamAnswer<StreamState> read_state(std::string_view answer) {
  json read;
  if (auto whole = read_answer(answer, read); !whole) {
    return tl::unexpected(std::move(whole.error()));
  }
  if (!read.contains("state")) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestText)));
  }
  return state_in(read);
}

StreamAnswer<StreamMessage> read_message(std::string_view answer) {
  json read;
  if (auto whole = read_answer(answer, read); !whole) {
    return tl::unexpected(std::move(whole.error()));
  }
  const auto found = read.find("message");
  if (found == read.end() || !found->is_object()) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestText)));
  }
  StreamMessage message;
  message.subject = text_in(*found, "subject");
  message.sequence = count_in(*found, "seq");
  message.stored_at = read_time(text_in(*found, "time"));
  std::optional<std::string> payload = from_base64(text_in(*found, "data"));
  const std::optional<std::string> headers = from_base64(text_in(*found, "hdrs"));
  if (message.subject.empty() || message.sequence == 0 || !payload || !headers) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestText)));
  }
  message.payload = std::move(*payload);
  message.headers = headers_in(*headers);
  return message;
}

StreamAnswer<std::uint64_t> read_purged(std::string_view answer) {
  json read;
  if (auto whole = read_answer(answer, read); !whole) {
    return tl::unexpected(std::move(whole.error()));
  }
  return count_in(read, "purged");
}

StreamAnswer<void> read_success(std::string_view answer) {
  json read;
  if (auto whole = read_answer(answer, read); !whole) {
    return tl::unexpected(std::move(whole.error()));
  }
  const auto success = read.find("success");
  if (success == read.end() || !success->is_boolean() || !success->get<bool>()) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestText)));
  }
  return {};
}

StreamTrouble trouble_of(const Trouble& trouble) {
  StreamTrouble made;
  made.detail = in_words(trouble.failure);
  switch (trouble.failure) {
    case Failure::not_connected:
    case Failure::no_memory:
      made.fault = StreamFault::unavailable;
      break;
    case Failure::no_responders:
      made.fault = StreamFault::unavailable;
      made.detail = "no stream takes it: JetStream is off, or nobody has made the stream";
      break;
    case Failure::too_large:
      made.fault = StreamFault::too_large;
      break;
    case Failure::not_permitted:
      made.fault = StreamFault::refused;
      break;
    case Failure::connection_lost:
    case Failure::timed_out:
      made.fault = StreamFault::unknown;
      break;
  }
  if (!trouble.detail.empty()) {
    made.detail += ": " + trouble.detail;
  }
  return made;
}

std::optional<StreamTime> read_time(std::string_view text) {
  // Six numbers, each with what stands after it; then, perhaps, a fraction.
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z') {
    return std::nullopt;
  }
  std::array<int, 6> numbers{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t width = i == 0 ? 4 : 2;
    const char* const begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + width, numbers[i]);
    if (error != std::errc() || end != begin + width || numbers[i] < 0) {
      return std::nullopt;
    }
    at += width;
    if (at < kForm.size()) {
      if (text[at] != kForm[at]) {
        return std::nullopt;
      }
      ++at;
    }
  }
  std::int64_t fraction = 0;
  std::int64_t unit = 1'000'000'000;
  const std::string_view rest = text.substr(at, text.size() - at - 1);
  if (!rest.empty() && (rest.front() != '.' || rest.size() > 10)) {
    return std::nullopt;
  }
  for (const char c : rest.substr(std::min<std::size_t>(1, rest.size()))) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    fraction = fraction * 10 + (c - '0');
    unit /= 10;
  }
  const std::chrono::year_month_day day{std::chrono::year(numbers[0]),
                                        std::chrono::month(static_cast<unsigned>(numbers[1])),
                                        std::chrono::day(static_cast<unsigned>(numbers[2]))};
  // Nanoseconds of an int64_t end in 2262.
  if (!day.ok() || numbers[0] < 1970 || numbers[0] > 2261 || numbers[3] > 23 || numbers[4] > 59 ||
      numbers[5] > 60) {
    return std::nullopt;
  }
  return StreamTime(std::chrono::sys_days(day)) + std::chrono::hours(numbers[3]) +
         std::chrono::minutes(numbers[4]) + std::chrono::seconds(numbers[5]) +
         std::chrono::nanoseconds(fraction * unit);
}

}  // namespace kamexec::nats
