// SPDX-License-Identifier: GPL-2.0-or-later
// What following the values of a text costs: counted in steps, as times are another on each
// machine.
#include <gtest/gtest.h>

#include <functional>

#include "command/symbols.h"
#include "command/taint.h"
#include "interpreted_texts.h"
#include "template_text.h"

namespace kamexec::command {
namespace {

constexpr std::size_t kLong = 64 << 10;
constexpr std::string_view kTooInvolved = "the text is too long or too complex to be followed";

Interpretation interpretation(std::string_view text) {
  const CommandTemplate parts = template_of(text);
  const std::vector<std::string> names(variables_in(text), "$rU");
  PrepareOptions options;
  options.environment_is_callers = true;
  return find_interpreted(scan(symbols_of(parts), names.size()), names, -1, options);
}

bool gives_up(const Interpretation& found) {
  return !found.places.empty() && found.places.back().message == kTooInvolved;
}

using Piece = std::function<std::string(std::size_t)>;

struct Shape {
  std::string name;
  std::string before;
  Piece piece;  ///< repeated; given its number
  std::string after;

  [[nodiscard]] std::string text(std::size_t size) const {
    std::string text = before;
    for (std::size_t i = 0; text.size() + after.size() < size; ++i) {
      text += piece(i);
    }
    return text + after;
  }
};

Piece always(const std::string& text) {
  return [text](std::size_t) { return text; };
}

/// "a", the number and the one behind it in place of "<" and ">".
Piece numbered(const std::string& text) {
  return [text](std::size_t i) {
    std::string piece;
    for (const char c : text) {
      piece += c == '<' ? std::to_string(i) : c == '>' ? std::to_string(i + 1) : std::string(1, c);
    }
    return piece;
  };
}

std::vector<Shape> hostile_shapes() {
  return {{"assignments in order", "a0=¤; ", numbered("a>=$a<; "), "b"},
          {"assignments against the order", "", numbered("a<=$a>; "), "a999999=¤; b"},
          {"functions that call the next", "", numbered("f<(){ f> \"$1\"; }; "), "f0 ¤"},
          {"functions that call all", "", numbered("f<(){ f0 \"$@\" | f>; f1 \"$@\"; }; "), "f0 ¤"},
          {"functions of one name", "", always("f(){ echo $1; }; "), "f ¤"},
          {"pipeline", "echo ¤", always(" | cat"), ""},
          {"pipeline of groups", "echo ¤", always(" | { cat; }"), ""},
          {"pipelines of variables", "", numbered("echo $a> | read a<; "), "echo ¤"},
          {"groups in groups", "", always("( "), "echo ¤"},
          {"substitutions", "echo ", numbered("$(echo <) "), "¤"},
          {"loops", "", always("while read n; do echo $n; done; "), "echo ¤"},
          {"words", "echo ", numbered("a< "), "¤"},
          {"values", "echo ", always("¤ "), ""},
          {"variables in a word", "echo \"", numbered("${a<}"), "¤\""},
          {"programs", "", numbered("/a/b< x; "), "echo ¤"},
          {"wrappers", "", always("env nice "), "sh -c ¤"},
          {"xargs", "", always("xargs "), "¤"},
          {"find", "find ", always("-exec "), "¤"},
          {"options", "tar ", numbered("-xvf< "), "¤"},
          {"letters of an option", "sh -", always("xyz"), " -c ¤"},
          {"texts in the text", "", numbered("sh -c 'b \"$1\" <' sh ¤; "), ""},
          {"one large text in the text", "sh -c '", always("b $1; "), "' sh ¤"},
          {"texts of a variable", "", always("a='b -c d e f g'; $a; "), "echo ¤"},
          {"exported variables", "", numbered("export a<=1; env; "), "echo ¤"},
          {"exported variables as code", "", numbered("export a<=1; perl -e b c; "), "echo ¤"},
          {"files", "", numbered("cat <f> >f<; "), "echo ¤ >f99999"},
          {"here-documents", "", numbered("cat <<E\n<\nE\n"), "echo ¤"},
          {"computing", "", numbered("echo $((a< + 1)); "), "echo ¤"},
          {"places with an error", "", always("sh -c ¤; "), ""},
          {"the choice of case", "case ¤ in ", numbered("a<) b;; "), "esac"}};
}

TEST(AnalysisCost, IsBoundedWhateverTheTextsShape) {
  for (const Shape& shape : hostile_shapes()) {
    const std::string text = shape.text(kLong);
    const Interpretation found = interpretation(text);
    EXPECT_GT(found.steps, 0U) << shape.name;
    EXPECT_LE(found.steps, kMostSteps + 1) << shape.name;
    // What was not followed to the end is never let pass.
    EXPECT_EQ(found.steps > kMostSteps, gives_up(found)) << shape.name;
    EXPECT_TRUE(gives_up(found)) << shape.name << ": all the work is done and not counted?";
  }
}

TEST(AnalysisCost, CountsMoreForMore) {
  for (const Shape& shape : hostile_shapes()) {
    const std::size_t one = interpretation(shape.text(300)).steps;
    const std::size_t two = interpretation(shape.text(600)).steps;
    EXPECT_LE(one, kMostSteps) << shape.name;
    EXPECT_GT(two, one + one / 4) << shape.name;
    EXPECT_LT(two, 5 * one) << shape.name;
  }
}

TEST(AnalysisCost, OfTextsThatOperatorsWriteIsFarFromTheBound) {
  for (const InterpretedText& one : interpreted_texts()) {
    EXPECT_LT(interpretation(one.text).steps, kMostSteps / 8) << one.text;
  }
  for (const char* text : data_texts()) {
    EXPECT_LT(interpretation(text).steps, kMostSteps / 8) << text;
  }
}

TEST(AnalysisCost, BeyondTheBoundIsAnErrorWhereSomethingOfACallersIsInTheText) {
  const Shape words{"", "echo ", always("a "), ""};
  PrepareOptions options;
  EXPECT_TRUE(prepared(words.text(kLong), options).command) << "there is no value in it";
  const std::string text = words.text(kLong) + "¤";
  const std::vector<std::string> all = findings(prepared(text, options), Finding::Severity::error);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], "1:1 $v1 can't be used here: " + std::string(kTooInvolved));
  EXPECT_TRUE(prepared("# kamexec: allow length\n" + text, options).command);
  options.facts_of = [](std::string_view) { return ValueFacts{false, true, false}; };
  EXPECT_TRUE(prepared(text, options).command) << "the value is the server's own";
  options.facts_of = nullptr;
  options.environment_is_callers = true;
  EXPECT_FALSE(prepared(words.text(kLong), options).command) << "SIP_* is in its environment";
}

}  // namespace
}  // namespace kamexec::command
