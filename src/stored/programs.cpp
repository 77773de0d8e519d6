// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/programs.h"

#include <algorithm>
#include <optional>

#include "stored/database_error.h"

namespace kamexec::stored {
namespace {

/// Far beyond what can be stored: counting up from there ends at no bound.
constexpr std::int64_t kLastNumber = std::int64_t{1} << 62;

}  // namespace

Result<std::unique_ptr<Programs>> Programs::open(Database& database) {
  std::unique_ptr<Programs> programs(new Programs());
  programs->database_ = &database;
  const Result<void> prepared = database.prepare_all({
      {&programs->version_of_data_, "PRAGMA data_version"},
      {&programs->read_, "SELECT key, name, waiting, done, dead, last FROM program"},
      {&programs->make_, "INSERT INTO program(name) VALUES(?)"},
      {&programs->update_,
       "UPDATE program SET waiting = ?, done = ?, dead = ?, last = ? WHERE key = ?"},
      {&programs->oldest_,
       "SELECT stored_at FROM notification INDEXED BY by_state"
       " WHERE program = ? AND state = ? ORDER BY number LIMIT 1"},
      {&programs->highest_, "SELECT max(number) FROM notification"},
  });
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  if (const Result<bool> read = programs->refresh(); !read) {
    return tl::unexpected(read.error());
  }
  return programs;
}

Result<bool> Programs::refresh() {
  const Result<std::optional<std::int64_t>> version = version_of_data_.number();
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (!stale_ && version->value_or(0) == seen_) {
    return false;
  }
  stale_ = true;
  if (const Result<void> read = this->read(); !read) {
    return tl::unexpected(read.error());
  }
  seen_ = version->value_or(0);
  stale_ = false;
  return true;
}

Result<void> Programs::read() {
  programs_.clear();
  keys_.clear();
  last_ = 0;
  for (;;) {
    const Result<bool> row = read_.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      break;
    }
    Program program;
    program.name = read_.bytes(1);
    const std::int64_t numbers[] = {read_.integer(2), read_.integer(3), read_.integer(4),
                                    read_.integer(5)};
    if (program.name.empty() || *std::min_element(numbers, numbers + 4) < 0 ||
        numbers[3] > kLastNumber) {
      read_.reset();
      return tl::unexpected(damaged(database_->path(), "a program's counts"));
    }
    program.counts.waiting = static_cast<std::uint64_t>(numbers[0]);
    program.counts.done = static_cast<std::uint64_t>(numbers[1]);
    program.counts.dead = static_cast<std::uint64_t>(numbers[2]);
    program.last = numbers[3];
    last_ = std::max(last_, program.last);
    keys_.emplace(program.name, read_.integer(0));
    programs_.emplace(read_.integer(0), std::move(program));
  }
  const Result<std::optional<std::int64_t>> highest = highest_.number();
  if (!highest) {
    return tl::unexpected(highest.error());
  }
  last_ = std::max(last_, highest->value_or(0));
  last_sorted_ = last_;
  for (auto& [key, program] : programs_) {
    if (Result<void> found = find_oldest(key, program); !found) {
      return found;
    }
  }
  return {};
}

Result<void> Programs::find_oldest(std::int64_t key, Program& program) {
  program.counts.oldest.reset();
  program.oldest_known = true;
  if (program.counts.waiting <= program.fresh) {
    program.counts.oldest = program.oldest_fresh;
    return {};
  }
  for (const Place place : {Place::ready, Place::blocked, Place::taken}) {
    const Result<std::optional<std::int64_t>> stored_at =
        oldest_.bind(0, key).bind(1, static_cast<std::int64_t>(place)).number();
    if (!stored_at) {
      return tl::unexpected(stored_at.error());
    }
    if (*stored_at) {
      const WallTime at{std::chrono::milliseconds(**stored_at)};
      program.counts.oldest = std::min(program.counts.oldest.value_or(at), at);
    }
  }
  return {};
}

std::int64_t Programs::find(std::string_view name) const {
  const auto found = keys_.find(name);
  return found == keys_.end() ? -1 : found->second;
}

Result<std::int64_t> Programs::key_of(std::string_view name) {
  if (const std::int64_t key = find(name); key >= 0) {
    return key;
  }
  if (const Result<void> made = make_.bind_text(0, name).run(); !made) {
    return tl::unexpected(made.error());
  }
  const std::int64_t key = database_->last_row();
  Program program;
  program.name = name;
  keys_.emplace(program.name, key);
  programs_.emplace(key, std::move(program));
  return key;
}

const std::string* Programs::name_of(std::int64_t key) const {
  const auto found = programs_.find(key);
  return found == programs_.end() ? nullptr : &found->second.name;
}

void Programs::count(std::int64_t key, Place place, std::int64_t change) {
  const auto found = programs_.find(key);
  if (found == programs_.end()) {
    return;
  }
  Counts& counts = found->second.counts;
  std::uint64_t& number = place == Place::done   ? counts.done
                          : place == Place::dead ? counts.dead
                                                 : counts.waiting;
  // Below none: what the file counts is damaged, which a check of the whole file tells of.
  number = change < 0 && number < static_cast<std::uint64_t>(-change)
               ? 0
               : number + static_cast<std::uint64_t>(change);
  found->second.changed = true;
  found->second.oldest_known = false;
}

void Programs::count_new(std::int64_t key, Place place, std::int64_t number) {
  last_ = std::max(last_, number);
  last_sorted_ = last_;
  const auto found = programs_.find(key);
  if (found == programs_.end()) {
    return;
  }
  const bool stays = found->second.oldest_known && found->second.counts.oldest.has_value();
  count(key, place, 1);
  found->second.last = last_;
  found->second.oldest_known = stays;
}

void Programs::count_fresh(std::int64_t key, std::int64_t number, WallTime stored_at) {
  last_ = std::max(last_, number);
  const auto found = programs_.find(key);
  if (found == programs_.end()) {
    return;
  }
  Program& program = found->second;
  if (program.fresh++ == 0) {
    program.oldest_fresh = stored_at;
  }
  if (program.counts.waiting++ == 0) {
    program.counts.oldest = stored_at;
  }
}

void Programs::count_sorted() {
  last_sorted_ = last_;
  for (auto& [key, program] : programs_) {
    if (program.fresh > 0) {
      program.fresh = 0;
      program.oldest_fresh.reset();
      program.last = last_;
      program.changed = true;
    }
  }
}

Result<void> Programs::save() {
  for (auto& [key, program] : programs_) {
    if (!program.changed) {
      continue;
    }
    if (!program.oldest_known) {
      if (Result<void> found = find_oldest(key, program); !found) {
        return found;
      }
    }
    Result<void> written =
        update_.bind(0, static_cast<std::int64_t>(program.counts.waiting - program.fresh))
            .bind(1, static_cast<std::int64_t>(program.counts.done))
            .bind(2, static_cast<std::int64_t>(program.counts.dead))
            .bind(3, program.last)
            .bind(4, key)
            .run();
    if (!written) {
      return written;
    }
    program.changed = false;
  }
  return {};
}

std::map<std::string, Counts, std::less<>> Programs::counts() const {
  std::map<std::string, Counts, std::less<>> counts;
  for (const auto& [key, program] : programs_) {
    const Counts& of = program.counts;
    if (of.waiting + of.done + of.dead > 0) {
      counts.emplace(program.name, of);
    }
  }
  return counts;
}

}  // namespace kamexec::stored
