// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/header_name.h"

#include <algorithm>
#include <array>
#include <climits>

namespace kamexec::request {
namespace {

constexpr std::string_view kCallId = "CALLID";

// IANA, "Session Initiation Protocol (SIP) Parameters", registry "Header Fields", column "compact":
// all 20 of them, by letter. Empty: that letter is no compact form.
constexpr std::array<std::string_view, 26> kCompactForms = {
    "ACCEPT_CONTACT",       // a, RFC 3841
    "REFERRED_BY",          // b, RFC 3892
    "CONTENT_TYPE",         // c, RFC 3261
    "REQUEST_DISPOSITION",  // d, RFC 3841
    "CONTENT_ENCODING",     // e, RFC 3261
    "FROM",                 // f, RFC 3261
    "",                     // g
    "",                     // h
    kCallId,                // i, RFC 3261
    "REJECT_CONTACT",       // j, RFC 3841
    "SUPPORTED",            // k, RFC 3261
    "CONTENT_LENGTH",       // l, RFC 3261
    "CONTACT",              // m, RFC 3261
    "IDENTITY_INFO",        // n, RFC 4474
    "EVENT",                // o, RFC 6665
    "",                     // p
    "",                     // q
    "REFER_TO",             // r, RFC 3515
    "SUBJECT",              // s, RFC 3261
    "TO",                   // t, RFC 3261
    "ALLOW_EVENTS",         // u, RFC 6665
    "VIA",                  // v, RFC 3261
    "",                     // w
    "SESSION_EXPIRES",      // x, RFC 4028
    "IDENTITY",             // y, RFC 8224
    "",                     // z
};

constexpr std::size_t longest_compact_form() {
  std::size_t longest = 0;
  for (const std::string_view name : kCompactForms) {
    longest = std::max(longest, name.size());
  }
  return longest;
}

constexpr char variable_byte(char c) {
  if (c >= 'a' && c <= 'z') {
    return static_cast<char>(c - 'a' + 'A');
  }
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

constexpr auto kVariableBytes = [] {
  std::array<char, UCHAR_MAX + 1> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = variable_byte(static_cast<char>(i));
  }
  return bytes;
}();

char to_variable(char c) {
  return kVariableBytes[static_cast<unsigned char>(c)];
}

// The variable of a header field whose name does not simply become it; else empty.
std::string_view special_variable(std::string_view name) {
  if (name.size() == 1) {
    const char letter = to_variable(name.front());
    return letter >= 'A' && letter <= 'Z' ? kCompactForms[static_cast<std::size_t>(letter - 'A')]
                                          : std::string_view{};
  }
  // The hyphen is compared as it is: a header field Call_ID is another one.
  constexpr std::string_view kCallIdName = "CALL-ID";
  const bool is_call_id = std::equal(
      name.begin(), name.end(), kCallIdName.begin(), kCallIdName.end(), [](char c, char wanted) {
        return c == wanted || (wanted != '-' && to_variable(c) == wanted);
      });
  return is_call_id ? kCallId : std::string_view{};
}

}  // namespace

std::size_t longest_header_variable(std::size_t size) {
  return kHeaderVariablePrefix.size() + std::max(size, longest_compact_form());
}

std::size_t write_header_variable(std::string_view name, char* out) {
  char* at = std::copy(kHeaderVariablePrefix.begin(), kHeaderVariablePrefix.end(), out);
  const std::string_view special = special_variable(name);
  at = special.empty() ? std::transform(name.begin(), name.end(), at, to_variable)
                       : std::copy(special.begin(), special.end(), at);
  return static_cast<std::size_t>(at - out);
}

}  // namespace kamexec::request
