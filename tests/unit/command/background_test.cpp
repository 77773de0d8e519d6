// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "template_text.h"

namespace kamexec::command {
namespace {

bool has_background_job(std::string_view text) {
  return prepared(text).command->has_background_job;
}

TEST(BackgroundJob, IsSeen) {
  for (const char* text :
       {"a &", "a & b", "a&", "(a &)", "{ a & }", "a ¤ &\n", "if a; then b & fi", "a 2>&1 &",
        "a >&2 & b", "a && b &", "x=$(a &)", "a & # b", "case a in a) b & ;; esac", "a &>b"}) {
    EXPECT_TRUE(has_background_job(text)) << text;
  }
}

TEST(BackgroundJob, IsNotSeenWhereNoneIs) {
  for (const char* text : {"a", "a && b", "a \\&", "a '&'", "a \"&\"", "a 2>&1", "a >&2", "a <&3",
                           "a # &", "a <<E\n&\nE", "a |& b", "a ${x:-&}", "a&&b", "a a\\&b",
                           "case a in a) b ;& c) d ;;& *) e;; esac"}) {
    EXPECT_FALSE(has_background_job(text)) << text;
  }
}

}  // namespace
}  // namespace kamexec::command
