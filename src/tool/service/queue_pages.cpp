// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_pages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

/// A notification's "last" is at depth 1, an encoded argument at 2. What is deeper would be written
/// by a function that calls itself as often.
constexpr int kDeepest = 8;

tl::unexpected<Error> unreadable() {
  return failure("the daemon's answer is not a queue that this version of kamexec can read");
}

/// Nothing where @p text is no JSON object, or one that is too deep.
std::optional<Json> read_object(std::string_view text) {
  bool too_deep = false;
  Json read = Json::parse(
      text,
      [&too_deep](int depth, Json::parse_event_t, const Json&) {
        too_deep = too_deep || depth > kDeepest;
        return !too_deep;
      },
      false);
  if (too_deep || !read.is_object()) {
    return std::nullopt;
  }
  return read;
}

/// A whole number that is not negative; nothing where there is none of that name.
std::optional<std::int64_t> whole_number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) {
    return std::nullopt;
  }
  const auto number = found->get<std::int64_t>();
  return number < 0 ? std::nullopt : std::optional<std::int64_t>(number);
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

Result<QueuePage> read_queue_page(std::string_view answer) {
  QueuePage page;
  while (!answer.empty()) {
    const std::string_view line = next_line(answer);
    if (line.empty()) {
      continue;
    }
    std::optional<Json> object = read_object(line);
    if (!object || page.more_after) {
      return unreadable();
    }
    if (object->contains("more_after")) {
      page.more_after = whole_number(*object, "more_after");
      if (!page.more_after) {
        return unreadable();
      }
    } else if (object->contains("id") && object->at("id").is_string()) {
      page.notifications.push_back(std::move(*object));
    } else {
      return unreadable();
    }
  }
  return page;
}

Result<std::uint64_t> read_changed(std::string_view answer) {
  const std::optional<Json> object = read_object(next_line(answer));
  const std::optional<std::int64_t> changed =
      object ? whole_number(*object, "changed") : std::nullopt;
  if (!changed) {
    return unreadable();
  }
  return static_cast<std::uint64_t>(*changed);
}

Result<std::optional<std::int64_t>> ask_for_pages(
    const AskQueue& ask, const QueueQuestion& question,
    const std::function<Result<void>(Notifications)>& take) {
  std::int64_t after = question.after;
  std::size_t given = 0;
  while (true) {
    const std::size_t wanted =
        question.most == 0 ? question.page : std::min(question.page, question.most - given);
    std::vector<std::string> arguments{question.verb};
    arguments.insert(arguments.end(), question.filters.begin(), question.filters.end());
    arguments.push_back("after=" + std::to_string(after));
    arguments.push_back("most=" + std::to_string(wanted));
    const Result<std::string> answer = ask(arguments);
    if (!answer) {
      return tl::unexpected<Error>(answer.error());
    }
    Result<QueuePage> page = read_queue_page(*answer);
    if (!page) {
      return tl::unexpected<Error>(page.error());
    }
    // More than was asked for, or a page from before: that would have no end.
    if (page->notifications.size() > wanted || (page->more_after && *page->more_after <= after)) {
      return unreadable();
    }
    given += page->notifications.size();
    if (Result<void> taken = take(std::move(page->notifications)); !taken) {
      return tl::unexpected<Error>(std::move(taken.error()));
    }
    if (!page->more_after || (question.most != 0 && given == question.most)) {
      return page->more_after;
    }
    after = *page->more_after;
  }
}

std::string harmless_json(const Json& json, bool over_lines) {
  return json.dump(over_lines ? 2 : -1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace kamexec::tool
