// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "tool/try/recording_transport.h"

namespace kamexec::tool {
namespace {

using From = ExchangedLine::From;

/// "> " what the server said, "< " what the worker said.
std::string shown(const Exchange& exchange) {
  std::string all;
  for (const ExchangedLine& line : exchange.lines()) {
    all += (line.from == From::server ? "> " : "< ") + line.text + "\n";
  }
  return all;
}

TEST(Exchange, MakesLinesOfWhatPasses) {
  Exchange exchange;
  exchange.add(From::server, "hello 1\nrequest a\n");
  exchange.add(From::worker, "hel");
  exchange.add(From::worker, "lo 1\n");
  exchange.add(From::server, "");
  exchange.add(From::worker, "reply a 0\nend");
  EXPECT_EQ(shown(exchange), "> hello 1\n> request a\n< hello 1\n< reply a 0\n< end\n");
}

TEST(Exchange, KeepsLinesApartWhereTheTwoInterrupt) {
  Exchange exchange;
  exchange.add(From::worker, "abc");
  exchange.add(From::server, "x\n");
  exchange.add(From::worker, "def\n\n");
  EXPECT_EQ(shown(exchange), "< abc\n> x\n< def\n< \n");
}

TEST(Exchange, IsBounded) {
  Exchange exchange;
  const std::string much(Exchange::kMostBytes, 'a');
  exchange.add(From::worker, much);
  exchange.add(From::worker, "b\n");
  EXPECT_EQ(exchange.lines().size(), 2U);
  EXPECT_NE(exchange.lines().back().text.find("further lines"), std::string::npos);
}

}  // namespace
}  // namespace kamexec::tool
