// SPDX-License-Identifier: GPL-2.0-or-later
// kamexec queue retry and drop.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tool/service/queue_client.h"
#include "tool/service/queue_selection.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kIdsAtOnce = 1000;  // a request has at most 4096 arguments
constexpr std::size_t kCounted = 10'000;  // before a question
constexpr std::size_t kCountPage = 500;

Tried<std::uint64_t> change(const QueueClient& queue, const std::vector<std::string>& arguments) {
  const Result<std::string> answer = queue.ask(arguments);
  if (!answer) {
    return failed(answer.error());
  }
  const Result<std::uint64_t> changed = read_changed(*answer);
  if (!changed) {
    return failed(changed.error());
  }
  return *changed;
}

/// Asks for as many ids at a time as one request may hold.
Tried<std::uint64_t> change_ids(const QueueClient& queue, const char* verb,
                                const std::vector<std::string>& ids) {
  std::uint64_t changed = 0;
  for (std::size_t from = 0; from < ids.size(); from += kIdsAtOnce) {
    std::vector<std::string> arguments{verb};
    for (std::size_t i = from; i < std::min(ids.size(), from + kIdsAtOnce); ++i) {
      arguments.push_back("id=" + ids[i]);
    }
    Tried<std::uint64_t> some = change(queue, arguments);
    if (!some) {
      if (changed > 0) {
        some.error().error.message += "; " + std::to_string(changed) + " before were changed";
      }
      return some;
    }
    changed += *some;
  }
  return changed;
}

Tried<std::uint64_t> change_all(const QueueClient& queue, const char* verb,
                                const QueueOptions& options) {
  const Result<std::vector<std::string>> filters = filters_of(options);
  if (!filters) {
    return failed(filters.error());
  }
  std::vector<std::string> arguments{verb};
  arguments.insert(arguments.end(), filters->begin(), filters->end());
  return change(queue, arguments);
}

Tried<int> tell_changed(const QueueOptions& options, std::uint64_t changed, const char* what) {
  if (options.service.json) {
    return said(Json{{"changed", changed}}.dump(2) + "\n");
  }
  return said(std::to_string(changed) + (changed == 1 ? " notification " : " notifications ") +
              what + "\n");
}

/// Asks who sits at the terminal: on standard error, since standard output may be for a program.
bool answered_yes(const std::string& question) {
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::fflush(stderr);
  std::array<char, 16> answer{};
  return std::fgets(answer.data(), static_cast<int>(answer.size()), stdin) != nullptr &&
         (answer[0] == 'y' || answer[0] == 'Y');
}

/// Shows a person how many a selection is, and asks whether they are to go.
Tried<bool> may_drop(const QueueClient& queue, const QueueOptions& options) {
  Tried<QueueQuestion> question = question_of(options, "list", kCountPage);
  if (!question) {
    return tl::unexpected<Failed>(std::move(question.error()));
  }
  question->most = kCounted;
  std::size_t count = 0;
  const Result<std::optional<std::int64_t>> more =
      ask_for_pages(queue.asker(), *question, [&count](const Notifications& page) -> Result<void> {
        count += page.size();
        return {};
      });
  if (!more) {
    return failed(more.error());
  }
  return count == 0 ||
         answered_yes("Drop " + std::string(*more ? "more than " : "") + std::to_string(count) +
                      " " + selection_text(options, count) + "? They can't be brought back.");
}

}  // namespace

Tried<int> retry_queue(const QueueOptions& options) {
  if (Result<void> checked = check_selection(options); !checked) {
    return failed(std::move(checked.error()));
  }
  const Tried<QueueClient> queue = QueueClient::open(options);
  if (!queue) {
    return tl::unexpected<Failed>(queue.error());
  }
  const Tried<std::uint64_t> changed = options.ids.empty()
                                           ? change_all(*queue, "retry", options)
                                           : change_ids(*queue, "retry", options.ids);
  if (!changed) {
    return tl::unexpected<Failed>(changed.error());
  }
  return tell_changed(options, *changed, "to be tried at once");
}

Tried<int> drop_queue(const QueueOptions& options) {
  if (Result<void> checked = check_selection(options); !checked) {
    return failed(std::move(checked.error()));
  }
  const bool asks = options.ids.empty() && !options.yes;
  if (asks && ::isatty(STDIN_FILENO) != 1) {
    return failed({"nobody can be asked here whether to drop them: add --yes", 0});
  }
  const Tried<QueueClient> queue = QueueClient::open(options);
  if (!queue) {
    return tl::unexpected<Failed>(queue.error());
  }
  if (asks) {
    const Tried<bool> may = may_drop(*queue, options);
    if (!may) {
      return tl::unexpected<Failed>(may.error());
    }
    if (!*may) {
      std::fputs("nothing was dropped\n", stderr);
      return kFound;
    }
  }
  const Tried<std::uint64_t> changed = options.ids.empty()
                                           ? change_all(*queue, "drop", options)
                                           : change_ids(*queue, "drop", options.ids);
  if (!changed) {
    return tl::unexpected<Failed>(changed.error());
  }
  return tell_changed(options, *changed, "dropped");
}

}  // namespace kamexec::tool
