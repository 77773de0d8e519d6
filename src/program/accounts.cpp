// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <limits>

#include <cerrno>

#include "program/attribute_rule.h"
#include "program/units.h"

namespace kamexec::program {
namespace {

/// Calls one of the getpw*_r and getgr*_r: they want memory of ours, and say when it is too small.
/// nullopt: there is no such entry.
template <typename Entry, typename Lookup>
Result<std::optional<Entry>> look_up(std::vector<char>& memory, Lookup lookup) {
  constexpr std::size_t kMostMemory = std::size_t{1} << 20;
  Entry entry = {};
  Entry* found = nullptr;
  int error = ERANGE;
  for (std::size_t size = 4096; error == ERANGE && size <= kMostMemory; size *= 2) {
    memory.resize(size);
    do {
      error = lookup(&entry, memory.data(), memory.size(), &found);
    } while (error == EINTR);
  }
  if (found != nullptr) {
    return std::optional<Entry>(entry);
  }
  // What getpwnam(3) lists for "not found", besides 0.
  const bool is_missing =
      error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
  if (!is_missing) {
    return system_failure("can't be looked up", error);
  }
  return std::optional<Entry>();
}

/// -1 is no id: to the kernel it means "leave as it is".
std::optional<std::uint32_t> read_id(const std::string& text) {
  const auto number = read_count(text);
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

Result<std::vector<gid_t>> groups_of(const char* name, gid_t group) {
  constexpr int kMostGroups = 65536;  // NGROUPS_MAX, limits.h of the kernel
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(name, group, groups.data(), &count) < 0) {
    // It says how many there are; where it says nothing new, that is no answer to wait for.
    if (count <= static_cast<int>(groups.size()) || count > kMostGroups) {
      return failure("its groups can't be looked up");
    }
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Result<Account> find_user(const std::string& name) {
  std::vector<char> memory;
  const auto id = read_id(name);
  // A name may be all digits, and is a name then.
  auto entry = look_up<passwd>(memory, [&](passwd* into, char* at, std::size_t size, passwd** out) {
    return ::getpwnam_r(name.c_str(), into, at, size, out);
  });
  if (entry && !*entry && id) {
    entry = look_up<passwd>(memory, [&](passwd* into, char* at, std::size_t size, passwd** out) {
      return ::getpwuid_r(*id, into, at, size, out);
    });
  }
  if (!entry) {
    return failure(shown(name) + " " + entry.error().message);
  }
  if (!*entry && id) {
    return Account{*id, std::nullopt, {}};
  }
  if (!*entry) {
    return failure("there is no user " + shown(name) + ": make it, or write another");
  }
  auto groups = groups_of((*entry)->pw_name, (*entry)->pw_gid);
  if (!groups) {
    return failure(shown(name) + ": " + groups.error().message);
  }
  return Account{(*entry)->pw_uid, (*entry)->pw_gid, std::move(*groups)};
}

Result<gid_t> find_group(const std::string& name) {
  std::vector<char> memory;
  const auto entry =
      look_up<group>(memory, [&](group* into, char* at, std::size_t size, group** out) {
        return ::getgrnam_r(name.c_str(), into, at, size, out);
      });
  if (!entry) {
    return failure(shown(name) + " " + entry.error().message);
  }
  if (*entry) {
    return (*entry)->gr_gid;
  }
  if (const auto id = read_id(name)) {
    return *id;
  }
  return failure("there is no group " + shown(name) + ": make it, or write another");
}

}  // namespace kamexec::program
