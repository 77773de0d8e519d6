// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "command/argv.h"

namespace kamexec::command {
namespace {

constexpr const char* kShow = TEST_PROGRAMS "/show";

TEST(FindProgram, LooksInEachDirectory) {
  EXPECT_EQ(find_program("show", TEST_PROGRAMS), kShow);
  EXPECT_EQ(find_program("show", "/nonexistent:" TEST_PROGRAMS ":/bin"), kShow);
  EXPECT_EQ(find_program("show", ":" TEST_PROGRAMS ":"), kShow);
  EXPECT_EQ(find_program("show", "/nonexistent"), "");
  EXPECT_EQ(find_program("show", ""), "");
  EXPECT_EQ(find_program("", TEST_PROGRAMS), "");
}

TEST(FindProgram, TakesAPathAsItIs) {
  EXPECT_EQ(find_program(kShow, "/nonexistent"), kShow);
  EXPECT_EQ(find_program(TEST_PROGRAMS "/none", TEST_PROGRAMS), "");
}

TEST(FindProgram, FindsNoDirectoryAndNothingThatCantBeExecuted) {
  EXPECT_EQ(find_program("programs", TEST_DIRECTORY), "");
  EXPECT_EQ(find_program("/etc/passwd", ""), "");
  EXPECT_EQ(find_program("passwd", "/etc"), "");
}

TEST(FindProgram, DoesNotLookInTheWorkingDirectory) {
  EXPECT_EQ(find_program("show", "::"), "");
}

}  // namespace
}  // namespace kamexec::command
