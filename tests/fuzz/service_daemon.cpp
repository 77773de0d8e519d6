// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as what the daemon sends to a client, in pieces of any size. What is told of them is
// the same for all sizes, and a reply that is told is written again as one that is told the same.
#include <cstdint>
#include <cstdlib>

#include "../unit/service/told.h"

namespace kamexec::service {
namespace {

constexpr std::size_t kLimit = 300;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_result(const process::RunResult& result) {
  const process::Outcome& outcome = result.outcome;
  require(result.output.size() <= kLimit && result.error.size() <= kLimit);
  require(is_printable(outcome.detail) && outcome.detail.size() <= 4096);
  require(outcome.exit_status >= -1 && outcome.exit_status <= 255 && outcome.signal >= 0);
  require(outcome.cause != process::Cause::ok || (outcome.exit_status == 0 && outcome.signal == 0));
  require(outcome.cause != process::Cause::nonzero_exit ||
          (outcome.exit_status == -1) == (outcome.signal != 0));
}

void check_written_again(const ToldByDaemon& told) {
  std::string text;
  append_daemon_hello(text);
  if (told.kind == "notice") {
    append_notice(text, told.notice);
  } else if (told.kind == "gone") {
    append_gone(text, told.id);
  } else if (told.kind == "reply") {
    append_reply(text, told.id, told.result);
  } else {
    return;
  }
  DaemonReader reader(kLimit);
  DaemonRecord record;
  require(read_in_pieces(reader, text, text.size(), record).empty());
  require(record.told().size() == 2 && record.told()[1] == told);
}

void check(std::string_view bytes, std::size_t piece) {
  DaemonReader whole(kLimit);
  DaemonRecord said_whole;
  const std::string problem = read_in_pieces(whole, bytes, bytes.size(), said_whole);
  require(problem.size() < 400 && is_printable(problem));

  DaemonReader pieces(kLimit);
  DaemonRecord said_in_pieces;
  require(read_in_pieces(pieces, bytes, piece, said_in_pieces) == problem);
  require(said_whole.told() == said_in_pieces.told());

  for (const ToldByDaemon& told : said_whole.told()) {
    require(told.id.size() <= 64 && is_printable(told.id) && is_printable(told.notice.name));
    if (told.kind == "reply") {
      check_result(told.result);
    }
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
