// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/served_programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon_parts.h"

namespace kamexec::daemon {
namespace {

using testing::HasSubstr;

TEST(ServedPrograms, WhatDidNotChangeIsTheSame) {
  const ServedPrograms first =
      served_of({"name=a; run=/bin/true", "name=b; run=/bin/true; cache=1s",
                 "name=c; run=/bin/true", "name=d; run=/bin/true"});
  const ServedPrograms second =
      served_of({"name=a; run=/bin/true", "name=b; cache=1s; run=/bin/true",  // in another order
                 "name=c; run=/bin/true; timeout=3s", "name=e; run=/bin/true"},
                first);
  EXPECT_EQ(second.at("a"), first.at("a"));
  EXPECT_EQ(second.at("b"), first.at("b"));
  EXPECT_NE(second.at("c"), first.at("c"));
  EXPECT_EQ(second.at("c")->program.definition.timeout.count(), 3000);
  EXPECT_EQ(first.at("c")->program.definition.timeout.count(), 2000) << "its calls go on";
  EXPECT_FALSE(second.contains("d"));
  EXPECT_TRUE(second.contains("e"));
}

TEST(ServedPrograms, AnotherPlaceIsAChange) {
  const ServedPrograms first = served_of({"name=a; run=sh"});
  program::Programs moved;
  ASSERT_TRUE(moved.add(*program::read_program("name=a; run=sh", program::Reader::daemon)));
  ASSERT_TRUE(moved.locate("/bin:/usr/bin").empty());
  const Result<ServedPrograms> second = next_programs(moved, first);
  ASSERT_TRUE(second);
  ASSERT_NE(second->at("a")->program.place.path, first.at("a")->program.place.path);
  EXPECT_NE(second->at("a"), first.at("a"));
}

TEST(ServedPrograms, OnlyWhatIsToBeKeptHasACache) {
  const ServedPrograms made =
      served_of({"name=a; run=/bin/true", "name=b; run=/bin/true; cache=1s"});
  EXPECT_FALSE(made.at("a")->cache);
  EXPECT_TRUE(made.at("b")->cache);
}

TEST(ServedPrograms, WhoMayCallMustBeKnown) {
  const Result<ServedPrograms> made =
      next_programs(programs_of({"name=a; run=/bin/true; allow=no-such-user"}), {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("program a: allow: "));
}

}  // namespace
}  // namespace kamexec::daemon
