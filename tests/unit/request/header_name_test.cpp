// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/header_name.h"

#include <gtest/gtest.h>

#include <string>

namespace kamexec::request {
namespace {

std::string variable(std::string_view name) {
  std::string out(longest_header_variable(name.size()), '?');
  out.resize(write_header_variable(name, out.data()));
  return out;
}

struct Case {
  std::string_view name;
  std::string_view variable;
};

TEST(HeaderName, EveryCompactFormOfTheRegistryIsTheLongOne) {
  const Case cases[] = {
      {"a", "Accept-Contact"},
      {"b", "Referred-By"},
      {"c", "Content-Type"},
      {"d", "Request-Disposition"},
      {"e", "Content-Encoding"},
      {"f", "From"},
      {"i", "Call-ID"},
      {"j", "Reject-Contact"},
      {"k", "Supported"},
      {"l", "Content-Length"},
      {"m", "Contact"},
      {"n", "Identity-Info"},
      {"o", "Event"},
      {"r", "Refer-To"},
      {"s", "Subject"},
      {"t", "To"},
      {"u", "Allow-Events"},
      {"v", "Via"},
      {"x", "Session-Expires"},
      {"y", "Identity"},
  };
  std::string compact;
  for (const Case& c : cases) {
    EXPECT_EQ(variable(c.name), variable(c.variable)) << c.name;
    const char upper = static_cast<char>(c.name[0] - 'a' + 'A');
    EXPECT_EQ(variable(std::string_view(&upper, 1)), variable(c.variable)) << upper;
    compact += c.name;
  }
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    if (compact.find(letter) == compact.npos) {
      const char upper = static_cast<char>(letter - 'a' + 'A');
      EXPECT_EQ(variable(std::string_view(&letter, 1)), std::string("SIP_HF_") + upper);
    }
  }
}

TEST(HeaderName, NamesThatUsersHave) {
  const Case cases[] = {
      {"Call-ID", "SIP_HF_CALLID"},
      {"call-id", "SIP_HF_CALLID"},
      {"CALL-ID", "SIP_HF_CALLID"},
      {"Call_ID", "SIP_HF_CALL_ID"},
      {"Call-IDs", "SIP_HF_CALL_IDS"},
      {"Call-I", "SIP_HF_CALL_I"},
      {"Content-Type", "SIP_HF_CONTENT_TYPE"},
      {"Content-Length", "SIP_HF_CONTENT_LENGTH"},
      {"CSeq", "SIP_HF_CSEQ"},
      {"User-Agent", "SIP_HF_USER_AGENT"},
      {"Max-Forwards", "SIP_HF_MAX_FORWARDS"},
      {"P-Asserted-Identity", "SIP_HF_P_ASSERTED_IDENTITY"},
      {"Record-Route", "SIP_HF_RECORD_ROUTE"},
      {"WWW-Authenticate", "SIP_HF_WWW_AUTHENTICATE"},
      {"X-9az", "SIP_HF_X_9AZ"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(variable(c.name), c.variable);
  }
}

// RFC 4475 section 3.1.1.2 has such a name; the rest no parser should hand over.
TEST(HeaderName, AnyOtherByteIsAnUnderscore) {
  EXPECT_EQ(variable("extensionHeader-!.%*+_`'~"), "SIP_HF_EXTENSIONHEADER__________");
  EXPECT_EQ(variable("$(id)"), "SIP_HF___ID_");
  EXPECT_EQ(variable("a=b;c d"), "SIP_HF_A_B_C_D");
  EXPECT_EQ(variable(std::string_view("x\0y", 3)), "SIP_HF_X_Y");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = {'X', static_cast<char>(byte)};
    const std::string text = variable(name);
    ASSERT_EQ(text.size(), 9u);
    EXPECT_TRUE(text[8] == '_' || (text[8] >= 'A' && text[8] <= 'Z') ||
                (text[8] >= '0' && text[8] <= '9'))
        << byte;
  }
}

}  // namespace
}  // namespace kamexec::request
