// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace kamexec::test {

/// What @p function gives in a process of @p user, which has no capability. Needs root.
[[nodiscard]] std::string said_as(uid_t user, const std::function<std::string()>& function);

}  // namespace kamexec::test
