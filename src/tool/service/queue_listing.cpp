// SPDX-License-Identifier: GPL-2.0-or-later
// kamexec queue list, show and export.
#include <cstdio>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tool/service/queue_client.h"
#include "tool/service/queue_report.h"
#include "tool/service/queue_selection.h"
#include "tool/service/whole_file.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListPage = 500;   // what a reply holds easily
constexpr std::size_t kExportPage = 50;  // each may be as long as a request

Json list_json(Notifications all, std::optional<std::int64_t> more_after) {
  return {{"notifications", std::move(all)},
          {"more_after", more_after ? Json(*more_after) : Json(nullptr)}};
}

std::string list_text(const QueueOptions& options, const Notifications& all,
                      std::optional<std::int64_t> more_after) {
  if (all.empty()) {
    return "no " + selection_text(options, 0) + "\n";
  }
  const bool colours = colours_wanted();
  std::string text = queue_table(all, terminal_width(), colours);
  if (more_after) {
    text += styled("there are more: --after " + std::to_string(*more_after) +
                       " goes on, --most N shows more at once",
                   Style::dim, colours) +
            "\n";
  }
  return text;
}

/// Gives each notification to @p write, as a line. Their number.
Tried<std::size_t> export_to(const QueueClient& queue, const QueueQuestion& question,
                             const std::function<Result<void>(std::string_view)>& write) {
  std::size_t count = 0;
  bool is_written = true;
  const Result<std::optional<std::int64_t>> more =
      ask_for_pages(queue.asker(), question, [&](const Notifications& page) -> Result<void> {
        std::string lines;
        for (const Json& notification : page) {
          lines += harmless_json(notification, false) + "\n";
        }
        count += page.size();
        Result<void> written = write(lines);
        is_written = written.has_value();
        return written;
      });
  if (!more) {
    return failed(more.error(), is_written ? kUnusable : kNotPossible);
  }
  return count;
}

}  // namespace

Tried<int> list_queue(const QueueOptions& options) {
  const Tried<QueueQuestion> question = question_of(options, "list", kListPage);
  if (!question) {
    return tl::unexpected<Failed>(question.error());
  }
  const Tried<QueueClient> queue = QueueClient::open(options);
  if (!queue) {
    return tl::unexpected<Failed>(queue.error());
  }
  Notifications all;
  const Result<std::optional<std::int64_t>> more =
      ask_for_pages(queue->asker(), *question, [&all](Notifications page) -> Result<void> {
        std::move(page.begin(), page.end(), std::back_inserter(all));
        return {};
      });
  if (!more) {
    return failed(more.error());
  }
  return said(options.service.json ? harmless_json(list_json(std::move(all), *more), true) + "\n"
                                   : list_text(options, all, *more));
}

Tried<int> show_notification(const QueueOptions& options) {
  if (Result<void> checked = check_id(options.ids.front()); !checked) {
    return failed(std::move(checked.error()));
  }
  const Tried<QueueClient> queue = QueueClient::open(options);
  if (!queue) {
    return tl::unexpected<Failed>(queue.error());
  }
  const Result<std::string> answer = queue->ask({"show", "id=" + options.ids.front()});
  if (!answer) {
    return failed(answer.error());
  }
  Result<QueuePage> page = read_queue_page(*answer);
  if (!page) {
    return failed(std::move(page.error()));
  }
  if (page->notifications.empty()) {
    return failed({"there is no notification " + options.ids.front(), 0});
  }
  const Json& one = page->notifications.front();
  return said(options.service.json ? harmless_json(one, true) + "\n"
                                   : notification_text(one, colours_wanted()));
}

Tried<int> export_queue(const QueueOptions& options) {
  const Tried<QueueQuestion> question = question_of(options, "export", kExportPage);
  if (!question) {
    return tl::unexpected<Failed>(question.error());
  }
  const Tried<QueueClient> queue = QueueClient::open(options);
  if (!queue) {
    return tl::unexpected<Failed>(queue.error());
  }
  if (options.output.empty()) {
    const Tried<std::size_t> count = export_to(*queue, *question, print);
    return count ? Tried<int>(kFine) : tl::unexpected<Failed>(count.error());
  }
  Result<WholeFile> file = WholeFile::create(options.output);
  if (!file) {
    return failed(std::move(file.error()), kNotPossible);
  }
  const Tried<std::size_t> count =
      export_to(*queue, *question, [&file](std::string_view lines) { return file->write(lines); });
  if (!count) {
    return tl::unexpected<Failed>(count.error());
  }
  if (Result<void> finished = file->finish(); !finished) {
    return failed(std::move(finished.error()), kNotPossible);
  }
  return said(std::to_string(*count) + (*count == 1 ? " notification" : " notifications") +
              " written\n");
}

}  // namespace kamexec::tool
