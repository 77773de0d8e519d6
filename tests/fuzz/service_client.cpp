// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as what a client sends to the daemon, in pieces of any size. What is told of them is
// the same for all sizes, and a call that is told is written again as one that is told the same.
#include <cstdint>
#include <cstdlib>

#include "../unit/service/told.h"

namespace kamexec::service {
namespace {

constexpr std::size_t kLimit = 400;
/// Of one line, the values, and what an argument takes beside.
constexpr std::size_t kMostHeld = 64 * kLimit;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_written_again(const ToldByClient& told) {
  const std::vector<std::string_view> arguments(told.arguments.begin(), told.arguments.end());
  std::string text;
  append_client_hello(text);
  if (told.kind == "call") {
    CallRequest request{told.id,  told.word,      told.time_left, told.program, arguments,
                        told.uri, told.variables, told.message,   told.input};
    require(append_call(text, request, std::size_t{1} << 20));
  } else if (told.kind == "control") {
    append_control(text, {told.id, told.word, arguments});
  } else if (told.kind == "cancel") {
    append_cancel(text, told.id);
  } else {
    return;
  }
  ClientReader reader(std::size_t{1} << 20);
  ClientRecord record;
  require(read_in_pieces(reader, text, text.size(), record).empty());
  require(record.told().size() == 2 && record.told()[1] == told);
  require(!reader.in_message());
}

void check(std::string_view bytes, std::size_t piece) {
  ClientReader whole(kLimit);
  ClientRecord said_whole;
  const std::string problem = read_in_pieces(whole, bytes, bytes.size(), said_whole);
  require(problem.size() < 400 && is_printable(problem));
  require(whole.held() <= kMostHeld);
  require(said_whole.arguments_end_in_nul());

  ClientReader pieces(kLimit);
  ClientRecord said_in_pieces;
  require(read_in_pieces(pieces, bytes, piece, said_in_pieces) == problem);
  require(said_whole.told() == said_in_pieces.told());
  require(!problem.empty() || whole.in_message() == pieces.in_message());

  for (const ToldByClient& told : said_whole.told()) {
    require(told.id.size() <= 32 && is_printable(told.id) && is_printable(told.word));
    check_written_again(told);
  }
}

}  // namespace
}  // namespace kamexec::service

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  kamexec::service::check(bytes, 1 + data[0] % 16);
  return 0;
}
