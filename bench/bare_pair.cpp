// SPDX-License-Identifier: GPL-2.0-or-later
// bare_pair REQUEST REPLY [relayed]
//
// Makes bare round trips over a socket pair, REQUEST bytes to a child and REPLY bytes back, as many
// as it is told (repeat.h); with "relayed" through a process between the two. Exit status 2 for a
// mistake in what it was told.
#include "bare/bare_pair.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "repeat.h"

namespace {

/// 0 for what is no number.
std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  const bool relayed = count == 4 && std::string_view(words[3]) == "relayed";
  const bool told = count == 3 || relayed;
  const std::size_t reply = told ? number(words[2]) : 0;
  kamexec::Result<kamexec::bare::BarePair> pair = kamexec::bare::BarePair::create(
      told ? number(words[1]) : 0, reply,
      relayed ? kamexec::bare::Hops::two : kamexec::bare::Hops::one);
  if (!pair) {
    std::fprintf(stderr, "usage: bare_pair REQUEST REPLY [relayed] (%s)\n",
                 pair.error().message.c_str());
    return 2;
  }
  return kamexec::repeat_as_told("bare_pair", [&]() -> kamexec::Result<std::size_t> {
    if (const kamexec::Result<void> made = pair->round_trip(); !made) {
      return tl::unexpected(made.error());
    }
    return reply;
  });
}
