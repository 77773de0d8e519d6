// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace kamexec::daemon {
namespace {

using testing::HasSubstr;

constexpr uid_t kStranger = 54321;  // nobody's, and not ours

Access access(std::vector<std::string> users, std::vector<std::string> groups) {
  program::ProgramDefinition program;
  program.name = "lcr";
  program.allow_users = std::move(users);
  program.allow_groups = std::move(groups);
  Result<Access> made = Access::of(program);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : Access();
}

TEST(Access, WithoutAllowEverybodyMay) {
  EXPECT_TRUE(
      access({}, {}).allows({.pid = 1, .user = kStranger, .group = kStranger, .groups = {}}));
}

TEST(Access, UsersAndGroupsMayAndOthersMayNot) {
  const Access some = access({"54322", "daemon"}, {"54323", "daemon"});
  const auto may = [&some](uid_t user, gid_t group, std::vector<gid_t> groups) {
    return some.allows({.pid = 1, .user = user, .group = group, .groups = std::move(groups)});
  };
  EXPECT_FALSE(may(kStranger, 54320, {}));
  EXPECT_FALSE(may(54323, 54322, {54322})) << "a user's number is no group's";
  EXPECT_TRUE(may(54322, 54320, {}));
  EXPECT_TRUE(may(1, 54320, {})) << "daemon, by its name";
  EXPECT_TRUE(may(kStranger, 54323, {}));
  EXPECT_TRUE(may(kStranger, 54320, {7, 54323, 60000}));
}

TEST(Access, OperatorsAlwaysMay) {
  const Access none = access({"54322"}, {});
  EXPECT_TRUE(none.allows({.pid = 1, .user = 0, .group = 0, .groups = {}}));
  EXPECT_TRUE(none.allows({.pid = 1, .user = ::geteuid(), .group = 54320, .groups = {}}));
}

TEST(Access, ANameThatIsNotThereIsAMistake) {
  program::ProgramDefinition program;
  program.name = "lcr";
  program.allow_users = {"no-such-user"};
  const Result<Access> made = Access::of(program);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("program lcr: allow: "));
  EXPECT_THAT(made.error().message, HasSubstr("no-such-user"));
}

TEST(Access, IsSaidInWords) {
  program::ProgramDefinition program;
  program.allow_users = {"lcr", "33"};
  program.allow_groups = {"telephony"};
  EXPECT_EQ(allowed_in_words(program), "user lcr, user 33, group telephony");
}

TEST(Peer, IsWhoHasConnected) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd one(ends[0]);
  const UniqueFd two(ends[1]);
  const Result<Peer> peer = peer_of(one.get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->user, ::geteuid());
  EXPECT_TRUE(peer->is_in(::getegid()));
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  ASSERT_GE(::getgroups(static_cast<int>(groups.size()), groups.data()), 0);
  for (const gid_t group : groups) {
    EXPECT_TRUE(peer->is_in(group));
  }
  EXPECT_FALSE(peer->is_in(54320));
  EXPECT_FALSE(peer_of(STDIN_FILENO + 1000));
}

}  // namespace
}  // namespace kamexec::daemon
