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

/// Ids that nothing has of what was found.
std::vector<std::string> unknown_among(const std::vector<std::string>& ids,
                                       const stored::Listed& found) {
  std::vector<std::string> unknown;
  for (const std::string& id : ids) {
    const auto& all = found.notifications;
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& one) { return one.notification.id == id; })) {
      unknown.push_back(id);
    }
  }
  return unknown;
}

process::Outcome no_such(const std::string& id) {
  return process::Outcome::refused("there is no notification " + printable(id, 80) +
                                   ": it was never stored here, or is forgotten");
}

}  // namespace

/// A list on its way: a few rows at a time, whatever they hold.
struct QueueOperations::Listing {
  QueueCommand command;
  FleetPart part;
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
    answer_for(std::move(command), {}, std::move(answer));
    return;
  }
  if (which.ids.empty()) {
    answer_for(std::move(command), {.queue = fleet()}, std::move(answer));
    return;
  }
  // Each is known, or nothing is done.
  stored::Selection all;
  all.ids = which.ids;
  all.most = which.ids.size();
  store_.list(std::move(all), [this, command, answer = std::move(answer)](
                                  const Result<stored::Listed>& found) mutable {
    if (!found) {
      answer(tl::unexpected<process::Outcome>(process::Outcome::refused(found.error())));
      return;
    }
    std::vector<std::string> unknown = unknown_among(command.which.ids, *found);
    if (unknown.empty()) {
      answer_for(std::move(command), {}, std::move(answer));
    } else {
      find_in_fleet(std::move(command), std::move(unknown), std::move(answer));
    }
  });
}

/// @p ids, which aren't on this host's disk.
void QueueOperations::find_in_fleet(QueueCommand command, std::vector<std::string> ids,
                                    Answer answer) {
  FleetQueue* const queue = fleet();
  if (queue == nullptr) {
    answer(tl::unexpected<process::Outcome>(no_such(ids.front())));
    return;
  }
  const stored::Selection which = command.which;
  queue->find(which, ids,
              [this, queue, ids, command = std::move(command), answer = std::move(answer)](
                  tl::expected<FleetQueue::Found, process::Outcome> found) mutable {
                if (!found) {
                  answer(tl::unexpected<process::Outcome>(std::move(found.error())));
                  return;
                }
                for (const std::string& id : ids) {
                  if (std::find(found->ids.begin(), found->ids.end(), id) == found->ids.end()) {
                    answer(tl::unexpected<process::Outcome>(no_such(id)));
                    return;
                  }
                  std::erase(command.which.ids, id);
                }
                const bool alone = command.which.ids.empty();
                answer_for(std::move(command), {queue, std::move(found->numbers), alone},
                           std::move(answer));
              });
}

void QueueOperations::answer_for(QueueCommand command, FleetPart part, Answer answer) {
  if (command.verb == QueueCommand::Verb::retry || command.verb == QueueCommand::Verb::forget) {
    if (part.alone) {
      change_fleet(command, part, 0, std::move(answer));
    } else {
      change(std::move(command), std::move(part), std::move(answer));
    }
    return;
  }
  auto listing = std::make_shared<Listing>();
  listing->left = command.which.most.value_or(kRows);
  listing->command = std::move(command);
  listing->part = std::move(part);
  listing->answer = std::move(answer);
  if (listing->part.alone) {
    list_fleet(listing);
  } else {
    list_on(listing);
  }
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
    } else if (listing->part.queue != nullptr) {
      list_fleet(listing);
      return;
    }
    listing->answer(std::move(listing->text));
  });
}

/// What is in the fleet's store comes after what is here.
void QueueOperations::list_fleet(const std::shared_ptr<Listing>& listing) {
  const FleetPart& part = listing->part;
  part.queue->list(listing->command.which, part.numbers, listing->left,
                   kReplyBytes - std::min(kReplyBytes, listing->text.size()),
                   [this, listing](tl::expected<FleetQueue::Listed, process::Outcome> listed) {
                     if (listed) {
                       listing->text += listed->text;
                     } else if (listing->text.empty()) {
                       listing->answer(tl::unexpected<process::Outcome>(std::move(listed.error())));
                       return;
                     } else {
                       troubles_.line(LogLevel::warning,
                                      "a list of the queue shows this host's disk alone: " +
                                          listed.error().detail,
                                      Clock::now());
                     }
                     listing->answer(std::move(listing->text));
                   });
}

void QueueOperations::change(QueueCommand command, FleetPart part, Answer answer) {
  // What waits in memory is on disk in a dispatcher's hands: it is changed as what waits there.
  dispatcher_.hold(command.which.program);
  dispatcher_.release(command.which.program, Clock::now());
  stored::Selection which = command.which;
  const bool retries = command.verb == QueueCommand::Verb::retry;
  auto done = [this, answer = std::move(answer), command = std::move(command),
               part = std::move(part)](const Result<std::size_t>& count) {
    dispatcher_.let_go(command.which.program, Clock::now());
    if (!count) {
      answer(tl::unexpected<process::Outcome>(process::Outcome::refused(count.error())));
    } else if (part.queue != nullptr) {
      change_fleet(command, part, *count, answer);
    } else {
      answer(changed_json(*count) + "\n");
    }
  };
  if (retries) {
    store_.retry(std::move(which), std::move(done));
  } else {
    store_.drop(std::move(which), std::move(done));
  }
}

/// After @p changed on this host's disk.
void QueueOperations::change_fleet(const QueueCommand& command, const FleetPart& part,
                                   std::size_t changed, Answer answer) {
  stored::Selection which = command.which;
  if (which.most) {
    which.most = *which.most - std::min(*which.most, changed);
  }
  auto done = [changed,
               answer = std::move(answer)](tl::expected<std::size_t, process::Outcome> count) {
    if (!count) {
      answer(tl::unexpected<process::Outcome>(std::move(count.error())));
      return;
    }
    answer(changed_json(changed + *count) + "\n");
  };
  if (command.verb == QueueCommand::Verb::retry) {
    part.queue->retry(which, part.numbers, std::move(done));
  } else {
    part.queue->drop(which, part.numbers, std::move(done));
  }
}

}  // namespace kamexec::daemon
