// SPDX-License-Identifier: GPL-2.0-or-later
// Deep nesting and long texts: bounded, and linear in time.
#include <gtest/gtest.h>

#include <chrono>

#include "template_text.h"

namespace kamexec::command {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

struct Nest {
  const char* open;
  const char* close;
};

TEST(Nesting, IsReadToADepthThatNobodyWrites) {
  for (const Nest& nest :
       {Nest{"\"$(a ", ")\""}, Nest{"$(a ", ")"}, Nest{"${x:-", "}"}, Nest{"\"${x:-", "}\""}}) {
    const std::string text = "a " + repeated(nest.open, 30) + "b ¤" + repeated(nest.close, 30);
    const bool is_quoted_default = nest.open[0] == '"' && nest.open[2] == '{';
    EXPECT_EQ(prepared(text).command.has_value(), !is_quoted_default) << text;
  }
}

TEST(Nesting, IsRefusedBeyond) {
  for (const Nest& nest : {Nest{"$(a ", ")"}, Nest{"${x:-", "}"}, Nest{"\"$(a ", ")\""},
                           Nest{"$((", "))"}, Nest{"$(a <<E\n", "\nE\n)"}, Nest{"<(", ")"}}) {
    for (const std::size_t depth : {50U, 20'000U}) {
      EXPECT_FALSE(
          prepared("a " + repeated(nest.open, depth) + "¤" + repeated(nest.close, depth)).command)
          << nest.open;
      EXPECT_FALSE(prepared("a " + repeated(nest.open, depth) + "¤").command) << nest.open;
    }
  }
}

TEST(Nesting, OfParenthesesAndCommandsNeedsNoLimit) {
  const std::string text = repeated("( ", 5000) + "a ¤" + repeated(" )", 5000);
  EXPECT_TRUE(prepared(text).command);
  EXPECT_TRUE(prepared(repeated("case a in a) ", 500) + "b ¤" + repeated(" ;; esac", 500)).command);
}

TEST(LongText, TakesTimeInProportion) {
  for (const char* piece : {"a ¤ ",
                            "a 'b' \"c\" $d ${e:-f} $(g) `h` | i; ",
                            "<<E ¤\n",
                            "\nE\n",
                            "a <<E\nb ¤\nE\n",
                            "\\\n",
                            "$((1)) ",
                            "case a in b) c;; esac; ",
                            "''",
                            "\"",
                            "# \n",
                            "(",
                            ")",
                            "${",
                            "$(",
                            "a[¤]=1 ",
                            "export ¤ ",
                            "x=¤; ",
                            "sh; ",
                            "sudo sh ",
                            "a ¤ | sh | ",
                            "sh $(",
                            "for x in ¤; "}) {
    const std::string text = repeated(piece, (1U << 20) / std::string_view(piece).size());
    const auto begin = std::chrono::steady_clock::now();
    PrepareOptions options;
    options.append_argument = true;
    options.interpreted = InterpretedValues::warn;
    static_cast<void>(prepared(text, options));
    // A quadratic step over a mebibyte takes minutes.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << piece;
  }
}

}  // namespace
}  // namespace kamexec::command
