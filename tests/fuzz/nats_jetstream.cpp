// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as an answer of JetStream's: each reader gives what its declaration says, or says in
// bounded, printable words that the bytes aren't one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "nats/jetstream_answers.h"
#include "nats/jetstream_config.h"

namespace kamexec::nats {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDetail = 8'192;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_trouble(const StreamTrouble& trouble) {
  require(!trouble.detail.empty() && trouble.detail.size() <= kMostDetail);
  require(std::all_of(trouble.detail.begin(), trouble.detail.end(),
                      [](char c) { return c >= ' ' && c <= '~'; }));
  require(trouble.code >= 0);
}

/// Written again it is read the same.
void check_message(const StreamMessage& message) {
  require(!message.subject.empty() && message.sequence > 0);
  std::string headers = "NATS/1.0\r\n";
  for (const auto& [name, value] : message.headers) {
    require(name.find(':') == name.npos && !value.starts_with(' '));
    require((name + value).find("\r\n") == std::string::npos);
    headers.append(name).append(": ").append(value).append("\r\n");
  }
  const json written{{"message",
                      {{"subject", message.subject},
                       {"seq", message.sequence},
                       {"hdrs", in_base64(headers + "\r\n")},
                       {"data", in_base64(message.payload)}}}};
  const auto again = read_message(written.dump());
  require(again.has_value());
  require(again->subject == message.subject && again->sequence == message.sequence);
  require(again->payload == message.payload && again->headers == message.headers);
}

void check_state(const StreamState& state) {
  require(!state.oldest || state.messages > 0);
}

void check(std::string_view text) {
  if (const auto read = read_published(text)) {
    require(!read->stream.empty() && read->sequence > 0);
  } else {
    check_trouble(read.error());
  }
  if (const auto read = read_state(text)) {
    check_state(*read);
  } else {
    check_trouble(read.error());
  }
  if (const auto read = read_message(text)) {
    check_message(*read);
  } else {
    check_trouble(read.error());
  }
  if (const auto read = read_purged(text); !read) {
    check_trouble(read.error());
  }
  if (const auto read = read_success(text); !read) {
    check_trouble(read.error());
  }
  StreamConfig stream;
  stream.name = "KX_NOTE";
  stream.subjects = {"kx.note.>"};
  if (const auto read = read_stream(text, stream)) {
    check_state(*read);
  } else {
    check_trouble(read.error());
  }
  ConsumerConfig consumer;
  consumer.name = "bill";
  consumer.filter_subject = "kx.note.bill";
  if (const auto read = read_consumer(text, stream.name, consumer); !read) {
    check_trouble(read.error());
  }
  if (const auto time = read_time(text)) {
    require(time->time_since_epoch().count() >= 0);
  }
}

}  // namespace
}  // namespace kamexec::nats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::nats::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
