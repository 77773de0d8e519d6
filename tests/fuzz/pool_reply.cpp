// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as what a worker sends: first its hello, then a reply, in pieces of any size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pool/reply_reader.h"
#include "pool/worker_hello.h"

namespace kamexec::pool {
namespace {

constexpr std::size_t kOutputLimit = 300;
const RequestId kId(0x0123456789abcdef);
constexpr std::string_view kName = "0123456789abcdef";

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// The line of @p bytes that @p end, an LF, closes.
std::string_view line_before(std::string_view bytes, std::size_t end) {
  const std::size_t before = end == 0 ? bytes.npos : bytes.rfind('\n', end - 1);
  const std::size_t start = before == bytes.npos ? 0 : before + 1;
  return bytes.substr(start, end - start);
}

bool starts_with(std::string_view text, std::string_view first, std::string_view second) {
  return text.substr(0, first.size()) == first &&
         text.substr(first.size(), second.size()) == second;
}

/// A complete reply bears our id in its first line and in its last.
void check_complete(ReplyReader& reader, std::string_view bytes) {
  const std::size_t first_end = bytes.find('\n');
  require(first_end != bytes.npos);
  const std::string_view first = bytes.substr(0, first_end);
  if (reader.kind() == ReplyReader::Kind::error) {
    require(starts_with(first, "error ", kName));
    require(reader.error_text().size() <= 1024);
    return;
  }
  require(starts_with(first, "reply ", kName));
  require(reader.status() >= 0 && reader.status() <= 255);
  require(reader.output().size() <= kOutputLimit);
  require(reader.output().empty() || reader.output().back() == '\n');
  bool ended = false;
  for (std::size_t end = first_end; end != bytes.npos && !ended; end = bytes.find('\n', end + 1)) {
    ended = line_before(bytes, end) == "end 0123456789abcdef";
  }
  require(ended);
}

void check_reply(std::string_view bytes, std::size_t piece) {
  ReplyReader whole(kOutputLimit);
  whole.expect(kId);
  whole.read(bytes);
  ReplyReader pieces(kOutputLimit);
  pieces.expect(kId);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    pieces.read(bytes.substr(at, piece));
  }
  require(whole.state() == pieces.state());
  require(whole.output() == pieces.output());
  require(whole.error_text() == pieces.error_text());
  require(whole.problem() == pieces.problem());
  require(whole.has_surplus() == pieces.has_surplus());
  if (whole.state() == ReplyReader::State::complete) {
    check_complete(whole, bytes);
  }

  // The same bytes are nothing to any other request.
  ReplyReader other(kOutputLimit);
  other.expect(RequestId(0x0123456789abcdee));
  if (whole.state() == ReplyReader::State::complete) {
    require(other.read(bytes) == ReplyReader::State::invalid);
  }
}

void check_hello(std::string_view line) {
  const auto hello = read_worker_hello(line);
  if (hello) {
    require(hello->version == kWorkerProtocolVersion);
    return;
  }
  const std::string& message = hello.error().message;
  require(message.size() < 400);
  require(std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace
}  // namespace kamexec::pool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t piece = 1 + data[0] % 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  kamexec::pool::check_hello(bytes.substr(0, bytes.find('\n')));
  kamexec::pool::check_reply(bytes, piece);
  return 0;
}
