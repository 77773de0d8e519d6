// SPDX-License-Identifier: GPL-2.0-or-later
// Each value that is shown to break out does so in a real shell: `id` is a program of the test's
// own that leaves a file behind.
#include "tool/check/break_out.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "fixture.h"
#include "process/run.h"

namespace kamexec::tool::check {
namespace {

struct Shell {
  const char* path;
  const char* option = nullptr;
};

class BreakOut : public testing::Test {
 protected:
  void SetUp() override {
    const std::string id = directory_.write("id", "#!/bin/sh\n: >" + directory_.path() + "/ran\n");
    ASSERT_EQ(::chmod(id.c_str(), 0755), 0);
  }

  /// Whether @p text, run by @p shell, starts `id`.
  bool runs_id(const Shell& shell, std::string text) {
    const std::string mark = directory_.path() + "/ran";
    std::filesystem::remove(mark);
    std::string path = "PATH=" + directory_.path() + ":/usr/bin:/bin";
    char* environment[] = {path.data(), nullptr};
    std::string program = shell.path;
    std::string option = shell.option == nullptr ? "" : shell.option;
    std::string run_text = "-c";
    std::vector<char*> argv = {program.data()};
    if (!option.empty()) {
      argv.push_back(option.data());
    }
    argv.insert(argv.end(), {run_text.data(), text.data(), nullptr});
    process::ProgramStart start;
    start.program = shell.path;
    start.argv = argv.data();
    start.environment = environment;
    start.working_directory = directory_.path().c_str();
    process::RunOptions options;
    options.timeout = std::chrono::seconds(10);
    static_cast<void>(process::run(start, options));
    return std::filesystem::exists(mark);
  }

  Directory directory_;
};

TEST_F(BreakOut, EveryValueThatIsShownRunsInEveryShell) {
  const std::vector<std::string> texts = {"true $rU",
                                          "true a$rU-b",
                                          "true \"$rU\"",
                                          "true \"a $rU b\"",
                                          "true '$rU'",
                                          "true 'a $rU'",
                                          "true $$(true $rU)",
                                          "true \"$$(true '$rU')\"",
                                          "true `true $rU`",
                                          "true `true '$rU'`",
                                          "true \"`true \"$rU\"`\"",
                                          "cat >/dev/null <<END\na $rU\nEND",
                                          "case $rU in *) ;; esac",
                                          "if true '$rU'; then true; fi",
                                          "true $$((1 + $rU))",
                                          "true \\$rU",
                                          "true \"\\$rU\"",
                                          "true $${X:-$rU}",
                                          "true \"$${X:-$rU}\"",
                                          "true >/dev/null $rU",
                                          "X=$rU true",
                                          "X='$rU' true",
                                          "true '$fn'",
                                          "true \"$fn\"",
                                          "true $fn",
                                          "true '$rd'",
                                          "true $rd",
                                          "true \"$ru\"",
                                          "true '$ru'",
                                          "true `true $ru`",
                                          "true # $(hdr(X))",
                                          "true; # '$(hdr(X))'\ntrue",
                                          "true '$rm' $ci \"$(hdr(X))\"",
                                          "(true '$rU') | cat",
                                          "f() { true; }; f '$rU'",
                                          "true <<END '$rU'\na\nEND"};
  // busybox sh has an id of its own.
  const std::vector<Shell> shells = {{"/bin/sh"}, {"/bin/bash"}, {"/bin/bash", "--posix"}};
  std::size_t tried = 0;
  for (const std::string& text : texts) {
    // As the text of a '…' string has no escapes, "…" is used and its own are added.
    std::string written;
    for (const char c : text) {
      written += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    const Assessment assessment = assess_one("exec_cmd(\"" + written + "\");");
    ASSERT_FALSE(assessment.uses.empty()) << text;
    for (const Use& use : assessment.uses) {
      EXPECT_EQ(use.level, Level::danger) << text;
      ASSERT_FALSE(use.value.empty()) << text << " " << use.variable;
      std::string pasted = text;
      for (const Use& other : assessment.uses) {
        const std::size_t at = pasted.find(other.variable);
        pasted.replace(at, other.variable.size(), &other == &use ? use.value : "x");
      }
      for (std::size_t dollar = pasted.find("$$"); dollar != std::string::npos;
           dollar = pasted.find("$$", dollar + 1)) {
        pasted.erase(dollar, 1);
      }
      for (const Shell& shell : shells) {
        if (std::filesystem::exists(shell.path)) {
          EXPECT_TRUE(runs_id(shell, pasted)) << shell.path << ": " << pasted;
          ++tried;
        }
      }
    }
  }
  EXPECT_GE(tried, texts.size());
}

TEST_F(BreakOut, TheShellIsNotFooledByTheTestItself) {
  EXPECT_TRUE(runs_id({"/bin/sh"}, "id"));
  EXPECT_FALSE(runs_id({"/bin/sh"}, "true '$(id)'"));
  EXPECT_FALSE(runs_id({"/bin/sh"}, "true # $(id)"));
}

/// What is prepared of the same texts runs nothing (delivery_test has many more).
TEST_F(BreakOut, TheValueAddedToADestinationSetBreaksOutToo) {
  const Assessment assessment = assess_one("exec_dset(\"true\");");
  ASSERT_EQ(assessment.uses.size(), 1U);
  EXPECT_EQ(assessment.level, Level::danger);
  EXPECT_TRUE(runs_id({"/bin/sh"}, "true '" + assessment.uses[0].value + "'"));
}

TEST(BreakOutValue, IsEmptyWhereNoneIsKnown) {
  EXPECT_EQ(break_out_value(variables::Form::user, Context::comment, false), "");
  EXPECT_EQ(break_out_value(variables::Form::none, Context::unquoted, false), "");
  EXPECT_EQ(break_out_value(variables::Form::folded_text, Context::quoted_here_document, false),
            "");
  EXPECT_EQ(break_out_value(variables::Form::display_name, Context::unquoted, true), "");
}

}  // namespace
}  // namespace kamexec::tool::check
