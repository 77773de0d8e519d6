// SPDX-License-Identifier: GPL-2.0-or-later
// A variable of any text, with indexes and transformations, for a message; and assignments. Each
// has a value, or an error that says something.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tool/variables/variable_values.h"

namespace kamexec::tool {
namespace {

const SipMessage& message() {
  static const SipMessage kMessage = std::move(*SipMessage::read(
      "INVITE sip:+49;a=b@h.de:5070;transport=tls SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=1\r\n"
      "From: \"A\" <sip:a@x>;tag=f\r\nTo: sip:b@y;tag=t\r\nCall-ID: id\r\nCSeq: 3 INVITE\r\n"
      "X-A: 1;b=\"c\"\r\nX-A: 2\r\n\r\n",
      {}));
  return kMessage;
}

void check(std::string_view text) {
  GivenValues given;
  if (const auto added = given.add(text); !added && added.error().message.empty()) {
    std::abort();
  }
  const auto value = VariableValues(&message(), given).value_of(text);
  if (!value && value.error().message.empty()) {
    std::abort();
  }
}

}  // namespace
}  // namespace kamexec::tool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 4096;  // longer ones only take time
  if (size <= kLongest) {
    kamexec::tool::check({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
