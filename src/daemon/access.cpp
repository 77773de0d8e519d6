// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/access.h"

#include <algorithm>
#include <utility>

#include "program/accounts.h"

namespace kamexec::daemon {

Result<Access> Access::of(const program::ProgramDefinition& program) {
  Access access;
  access.everybody_ = program.allow_users.empty() && program.allow_groups.empty();
  const auto told = [&program](const Error& error) {
    return failure("program " + program.name + ": allow: " + error.message);
  };
  for (const std::string& name : program.allow_users) {
    const Result<program::Account> account = program::find_user(name);
    if (!account) {
      return told(account.error());
    }
    access.users_.push_back(account->user);
  }
  for (const std::string& name : program.allow_groups) {
    const Result<gid_t> group = program::find_group(name);
    if (!group) {
      return told(group.error());
    }
    access.groups_.push_back(*group);
  }
  return access;
}

bool Access::allows(const Peer& peer) const {
  return everybody_ || peer.is_operator() ||
         std::find(users_.begin(), users_.end(), peer.user) != users_.end() ||
         std::any_of(groups_.begin(), groups_.end(),
                     [&peer](gid_t group) { return peer.is_in(group); });
}

std::string allowed_in_words(const program::ProgramDefinition& program) {
  std::string words;
  const auto add = [&words](std::string_view kind, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      words += words.empty() ? "" : ", ";
      words += kind;
      words += name;
    }
  };
  add("user ", program.allow_users);
  add("group ", program.allow_groups);
  return words;
}

}  // namespace kamexec::daemon
