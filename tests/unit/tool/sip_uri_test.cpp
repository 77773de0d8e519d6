// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/sip_uri.h"

#include <gtest/gtest.h>

#include <string>

namespace kamexec::tool {
namespace {

/// "kind|user|host|port|params", or "none".
std::string shown(std::string_view text) {
  const auto uri = read_sip_uri(text);
  if (!uri) {
    return "none";
  }
  std::string all(uri->kind);
  for (const std::string_view part : {uri->user, uri->host, uri->port, uri->params}) {
    all.append("|").append(part);
  }
  return all;
}

struct Case {
  const char* uri;
  const char* parts;
};

class SipUris : public testing::TestWithParam<Case> {};

TEST_P(SipUris, AreReadAsTheServerReadsThem) {
  EXPECT_EQ(shown(GetParam().uri), GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Good, SipUris,
    testing::Values(Case{"sip:bob@example.com", "sip|bob|example.com||"},
                    Case{"SIPS:bob@h.de:5061;lr;x=1?a=b", "sips|bob|h.de|5061|lr;x=1"},
                    Case{"sip:example.com", "sip||example.com||"},
                    Case{"sip:example.com:5070;x", "sip||example.com|5070|x"},
                    Case{"sip:u:p@h", "sip|u|h||"}, Case{"sip:a;b=c@h", "sip|a;b=c|h||"},
                    Case{"sip:u@[2001:db8::1]:5070", "sip|u|[2001:db8::1]|5070|"},
                    Case{"sip:u@[::ffff:192.0.2.1]", "sip|u|[::ffff:192.0.2.1]||"},
                    Case{"tel:+49-30;x=y", "tel|+49-30|||x=y"},
                    Case{"sip:+1;isub=2@h;user=phone", "tel|+1|h||isub=2"},
                    Case{"urn:service:sos", "urn|service|sos||"}));

INSTANTIATE_TEST_SUITE_P(Bad, SipUris,
                         testing::Values(Case{"", "none"}, Case{"sip:", "none"},
                                         Case{"http://x", "none"}, Case{"sip:@h", "none"},
                                         Case{"sip:u@", "none"}, Case{"sip:u@a_b", "none"},
                                         Case{"sip:u@-a", "none"}, Case{"sip:u@h:65536", "none"},
                                         Case{"sip:u@h:5x", "none"}, Case{"sip:u@h:000001", "none"},
                                         Case{"sip:u@[::1", "none"}, Case{"sip:u@[::1]x", "none"},
                                         Case{"sip:[u]@h", "none"}, Case{"sip:u:p;x@h", "none"},
                                         Case{"sip:u@h;a@b", "none"}, Case{"sip:u@h?a;b", "none"},
                                         Case{"sip:u@a b", "none"}));

TEST(Parameter, IsFoundWithoutRegardToCase) {
  EXPECT_EQ(parameter("a=1;Transport = TCP ;lr", "transport"), "TCP");
  EXPECT_EQ(parameter("a=1;lr", "LR"), "");
  EXPECT_FALSE(parameter("a=1;lr=on", "l"));
  EXPECT_FALSE(parameter("", "a"));
}

}  // namespace
}  // namespace kamexec::tool
