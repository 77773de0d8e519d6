// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a message that comes where a consumer delivers: the first line is its reply subject,
// lines "Name: value" up to an empty one are its header, the rest is its payload.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "nats/jetstream_delivery.h"

namespace kamexec::nats {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string_view line_of(std::string_view& bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  return line;
}

class Message final : public Incoming {
 public:
  explicit Message(std::string_view bytes) : reply_(line_of(bytes)) {
    headers_ = bytes;
    while (!bytes.empty() && !line_of(bytes).empty()) {
    }
    headers_.remove_suffix(bytes.size());
    payload_ = bytes;
  }
  [[nodiscard]] std::string_view subject() const override { return "_INBOX.notes.1.bill"; }
  [[nodiscard]] std::string_view reply() const override { return reply_; }
  [[nodiscard]] std::string_view payload() const override { return payload_; }
  [[nodiscard]] std::string_view header(const char* name) const override {
    const std::string begin = std::string(name) + ": ";
    for (std::string_view rest = headers_; !rest.empty();) {
      if (const std::string_view line = line_of(rest); line.starts_with(begin)) {
        return line.substr(begin.size());
      }
    }
    return {};
  }

 private:
  std::string_view reply_;
  std::string_view headers_;
  std::string_view payload_;
};

void check(const Message& message) {
  if (const auto delivery = delivery_of(message, "notes", "bill")) {
    require(delivery->delivered > 0);
    // Nobody but the server's consumer is acknowledged to.
    require(message.reply().starts_with("$JS.ACK."));
    require(message.reply().find(".notes.bill." + std::to_string(delivery->delivered) + ".") !=
                std::string_view::npos ||
            message.reply().find(".notes.bill.0") != std::string_view::npos);
    require(!delivery_of(message, "notes", "others") && !delivery_of(message, "others", "bill"));
  }
  if (const auto end = pull_end_of(message)) {
    require(message.payload().empty() && end->detail.size() <= 200);
    require(std::all_of(end->detail.begin(), end->detail.end(),
                        [](char c) { return c >= ' ' && c <= '~'; }));
  }
}

}  // namespace
}  // namespace kamexec::nats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  kamexec::nats::check(kamexec::nats::Message(bytes));
  return 0;
}
