// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/choice.h"

#include <algorithm>
#include <string>
#include <utility>

#include "stored/id.h"

namespace kamexec::stored {
namespace {

constexpr std::size_t kStepRows = 200;
constexpr std::size_t kListedRows = 500;
constexpr std::size_t kListedBytes = std::size_t{8} << 20;

bool wanted(Place place, const std::optional<State>& state) {
  if (!state) {
    return true;
  }
  switch (*state) {
    case State::waiting:
    case State::running:
      return place == Place::ready || place == Place::blocked || place == Place::taken;
    case State::done:
      return place == Place::done;
    case State::dead:
      return place == Place::dead;
  }
  return false;
}

}  // namespace

/// Numbers of those that are wanted, but by ids, ascending, above which.after.
Result<std::vector<std::int64_t>> Choice::select(const Selection& which, std::size_t most) {
  if (!which.program && !which.state) {
    return rows_.all(which.after, most);
  }
  std::vector<std::int64_t> numbers;
  for (const auto& [name, key] : programs_.keys()) {
    if (which.program && name != *which.program) {
      continue;
    }
    for (int place = 0; place < kPlaces; ++place) {
      if (!wanted(static_cast<Place>(place), which.state)) {
        continue;
      }
      Result<std::vector<std::int64_t>> some =
          rows_.at(key, static_cast<Place>(place), which.after, most);
      if (!some) {
        return some;
      }
      numbers.insert(numbers.end(), some->begin(), some->end());
    }
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.resize(std::min(numbers.size(), most));
  return numbers;
}

/// Numbers of those of which.ids that are wanted otherwise, too; looks at @p most of them from
/// @p id on.
Result<std::vector<std::int64_t>> Choice::select_ids(const Selection& which, std::size_t& id,
                                                     std::size_t most) {
  std::vector<std::int64_t> numbers;
  for (; id < which.ids.size() && most > 0; ++id, --most) {
    const std::optional<IdBytes> bytes = id_bytes(which.ids[id]);
    if (!bytes) {
      continue;
    }
    const Result<std::optional<Row>> row = rows_.find(*bytes);
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      continue;
    }
    const std::string* const name = programs_.name_of((*row)->program);
    const bool named = !which.program || (name != nullptr && *name == *which.program);
    if (named && wanted((*row)->place, which.state) && (*row)->number > which.after) {
      numbers.push_back((*row)->number);
    }
  }
  return numbers;
}

Result<std::vector<std::int64_t>> Choice::next(Step& step) {
  if (!step.which.ids.empty()) {
    Result<std::vector<std::int64_t>> numbers = select_ids(step.which, step.id, kStepRows);
    step.over = step.id == step.which.ids.size();
    return numbers;
  }
  if (step.last == 0) {
    const Result<std::int64_t> highest = rows_.highest();
    if (!highest) {
      return tl::unexpected(highest.error());
    }
    step.last = std::max<std::int64_t>(*highest, 1);
  }
  Result<std::vector<std::int64_t>> numbers = select(step.which, kStepRows);
  if (!numbers) {
    return numbers;
  }
  step.over = numbers->size() < kStepRows;
  if (!numbers->empty()) {
    step.which.after = numbers->back();
  }
  // What is stored meanwhile isn't meant, and may come for ever.
  const auto later = std::upper_bound(numbers->begin(), numbers->end(), step.last);
  step.over = step.over || later != numbers->end();
  numbers->erase(later, numbers->end());
  return numbers;
}

Result<void> Choice::walk(Step& step, const std::function<Result<bool>(Row&)>& change) {
  const Result<std::vector<std::int64_t>> numbers = next(step);
  if (!numbers) {
    return tl::unexpected(numbers.error());
  }
  for (const std::int64_t number : *numbers) {
    if (step.which.most && step.changed >= *step.which.most) {
      step.over = true;
      break;
    }
    // Read now: a change of one may have been a change of another of its order.
    Result<std::optional<Row>> row = rows_.find(number);
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      continue;
    }
    const Result<bool> changed = change(**row);
    if (!changed) {
      return tl::unexpected(changed.error());
    }
    step.changed += *changed ? std::size_t{1} : 0;
  }
  return {};
}

/// False: there is no room for it.
Result<bool> Choice::add_listed(std::int64_t number, const Selection& which, Listed& listed,
                                std::size_t& bytes) {
  const Result<std::optional<Row>> row = rows_.find(number);
  // One whose state can't be read is shown, as damaged.
  const std::string* const name = row && *row ? programs_.name_of((*row)->program) : nullptr;
  Result<std::optional<StoredNotification>> stored = rows_.read(number, which.whole, name);
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  if (!*stored) {
    return true;
  }
  bytes += (*stored)->notification.size();
  if (bytes > kListedBytes && !listed.notifications.empty()) {
    return false;
  }
  listed.notifications.push_back(std::move(**stored));
  return true;
}

Result<Listed> Choice::list(const Selection& which) {
  const std::size_t most = std::min(which.most.value_or(kListedRows), kListedRows);
  std::size_t id = 0;
  Result<std::vector<std::int64_t>> numbers =
      which.ids.empty() ? select(which, most + 1) : select_ids(which, id, which.ids.size());
  if (!numbers) {
    return tl::unexpected(numbers.error());
  }
  std::sort(numbers->begin(), numbers->end());
  numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
  Listed listed;
  std::size_t bytes = 0;
  for (const std::int64_t number : *numbers) {
    Result<bool> added = listed.notifications.size() < most;
    if (*added) {
      added = add_listed(number, which, listed, bytes);
    }
    if (!added) {
      return tl::unexpected(added.error());
    }
    if (!*added) {
      listed.more = true;
      break;
    }
  }
  return listed;
}

}  // namespace kamexec::stored
