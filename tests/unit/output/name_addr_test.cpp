// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/name_addr.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace kamexec::output {
namespace {

struct Good {
  std::string_view line;
  std::string_view uri;
  std::optional<int> q = std::nullopt;
};

TEST(NameAddr, AddressesWithoutFault) {
  const Good cases[] = {
      {"sip:a@b", "sip:a@b"},
      {"  \tsip:a@b", "sip:a@b"},
      // Without <> all of it is the URI.
      {"sip:a@b;transport=tcp", "sip:a@b;transport=tcp"},
      {"sip:a@b;q=0.5", "sip:a@b;q=0.5"},
      {"sip:a@b>;q=0.5", "sip:a@b>;q=0.5"},
      {"tel:+4930123", "tel:+4930123"},
      {"<sip:a@b>", "sip:a@b"},
      {" < sip:a@b >", " sip:a@b "},
      {"<sip:a@b;transport=tcp>", "sip:a@b;transport=tcp"},
      {"<sip:a@b;q=0.1>;q=0.7", "sip:a@b;q=0.1", 700},
      {"<sip:a@b?Subject=x>;q=1", "sip:a@b?Subject=x", 1000},
      {"<sip:a@b>;q=0", "sip:a@b", 0},
      {"<sip:a@b>;Q=0.123", "sip:a@b", 123},
      {"<sip:a@b> ; q = 0.5 ", "sip:a@b", 500},
      {"<sip:a@b>\t;\tq\t=\t0.5", "sip:a@b", 500},
      {"<sip:a@b>;lr;q=0.5;expires=30", "sip:a@b", 500},
      {"<sip:a@b>;+sip.instance=\"<urn:uuid:1>;q=0.9\";q=0.5", "sip:a@b", 500},
      {"<sip:a@b>;x=\"\\\";q=0.9\";q=0.5", "sip:a@b", 500},
      {"<sip:a@b>;received=[2001:db8::1]:5060;q=0.5", "sip:a@b", 500},
      {"<sip:a@b>;x=;q=0.5", "sip:a@b", 500},
      {"<sip:a@b>;qq=0.1", "sip:a@b"},
      {"Bob <sip:a@b>", "sip:a@b"},
      {"Bob<sip:a@b>", "sip:a@b"},
      {"Bob T. O'Hara-2 <sip:a@b>;q=0.7", "sip:a@b", 700},
      {"Jos\xc3\xa9 <sip:a@b>", "sip:a@b"},
      {"\"Bob\" <sip:a@b>;q=0.7", "sip:a@b", 700},
      {"\"Bob\"<sip:a@b>", "sip:a@b"},
      {"\"\" <sip:a@b>", "sip:a@b"},
      {"\"<sip:evil@b>;q=1\" <sip:a@b>", "sip:a@b"},
      {"\"quo\\\"te\\\\\" <sip:a@b>", "sip:a@b"},
      {"\"J Rosenberg \\\\\\\"\" <sip:jdrosen@example.com>", "sip:jdrosen@example.com"},
      {"<>", ""},
      {"", ""},
  };
  for (const Good& c : cases) {
    const auto address = parse_address(c.line);
    ASSERT_TRUE(address) << c.line << ": " << address.error().message;
    EXPECT_EQ(address->uri, c.uri) << c.line;
    EXPECT_EQ(address->q, c.q) << c.line;
    EXPECT_EQ(address->complaint, "") << c.line;
  }
}

struct Faulty {
  std::string_view line;
  std::string_view uri;
  std::optional<int> q;
  std::string_view complaint;
};

TEST(NameAddr, AFaultBehindTheUriCostsOnlyThat) {
  constexpr std::string_view kBadQ = "q is not a number from 0 to 1 with up to three decimals";
  constexpr std::string_view kNotParameter = "the text after the address is not a parameter";
  const Faulty cases[] = {
      {"<sip:a@b>;q=2", "sip:a@b", {}, kBadQ},
      {"<sip:a@b>;q=", "sip:a@b", {}, kBadQ},
      {"<sip:a@b>;q", "sip:a@b", {}, kBadQ},
      {"<sip:a@b>;q=\"0.5\"", "sip:a@b", {}, kBadQ},
      {"<sip:a@b>;q=0.5x", "sip:a@b", {}, kBadQ},
      {"<sip:a@b>;q=0.5;q=0.6", "sip:a@b", 500, "q is given twice: the first one is used"},
      {"<sip:a@b>;q=0.5,<sip:c@d>", "sip:a@b", 500, "only the first address of a line is used"},
      {"<sip:a@b>, <sip:c@d>", "sip:a@b", {}, "only the first address of a line is used"},
      {"<sip:a@b> rest", "sip:a@b", {}, kNotParameter},
      {"<sip:a@b>;q=0.5 0.6", "sip:a@b", 500, kNotParameter},
      {"<sip:a@b>>", "sip:a@b", {}, kNotParameter},
      {"<sip:a@b>;;q=0.5", "sip:a@b", {}, "a parameter has no name"},
      {"<sip:a@b>;q=0.5;", "sip:a@b", 500, "a parameter has no name"},
      {"<sip:a@b>;=1", "sip:a@b", {}, "a parameter has no name"},
      {"<sip:a@b>;x=\"1", "sip:a@b", {}, "a parameter's quoted value does not end"},
      {"<sip:a@b>;x=\"1\\", "sip:a@b", {}, "a parameter's quoted value does not end"},
  };
  for (const Faulty& c : cases) {
    const auto address = parse_address(c.line);
    ASSERT_TRUE(address) << c.line << ": " << address.error().message;
    EXPECT_EQ(address->uri, c.uri) << c.line;
    EXPECT_EQ(address->q, c.q) << c.line;
    EXPECT_EQ(address->complaint, c.complaint) << c.line;
  }
}

TEST(NameAddr, LinesWhoseUriCannotBeTold) {
  const struct {
    std::string_view line;
    std::string_view message;
  } cases[] = {
      {"<sip:a@b", "no > ends the URI"},
      {"<", "no > ends the URI"},
      {"Bob <", "no > ends the URI"},
      {"\"Bob <sip:a@b>", "the quoted display name does not end"},
      {"\"Bob\\\" <sip:a@b>", "the quoted display name does not end"},
      {"\"", "the quoted display name does not end"},
      {"\"\\", "the quoted display name does not end"},
      {"\"Bob\" sip:a@b", "no <URI> follows the display name"},
      {"\"Bob\"", "no <URI> follows the display name"},
      {"\"a\" \"b\" <sip:a@b>", "no <URI> follows the display name"},
      {"Doe, John <sip:a@b>", "the text before < is not a display name"},
      {"sip:c@d,<sip:a@b>", "the text before < is not a display name"},
      {"sip:a@b<x>", "the text before < is not a display name"},
      {"Bob \"B\" <sip:a@b>", "the text before < is not a display name"},
      {"Contact: <sip:a@b>", "the text before < is not a display name"},
  };
  for (const auto& c : cases) {
    const auto address = parse_address(c.line);
    ASSERT_FALSE(address) << c.line;
    EXPECT_EQ(address.error().message, c.message) << c.line;
  }
}

TEST(NameAddr, LongNestingIsNoTrouble) {
  const std::string quotes(1'000'001, '"');
  EXPECT_FALSE(parse_address(quotes));
  const std::string angles(1'000'000, '<');
  EXPECT_FALSE(parse_address(angles));
  const std::string parameters = "<sip:a@b>" + std::string(1'000'000, ';');
  EXPECT_EQ(parse_address(parameters)->uri, "sip:a@b");
}

TEST(Qvalue, Thousandths) {
  const struct {
    std::string_view text;
    int value;
  } cases[] = {{"0", 0},       {"0.", 0},    {"0.0", 0},   {"0.000", 0},  {"0.001", 1},
               {"0.01", 10},   {"0.1", 100}, {"0.7", 700}, {"0.33", 330}, {"0.123", 123},
               {"0.999", 999}, {"1", 1000},  {"1.", 1000}, {"1.0", 1000}, {"1.000", 1000}};
  for (const auto& c : cases) {
    EXPECT_EQ(parse_qvalue(c.text), c.value) << c.text;
  }
}

TEST(Qvalue, NothingElse) {
  for (const std::string_view text :
       {"",       ".",      ".7",  "1.001", "1.1", "2",   "00", "01",
        "0.0000", "1.0000", "-0",  "+1",    "0,5", "0.x", "0 ", " 0",
        "0.5 ",   "0x1",    "1e0", "inf",   "nan", "0..", "10", "99999999999999999999"}) {
    EXPECT_EQ(parse_qvalue(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kamexec::output
