// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/uri_argument.h"

#include <gtest/gtest.h>

namespace kamexec::output {
namespace {

TEST(UriArgument, BeginsWithAScheme) {
  for (const char* uri : {"sip:bob@example.com", "sips:a", "tel:+49301234", "SIP:x", "x-a.b+1:y",
                          "urn:service:sos", "sip:-o/file", "sip:"}) {
    EXPECT_TRUE(check_uri_argument(uri)) << uri;
  }
}

TEST(UriArgument, IsNeitherAnOptionNorAFile) {
  for (const char* uri : {"-o/file", "--compress-program=sh", "-sip:a@b", "/etc/passwd", "bob", "",
                          ":a", "1sip:a", "a/b:c", "s p:a", "\xc3\xa4:a", "a_b:c"}) {
    EXPECT_FALSE(check_uri_argument(uri)) << uri;
  }
}

TEST(UriArgument, IsShownAsPrintableText) {
  EXPECT_EQ(
      check_uri_argument("-o\n\x1b[2J").error().message,
      "the R-URI \"-o\\x0a\\x1b[2J\" is not a URI: it has no scheme, and a program could read it "
      "as an option or a file");
}

}  // namespace
}  // namespace kamexec::output
