// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/result_cache.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace kamexec::daemon {
namespace {

/// What a block of the heap takes beside what is in it.
constexpr std::size_t kBlock = 16;
/// The links of a node of std::map, and of one of std::list with its pointer.
constexpr std::size_t kMapNode = 4 * sizeof(void*);
constexpr std::size_t kListNode = 3 * sizeof(void*);

/// Beyond the string itself.
std::size_t heap_bytes(const std::string& text) {
  static const std::size_t kInside = std::string().capacity();
  return text.capacity() > kInside ? text.capacity() + 1 + kBlock : 0;
}

process::RunResult too_late() {
  process::RunResult made;
  made.outcome =
      process::Outcome::deadline_passed("its deadline passed while the answer was fetched");
  return made;
}

}  // namespace

/// Each argument with its length before it, so that no two lists give the same bytes.
void ResultCache::make_key(std::span<const std::string_view> arguments) {
  key_.clear();
  for (const std::string_view argument : arguments) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), argument.size());
    key_.append(digits.data(), end.ptr);
    key_ += ':';
    key_ += argument;
  }
}

ResultCache::Found ResultCache::ask(std::span<const std::string_view> arguments, TimePoint deadline,
                                    TimePoint now, Answer answer) {
  make_key(arguments);
  Found found;
  auto place = slots_.find(key_);
  if (place != slots_.end() && place->second.kept) {
    Slot& slot = place->second;
    if (now < slot.fresh_until) {
      ++figures_.hits;
      found.result = answer_of(slot);
      return found;
    }
    if (now < slot.usable_until) {
      if (slot.fetch == 0) {
        found.fetch = begin(slot, true);
        ++figures_.refreshes;
      }
      ++figures_.stale;
      found.result = answer_of(slot);
      return found;
    }
  }
  if (place == slots_.end()) {
    place = slots_.try_emplace(key_).first;
    place->second.key = &place->first;
  }
  Slot& slot = place->second;
  try {
    if (slot.fetch == 0) {
      found.fetch = begin(slot, false);
    }
    found.waiter = add_waiter(slot.fetch, deadline, std::move(answer));
  } catch (...) {
    if (found.fetch != 0) {
      slot.fetch = 0;
      fetches_.erase(found.fetch);
    }
    drop_if_empty(slot);
    throw;
  }
  ++(found.fetch != 0 ? figures_.misses : figures_.waits);
  return found;
}

/// As if it had come from a run that took no time.
const process::RunResult* ResultCache::answer_of(Slot& slot) {
  uses_.splice(uses_.end(), uses_, slot.use);
  result_.outcome.cause = slot.cause;
  result_.outcome.exit_status = slot.exit_status;
  result_.output = slot.output;
  return &result_;
}

ResultCache::FetchId ResultCache::begin(Slot& slot, bool refresh) {
  Fetch fetch;
  fetch.slot = &slot;
  fetch.refresh = refresh;
  fetches_.emplace(++last_id_, std::move(fetch));
  slot.fetch = last_id_;
  return last_id_;
}

ResultCache::WaiterId ResultCache::add_waiter(FetchId id, TimePoint deadline, Answer answer) {
  Fetch& fetch = fetches_.find(id)->second;
  const WaiterId waiter = ++last_id_;
  std::list<Waiter> node;
  node.push_back({waiter, std::move(answer)});
  waiters_.emplace(waiter, Place{id, node.begin()});
  try {
    deadlines_.set(waiter, deadline);
  } catch (...) {
    waiters_.erase(waiter);
    throw;
  }
  fetch.waiters.splice(fetch.waiters.end(), node);
  return waiter;
}

void ResultCache::complete(FetchId id, const process::RunResult& result, TimePoint now) {
  const auto found = fetches_.find(id);
  if (found == fetches_.end() || found->second.over) {
    return;
  }
  Fetch& fetch = found->second;
  fetch.over = true;
  if (Slot* const slot = std::exchange(fetch.slot, nullptr)) {
    slot->fetch = 0;
    try {
      keep(*slot, result, now);
    } catch (const std::bad_alloc&) {
      forget(*slot);
    }
  }
  while (!fetch.waiters.empty()) {
    tell(fetch, fetch.waiters.begin(), result);
  }
  fetches_.erase(id);
}

void ResultCache::tell(Fetch& fetch, std::list<Waiter>::iterator waiter,
                       const process::RunResult& result) {
  std::list<Waiter> one;
  one.splice(one.end(), fetch.waiters, waiter);
  deadlines_.remove(waiter->id);
  waiters_.erase(waiter->id);
  waiter->answer(result);
}

std::optional<ResultCache::FetchId> ResultCache::leave(WaiterId id) {
  const auto found = waiters_.find(id);
  if (found == waiters_.end()) {
    return std::nullopt;
  }
  const Place place = found->second;
  Fetch& fetch = fetches_.find(place.fetch)->second;
  waiters_.erase(found);
  deadlines_.remove(id);
  fetch.waiters.erase(place.waiter);
  if (fetch.over || fetch.refresh || !fetch.waiters.empty()) {
    return std::nullopt;
  }
  detach(fetch);
  return place.fetch;
}

/// Who asks from now on doesn't join it, and its answer isn't kept.
void ResultCache::detach(Fetch& fetch) {
  if (Slot* const slot = std::exchange(fetch.slot, nullptr)) {
    slot->fetch = 0;
    drop_if_empty(*slot);
  }
}

void ResultCache::expire(TimePoint now) {
  while (const auto due = deadlines_.next_due(now)) {
    const Place place = waiters_.find(*due)->second;
    tell(fetches_.find(place.fetch)->second, place.waiter, too_late());
  }
}

void ResultCache::keep(Slot& slot, const process::RunResult& result, TimePoint now) {
  using process::Cause;
  const Cause cause = result.outcome.cause;
  if (cause != Cause::ok && cause != Cause::nonzero_exit) {
    drop_if_empty(slot);
    return;
  }
  const std::chrono::milliseconds time = cause == Cause::ok ? rule_.yes : rule_.no;
  if (time.count() <= 0) {
    forget(slot);
    return;
  }
  // A copy that is as long as it must be.
  std::string output(result.output);
  if (slot.kept) {
    figures_.bytes -= bytes_of(slot);
  } else {
    slot.use = uses_.insert(uses_.end(), &slot);
    slot.kept = true;
    ++figures_.entries;
  }
  slot.cause = cause;
  slot.exit_status = result.outcome.exit_status;
  slot.output.swap(output);
  slot.fresh_until = after(now, time);
  slot.usable_until = after(slot.fresh_until, rule_.stale);
  uses_.splice(uses_.end(), uses_, slot.use);
  figures_.bytes += bytes_of(slot);
  if (bytes_of(slot) > rule_.size) {
    forget(slot);  // and not all the others
    return;
  }
  while (figures_.bytes > rule_.size) {
    forget(*uses_.front());
    ++figures_.evictions;
  }
}

/// The answer, if there is one.
void ResultCache::forget(Slot& slot) {
  if (slot.kept) {
    figures_.bytes -= bytes_of(slot);
    --figures_.entries;
    uses_.erase(slot.use);
    slot.kept = false;
    std::string().swap(slot.output);
  }
  drop_if_empty(slot);
}

void ResultCache::drop_if_empty(Slot& slot) {
  if (!slot.kept && slot.fetch == 0) {
    slots_.erase(slots_.find(*slot.key));
  }
}

std::size_t ResultCache::bytes_of(const Slot& slot) {
  return kMapNode + sizeof(std::string) + sizeof(Slot) + kBlock + kListNode + kBlock +
         heap_bytes(*slot.key) + heap_bytes(slot.output);
}

std::size_t ResultCache::flush() {
  for (auto& [id, fetch] : fetches_) {
    fetch.slot = nullptr;
  }
  slots_.clear();
  uses_.clear();
  figures_.bytes = 0;
  return std::exchange(figures_.entries, 0);
}

std::size_t ResultCache::flush(std::span<const std::string_view> arguments) {
  make_key(arguments);
  const auto place = slots_.find(key_);
  if (place == slots_.end()) {
    return 0;
  }
  Slot& slot = place->second;
  const bool kept = slot.kept;
  if (slot.fetch != 0) {
    fetches_.find(std::exchange(slot.fetch, 0))->second.slot = nullptr;
  }
  forget(slot);
  return kept ? 1 : 0;
}

}  // namespace kamexec::daemon
