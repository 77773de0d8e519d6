// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/uri_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kamexec::output {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using namespace std::string_view_literals;

// "line:uri" and ";q" where there is one.
std::vector<std::string> uris(const UriSet& set) {
  std::vector<std::string> all;
  for (const UriEntry& entry : set.entries) {
    all.push_back(std::to_string(entry.line) + ":" + std::string(entry.uri) +
                  (entry.q == UriEntry::kNoQ ? "" : ";" + std::to_string(entry.q)));
  }
  return all;
}

// "line:reason:text", "+" before it where the URI is used.
std::vector<std::string> skipped(const UriSet& set) {
  std::vector<std::string> all;
  for (const SkippedLine& line : set.skipped) {
    all.push_back((line.uri_used ? "+" : "") + std::to_string(line.line) + ":" + line.reason + ":" +
                  line.text);
  }
  return all;
}

TEST(UriSet, OneUriALine) {
  constexpr std::string_view kOutput =
      "sip:a@b\n\n  \r\nsip:c@d;transport=tcp \t\r\n\"Name\" <sip:e@f>;q=0.7\n<tel:+49301>";
  const UriSet set = parse_uri_set(kOutput, {});
  EXPECT_THAT(uris(set),
              ElementsAre("1:sip:a@b", "4:sip:c@d;transport=tcp", "5:sip:e@f;700", "6:tel:+49301"));
  EXPECT_THAT(set.skipped, IsEmpty());
  for (const UriEntry& entry : set.entries) {
    EXPECT_GE(entry.uri.data(), kOutput.data());
    EXPECT_LE(entry.uri.data() + entry.uri.size(), kOutput.data() + kOutput.size());
  }
}

TEST(UriSet, NothingPrinted) {
  for (const std::string_view output : {""sv, "\n"sv, " \r\n\t\n"sv}) {
    const UriSet set = parse_uri_set(output, {});
    EXPECT_THAT(set.entries, IsEmpty());
    EXPECT_THAT(set.skipped, IsEmpty());
  }
}

TEST(UriSet, WhatNoUriHolds) {
  const struct {
    std::string_view line;
    std::string_view reason;
  } cases[] = {
      {"sip:a@b c"sv, "white space, <, > or \" in the URI"},
      {"sip:a\t@b"sv, "white space, <, > or \" in the URI"},
      {"< sip:a@b>"sv, "white space, <, > or \" in the URI"},
      {"sip:a@b>"sv, "white space, <, > or \" in the URI"},
      {"sip:a\"@b"sv, "white space, <, > or \" in the URI"},
      {"<sip:a@b<c>"sv, "white space, <, > or \" in the URI"},
      {"sip:a@b\0.evil"sv, "a control byte in the line"},
      {"\0"sv, "a control byte in the line"},
      {"sip:a\r@b"sv, "a control byte in the line"},
      {"sip:a\x01@b"sv, "a control byte in the line"},
      {"sip:a\x7f@b"sv, "a control byte in the line"},
      {"\"\x1b[2J\" <sip:a@b>"sv, "a control byte in the line"},
      {"<>"sv, "the URI is empty"},
      {"Bob <>;q=1"sv, "the URI is empty"},
      {"<sip:a@b"sv, "no > ends the URI"},
  };
  for (const auto& c : cases) {
    const std::string output = "sip:first@x\n" + std::string(c.line) + "\nsip:last@x\n";
    const UriSet set = parse_uri_set(output, {});
    EXPECT_THAT(uris(set), ElementsAre("1:sip:first@x", "3:sip:last@x")) << c.line;
    ASSERT_EQ(set.skipped.size(), 1u) << c.line;
    EXPECT_EQ(set.skipped[0].line, 2u);
    EXPECT_EQ(set.skipped[0].reason, c.reason) << c.line;
    EXPECT_FALSE(set.skipped[0].uri_used);
  }
}

TEST(UriSet, TheTextOfASkippedLineIsSafeToPrint) {
  const UriSet set = parse_uri_set("a\x1b[2J\0\\\n"sv, {});
  EXPECT_THAT(skipped(set), ElementsAre("1:a control byte in the line:a\\x1b[2J\\x00\\\\"));
  const std::string big = "x y" + std::string(1'000'000, 'z');
  const UriSet long_line = parse_uri_set(big, {.longest_uri = 2'000'000});
  ASSERT_EQ(long_line.skipped.size(), 1u);
  EXPECT_EQ(long_line.skipped[0].text.size(), SkippedLine::kLongestText);
  EXPECT_TRUE(long_line.skipped[0].text.ends_with("..."));
}

TEST(UriSet, AFaultBehindTheUriIsToldAndTheUriUsed) {
  const UriSet set = parse_uri_set("<sip:a@b>;q=7\n<sip:c@d>,<sip:e@f>\n", {});
  EXPECT_THAT(uris(set), ElementsAre("1:sip:a@b", "2:sip:c@d"));
  EXPECT_THAT(skipped(set),
              ElementsAre("+1:q is not a number from 0 to 1 with up to three decimals:"
                          "<sip:a@b>;q=7",
                          "+2:only the first address of a line is used:<sip:c@d>,<sip:e@f>"));
}

TEST(UriSet, LongestUri) {
  const std::string fits = "sip:" + std::string(1019, 'a');
  EXPECT_THAT(uris(parse_uri_set(fits, {})), ElementsAre("1:" + fits));
  const std::string output = fits + "a\n<" + fits + ">";
  const UriSet set = parse_uri_set(output, {});
  EXPECT_THAT(uris(set), ElementsAre("2:" + fits));
  ASSERT_EQ(set.skipped.size(), 1u);
  EXPECT_EQ(set.skipped[0].reason, "the URI has 1024 bytes, the limit is 1023");
}

TEST(UriSet, TheHostHasItsSay) {
  struct Seen {
    std::vector<std::string> uris;
  } seen;
  UriSetOptions options;
  options.context = &seen;
  options.longest_uri = 20;
  options.check = [](std::string_view uri, void* context) {
    static_cast<Seen*>(context)->uris.emplace_back(uri);
    return uri.starts_with("sip:");
  };
  const UriSet set = parse_uri_set(
      "busy\nN <sip:a@b>;q=1\nbad line\nx\0y\nsip:aaaaaaaaaaaaaaaaaaaaaaaaa\n"sv, options);
  EXPECT_THAT(uris(set), ElementsAre("2:sip:a@b;1000"));
  EXPECT_THAT(seen.uris, ElementsAre("busy", "sip:a@b"));
  EXPECT_EQ(set.skipped[0].reason, "the server does not accept it as a URI");
}

TEST(UriSet, NoMoreThanTheHostTakes) {
  std::string output = "bad one\n";
  for (int i = 0; i < 12; ++i) {
    output += "sip:" + std::to_string(i) + "@b\n";
  }
  const UriSet all = parse_uri_set(output, {});
  EXPECT_EQ(all.entries.size(), 12u);
  EXPECT_EQ(all.skipped.size(), 1u);
  const std::string longer = output + "\nsip:12@b\n";
  const UriSet one_more = parse_uri_set(longer, {});
  EXPECT_EQ(one_more.entries.size(), 12u);
  ASSERT_EQ(one_more.skipped.size(), 2u);
  EXPECT_EQ(one_more.skipped[1].line, 15u);
  EXPECT_EQ(one_more.skipped[1].reason, "the limit is 12 URIs; from here on 1 line not used");
  EXPECT_EQ(one_more.skipped[1].text, "sip:12@b");
  const UriSet two = parse_uri_set(output, {.most = 2});
  EXPECT_THAT(uris(two), ElementsAre("2:sip:0@b", "3:sip:1@b"));
  EXPECT_THAT(two.skipped.back().reason, HasSubstr("10 lines"));
  EXPECT_THAT(parse_uri_set("sip:a@b", {.most = 0}).entries, IsEmpty());
}

TEST(UriSet, ManyFaultsAreCounted) {
  std::string output;
  for (int i = 0; i < 1000; ++i) {
    output += "bad line\n";
  }
  const UriSet bad = parse_uri_set(output, {});
  EXPECT_EQ(bad.skipped.size(), UriSet::kMostSkipped);
  EXPECT_EQ(bad.more_skipped, 1000 - UriSet::kMostSkipped);
  output += "sip:a@b\nsip:c@d\nsip:e@f\n";
  const UriSet mixed = parse_uri_set(output, {.most = 1});
  EXPECT_THAT(uris(mixed), ElementsAre("1001:sip:a@b"));
  EXPECT_EQ(mixed.skipped.size(), UriSet::kMostSkipped + 1);
  EXPECT_EQ(mixed.skipped.back().line, 1002u);
  EXPECT_EQ(mixed.more_skipped, 1000 - UriSet::kMostSkipped);
}

TEST(UriSet, BytesOfUtf8AreTheHostsToJudge) {
  EXPECT_THAT(uris(parse_uri_set("sip:jos\xc3\xa9@b\n", {})), ElementsAre("1:sip:jos\xc3\xa9@b"));
}

}  // namespace
}  // namespace kamexec::output
