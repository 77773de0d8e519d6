// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a part of a row of the stored calls: as they are, and with the checksum that makes
// them come from encode(). What is read is written again as the same bytes.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "stored/content.h"

namespace kamexec::stored {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string id_in(std::string_view part) {
  IdBytes id{};
  if (part.size() >= 2 + id.size()) {
    std::memcpy(id.data(), part.data() + 2, id.size());
  }
  return id_text(id);
}

void check(std::string_view part) {
  Notification head;
  if (const Result<void> read = decode_head(part, head); read) {
    require(id_in(part) == head.id);
    const Result<Content> again = encode(head);
    require(again && again->head == part);
  } else {
    require(!read.error().message.empty());
  }

  Notification body;
  body.id = id_in(part);
  body.program = "name";
  if (decode_body(part, body)) {
    require(body.variables.empty() || body.variables.back() == '\0');
    const Result<Content> again = encode(body);
    require(again && again->body == part);
  }
  body.id.back() = body.id.back() == '0' ? '1' : '0';
  require(!decode_body(part, body));
}

}  // namespace
}  // namespace kamexec::stored

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  kamexec::stored::check(bytes);
  kamexec::stored::check(std::string(bytes) + kamexec::stored::checksum_of(bytes));
  return 0;
}
