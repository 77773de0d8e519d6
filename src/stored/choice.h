// SPDX-License-Identifier: GPL-2.0-or-later
// What a person chooses of what is stored: found by the indices, a bounded number of rows at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "stored/programs.h"
#include "stored/requests.h"
#include "stored/rows.h"

namespace kamexec::stored {

/// A change of many rows, a few at a time: each step is a transaction of its own.
struct Step {
  Selection which;
  std::int64_t last = 0;    ///< the highest number that there was at the beginning; 0: not begun
  std::size_t id = 0;       ///< the first of which.ids that wasn't looked at
  std::size_t changed = 0;  ///< rows
  bool over = false;
};

class Choice {
 public:
  Choice(Rows& rows, Programs& programs) : rows_(rows), programs_(programs) {}

  /// As many as there may be in a list, and in memory.
  [[nodiscard]] Result<Listed> list(const Selection& which);
  /// Calls @p change, which says whether it has changed something, for the next rows of @p step.
  /// Within a transaction; after an error it must be rolled back.
  [[nodiscard]] Result<void> walk(Step& step, const std::function<Result<bool>(Row&)>& change);

 private:
  [[nodiscard]] Result<std::vector<std::int64_t>> select(const Selection& which, std::size_t most);
  [[nodiscard]] Result<std::vector<std::int64_t>> select_ids(const Selection& which,
                                                             std::size_t& id, std::size_t most);
  [[nodiscard]] Result<std::vector<std::int64_t>> next(Step& step);
  [[nodiscard]] Result<bool> add_listed(std::int64_t number, const Selection& which, Listed& listed,
                                        std::size_t& bytes);

  Rows& rows_;
  Programs& programs_;
};

}  // namespace kamexec::stored
