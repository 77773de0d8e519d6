// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/fresh.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace kamexec::stored {
namespace {

std::string_view view(const IdBytes& id) {
  return {id.data(), id.size()};
}

IdBytes id_of(std::string_view bytes) {
  IdBytes id{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}

}  // namespace

Result<std::unique_ptr<Fresh>> Fresh::open(Database& database, Programs& programs) {
  std::unique_ptr<Fresh> fresh(new Fresh(programs));
  const Result<void> prepared = database.prepare_all({
      {&fresh->read_,
       "SELECT number, program, stored_at, id FROM content WHERE number > ? ORDER BY number"},
      {&fresh->write_,
       "INSERT INTO content(number, program, stored_as, stored_at, id, head, body) "
       "VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&fresh->sort_in_,
       "INSERT INTO notification(number, id, program, state, at, stored_at, attempts) "
       "SELECT number, id, program, stored_as, CASE stored_as WHEN 0 THEN stored_at END, "
       "stored_at, 0 FROM content WHERE number > ? ORDER BY number"},
      {&fresh->find_, "SELECT 1 FROM notification INDEXED BY by_id WHERE id = ? LIMIT 1"},
      {&fresh->highest_id_,
       "SELECT id FROM notification INDEXED BY by_id ORDER BY id DESC LIMIT 1"},
  });
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  if (const Result<void> read = fresh->read(); !read) {
    return tl::unexpected(read.error());
  }
  return fresh;
}

Result<void> Fresh::refresh() {
  const Result<bool> changed = programs_.refresh();
  if (!changed) {
    return tl::unexpected(changed.error());
  }
  if (!*changed) {
    return {};
  }
  Result<void> read = this->read();
  if (!read) {
    programs_.forget();
  }
  return read;
}

Result<void> Fresh::read() {
  ids_.clear();
  highest_ = IdBytes{};
  const Result<bool> any = highest_id_.step();
  if (!any) {
    return tl::unexpected(any.error());
  }
  if (*any) {
    highest_ = id_of(highest_id_.bytes(0));
    highest_id_.reset();
  }
  read_.bind(0, programs_.last_sorted());
  for (;;) {
    const Result<bool> row = read_.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return {};
    }
    ids_.push_back(id_of(read_.bytes(3)));
    raise(ids_.back());
    programs_.count_fresh(read_.integer(1), read_.integer(0),
                          WallTime(std::chrono::milliseconds(read_.integer(2))));
  }
}

void Fresh::raise(const IdBytes& id) {
  if (view(highest_) < view(id)) {
    highest_ = id;
  }
}

Result<bool> Fresh::has(std::string_view id) {
  if (view(highest_) < id) {
    return false;
  }
  if (std::any_of(ids_.begin(), ids_.end(),
                  [id](const IdBytes& bytes) { return view(bytes) == id; })) {
    return true;
  }
  const Result<std::optional<std::int64_t>> found = find_.bind(0, id).number();
  if (!found) {
    return tl::unexpected(found.error());
  }
  return found->has_value();
}

Result<void> Fresh::write(std::int64_t number, const Notification& notification,
                          const Content& content, std::int64_t program, Place place) {
  raise(id_of(id_in(content)));
  return write_.bind(0, number)
      .bind(1, program)
      .bind(2, static_cast<std::int64_t>(place))
      .bind(3, std::int64_t{notification.stored_at.time_since_epoch().count()})
      .bind(4, id_in(content))
      .bind(5, std::string_view(content.head))
      .bind(6, std::string_view(content.body))
      .run();
}

Result<void> Fresh::add(const Notification& notification, const Content& content,
                        std::int64_t program, Place place) {
  const std::int64_t number = programs_.next_number();
  if (Result<void> written = write(number, notification, content, program, place); !written) {
    return written;
  }
  ids_.push_back(id_of(id_in(content)));
  programs_.count_fresh(program, number, notification.stored_at);
  return {};
}

Result<void> Fresh::sort_in() {
  if (ids_.empty()) {
    return {};
  }
  if (Result<void> sorted = sort_in_.bind(0, programs_.last_sorted()).run(); !sorted) {
    return sorted;
  }
  ids_.clear();
  programs_.count_sorted();
  return {};
}

}  // namespace kamexec::stored
