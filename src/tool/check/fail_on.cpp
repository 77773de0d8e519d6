// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/fail_on.h"

#include <algorithm>

namespace kamexec::check {

bool fails(const std::vector<Checked>& all, const std::vector<std::string>& what) {
  const auto wanted = [&](const char* word) {
    return std::find(what.begin(), what.end(), word) != what.end();
  };
  const bool danger = wanted("danger");
  const bool possible = wanted("possible");
  const bool change = wanted("change");
  return std::any_of(all.begin(), all.end(), [&](const Checked& checked) {
    return (possible && checked.is_incomplete()) ||
           std::any_of(checked.calls.begin(), checked.calls.end(), [&](const Assessment& one) {
             return (danger && one.level == Level::danger) ||
                    (possible && one.level >= Level::possible) || (change && one.must_change);
           });
  });
}

}  // namespace kamexec::check
