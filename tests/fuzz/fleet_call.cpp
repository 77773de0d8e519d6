// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a call, and as a cancel, that come over NATS. A call that is read is written again
// as one that is read the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "fleet/call_message.h"
#include "service/message_words.h"

namespace kamexec::fleet {
namespace {

constexpr std::size_t kMost = std::size_t{64} << 20;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void require_same(const ReceivedCall& one, const ReceivedCall& other) {
  const service::CallRequest& a = one.request();
  const service::CallRequest& b = other.request();
  require(one.attempt() == other.attempt() && a.id == b.id && a.call == b.call);
  require(a.time_left == b.time_left && a.uri == b.uri && a.variables == b.variables);
  require(a.message == b.message && a.input == b.input);
  require(
      std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end()));
}

void check_call(std::string_view payload) {
  static ReceivedCall call;  // its memory is used again
  if (const Result<void> read = read_call(payload, call); !read) {
    require(read.error().message.size() < 400 && is_printable(read.error().message));
    return;
  }
  const service::CallRequest& request = call.request();
  require(service::is_id(request.id) && request.id == id_of(payload));
  require(service::is_word(request.call) && request.program.empty());
  require(request.arguments.size() <= service::kMostArguments);
  std::size_t size =
      request.uri.size() + request.variables.size() + request.message.size() + request.input.size();
  for (const std::string_view argument : request.arguments) {
    require(argument.data()[argument.size()] == '\0');  // as execve takes it
    size += argument.size();
  }
  require(size <= payload.size());

  std::string text;
  require(append_call(text, request, call.attempt(), kMost));
  ReceivedCall again;
  require(read_call(text, again).has_value());
  require_same(call, again);
}

void check_cancel(std::string_view payload) {
  if (const Result<std::string_view> id = read_cancel(payload)) {
    require(service::is_id(*id));
  } else {
    require(id.error().message.size() < 400 && is_printable(id.error().message));
  }
  const std::string_view id = id_of(payload);
  require(id.empty() || service::is_id(id));
}

}  // namespace
}  // namespace kamexec::fleet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  kamexec::fleet::check_call(bytes);
  kamexec::fleet::check_cancel(bytes);
  return 0;
}
