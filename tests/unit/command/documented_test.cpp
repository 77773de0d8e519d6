// SPDX-License-Identifier: GPL-2.0-or-later
// The examples of docs/prepared-commands.md: blocks marked "prepared", a text and what it becomes.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>

#include "template_text.h"

namespace kamexec::command {
namespace {

/// A text as kamailio.cfg has it: $name and $(name) are variables, $$ is '$'.
std::string marked(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      result += text[at++];
    } else if (text.substr(at, 2) == "$$") {
      result += '$';
      at += 2;
    } else if (text.substr(at, 2) == "$(") {
      result += kVariable;
      at = text.find(')', at) + 1;
    } else {
      result += kVariable;
      for (++at; at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0;) {
        ++at;
      }
    }
  }
  return result;
}

TEST(Documented, ExamplesAreTrue) {
  std::ifstream file(TEST_DOCUMENT);
  const std::string document((std::istreambuf_iterator<char>(file)), {});
  const std::string begin = "```prepared\n";
  const std::string arrow = "\n=>\n";
  int examples = 0;
  for (std::size_t at = document.find(begin); at != document.npos; at = document.find(begin, at)) {
    at += begin.size();
    const std::string block = document.substr(at, document.find("\n```", at) - at);
    const std::size_t middle = block.find(arrow);
    ASSERT_NE(middle, block.npos) << block;
    EXPECT_EQ(constant_text(marked(block.substr(0, middle))), block.substr(middle + arrow.size()));
    ++examples;
  }
  EXPECT_GE(examples, 5);
}

}  // namespace
}  // namespace kamexec::command
