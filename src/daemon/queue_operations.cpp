// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/queue_operations.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/printable.h"

namespace kamexec::daemon {
namespace {

/// Rows of one question to the store, and of one reply without `most`.
constexpr std::size_t kRowsAtOnce = 16;
constexpr std::size_t kRows = 500;
/// Bytes of a reply after which no more rows are begun.
constexpr std::size_t kReplyBytes = std::size_t{1} << 20;

/// Ids that nothing on disk has.
std::optional<process::Outcome> unknown_among(const std::vector<std::string>& ids,
                                              const stored::Listed& found) {
  for (const std::string& id : ids) {
    const auto& all = found.notifications;
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& one) { return one.notification.id == id; })) {
      return process::Outcome::refused("there is no notification " + printable(id, 80) +
                                       ": it was never stored here, or is forgotten");
    }
  }
  return std::nullopt;
}

}  // namespace

/// A list on its way: a few rows at a time, whatever they hold.
struct QueueOperations::Listing {
  QueueCommand command;
  Answer answer;
  std::string text;
  std::size_t left = 0;  ///< rows
};

void QueueOperations::ask(QueueCommand command, Answer answer) {
  stored::Selection& which = command.which;
  const bool lists =
      command.verb == QueueCommand::Verb::list || command.verb == QueueCommand::Verb::whole;
  // What runs waits on disk.
  if (which.state == stored::State::running && which.ids.empty()) {
    which.ids = dispatcher_.running_ids();
    if (which.ids.empty()) {
      answer(lists ? std::string() : changed_json(0) + "\n");
      return;
    }
  } else if (!which.ids.empty()) {
    // Each is known, or nothing is done.
    stored::Selection all;
    all.ids = which.ids;
    all.most = which.ids.size();
    store_.list(std::move(all), [this, command, answer = std::move(answer)](
                                    const Result<stored::Listed>& found) mutable {
      std::optional<process::Outcome> refused =
          found ? unknown_among(command.which.ids, *found)
                : std::optional(process::Outcome::refused(found.error()));
      if (refused) {
        answer(tl::unexpected<process::Outcome>(std::move(*refused)));
      } else {
        answer_for(std::move(command), std::move(answer));
      }
    });
    return;
  }
  answer_for(std::move(command), std::move(answer));
}

void QueueOperations::answer_for(QueueCommand command, Answer answer) {
  if (command.verb == QueueCommand::Verb::retry || command.verb == QueueCommand::Verb::forget) {
    change(std::move(command), std::move(answer));
    return;
  }
  auto listing = std::make_shared<Listing>();
  listing->left = command.which.most.value_or(kRows);
  listing->command = std::move(command);
  listing->answer = std::move(answer);
  list_on(listing);
}

void QueueOperations::list_on(const std::shared_ptr<Listing>& listing) {
  stored::Selection which = listing->command.which;
  which.most = std::min(listing->left, kRowsAtOnce);
  store_.list(std::move(which), [this, listing](const Result<stored::Listed>& found) {
    if (!found) {
      listing->answer(tl::unexpected<process::Outcome>(process::Outcome::refused(found.error())));
      return;
    }
    const auto& wanted = listing->command.which.state;
    for (const stored::StoredNotification& one : found->notifications) {
      listing->command.which.after = one.number;
      const bool runs = dispatcher_.is_running(one.notification.id);
      if (runs && wanted && *wanted != stored::State::running) {
        continue;  // it isn't waiting
      }
      if (!runs && wanted == stored::State::running) {
        continue;
      }
      listing->text +=
          notification_json(one, listing->command.which.whole, runs, stored::wall_now()) + "\n";
      listing->left -= 1;
    }
    if (found->more && listing->left > 0 && listing->text.size() < kReplyBytes) {
      list_on(listing);
      return;
    }
    if (found->more) {
      listing->text += more_json(listing->command.which.after) + "\n";
    }
    listing->answer(std::move(listing->text));
  });
}

void QueueOperations::change(QueueCommand command, Answer answer) {
  // What waits in memory is on disk in a dispatcher's hands: it is changed as what waits there.
  dispatcher_.hold(command.which.program);
  dispatcher_.release(command.which.program, Clock::now());
  const bool retries = command.verb == QueueCommand::Verb::retry;
  auto done = [this, answer = std::move(answer),
               program = command.which.program](const Result<std::size_t>& count) {
    dispatcher_.let_go(program, Clock::now());
    if (!count) {
      answer(tl::unexpected<process::Outcome>(process::Outcome::refused(count.error())));
      return;
    }
    answer(changed_json(*count) + "\n");
  };
  if (retries) {
    store_.retry(std::move(command.which), std::move(done));
  } else {
    store_.drop(std::move(command.which), std::move(done));
  }
}

}  // namespace kamexec::daemon
