// SPDX-License-Identifier: GPL-2.0-or-later
// Users and groups by name or number: passwd(5), group(5), and whatever else the system's name
// service asks. Only while a configuration is loaded: it may take its time.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace kamexec::program {

struct Account {
  uid_t user = 0;
  /// Absent: a number that nobody has a name for, so that nothing is known of its groups.
  std::optional<gid_t> group;
  std::vector<gid_t> groups;  ///< all of them, `group` among them
};

/// @p name may be a number.
[[nodiscard]] Result<Account> find_user(const std::string& name);
[[nodiscard]] Result<gid_t> find_group(const std::string& name);

}  // namespace kamexec::program
