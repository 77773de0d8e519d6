// SPDX-License-Identifier: GPL-2.0-or-later
// The workers in examples/workers: they answer as the protocol's document shows, and nothing that a
// caller sends upsets them.
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "fixture.h"
#include "support/documented_exchange.h"

namespace kamexec::pool {
namespace {

using namespace std::string_literals;

/// The path of the first of @p names that is installed; empty: none.
std::string find_interpreter(const std::vector<std::string>& names) {
  const char* path = std::getenv("PATH");
  std::istringstream directories("/usr/bin:"s + (path == nullptr ? "" : path));
  for (std::string directory; std::getline(directories, directory, ':');) {
    for (const std::string& name : names) {
      std::string file = directory + "/" + name;
      if (::access(file.c_str(), X_OK) == 0) {
        return file;
      }
    }
  }
  return {};
}

struct Example {
  std::string name;
  std::string script;
  std::vector<std::string> interpreters;
  std::vector<std::string> options = {};
};

class ExampleWorker : public PoolTest, public ::testing::WithParamInterface<Example> {
 protected:
  void SetUp() override {
    PoolTest::SetUp();
    const std::string interpreter = find_interpreter(GetParam().interpreters);
    if (interpreter.empty()) {
      GTEST_SKIP() << GetParam().interpreters[0] << " is not installed";
    }
    command_ = {interpreter};
    command_.insert(command_.end(), GetParam().options.begin(), GetParam().options.end());
    command_.push_back(KAMEXEC_EXAMPLE_WORKERS "/" + GetParam().script);
  }

  std::vector<std::string> command_;
};

TEST_P(ExampleWorker, AnswersAsTheDocumentShows) {
  std::string input;
  std::string expected;
  for (const test::Turn& turn : test::documented_exchange(KAMEXEC_WORKER_PROTOCOL)) {
    (turn.asks ? input : expected) += turn.bytes;
  }
  process::RunOptions options = capturing();
  options.input = input;
  const process::RunResult result =
      run_program(command_[0], {command_.begin() + 1, command_.end()}, options);
  EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail << result.error;
  EXPECT_EQ(result.output, expected);
  EXPECT_EQ(result.error, "");
}

TEST_P(ExampleWorker, ServesAPool) {
  make_pool_of(command_);
  for (int i = 0; i < 50; ++i) {
    const std::string number = "4930" + std::to_string(i);
    const process::RunResult yes = ask({number});
    EXPECT_EQ(yes.outcome.cause, process::Cause::ok) << yes.outcome.detail << yes.error;
    EXPECT_EQ(yes.output,
              "sip:" + number + "@gw1.example.net\nsip:" + number + "@gw2.example.net\n");
    const process::RunResult no = ask({"33" + std::to_string(i)});
    EXPECT_EQ(no.outcome.cause, process::Cause::nonzero_exit) << no.outcome.detail << no.error;
    EXPECT_EQ(no.outcome.exit_status, 1);
    EXPECT_EQ(no.output, "no route\n");
  }
  const process::RunResult none = ask({});
  EXPECT_EQ(none.outcome.cause, process::Cause::unusable);
  EXPECT_EQ(none.outcome.detail, "the worker says: no number was given");
  EXPECT_EQ(pool().counters().started, 1u);
}

TEST_P(ExampleWorker, IsNotUpsetByWhatCallersSend) {
  make_pool_of(command_);
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  for (const std::string& hostile :
       {""s, all, "49\n"s, "49\nend 0"s, "\n49"s, "49%"s, "%41%zz"s, "49\0"s, "\xff\xfe"s,
        "$(exit 1)"s, "`exit 1`"s, "'; exit 1; '"s, "49*"s, "* *"s, "-n"s, "\\n\\"s, " 49 "s,
        "\xd9\xa4\xd9\xa9"s, std::string(60'000, '%')}) {
    const process::RunResult result = ask({hostile, hostile});
    EXPECT_EQ(result.outcome.cause, process::Cause::nonzero_exit)
        << result.outcome.detail << result.error;
    EXPECT_EQ(result.output, "no route\n");
  }
  EXPECT_EQ(pool().counters().started, 1u);
}

INSTANTIATE_TEST_SUITE_P(Languages, ExampleWorker,
                         ::testing::Values(Example{"Python", "gateways.py", {"python3"}},
                                           Example{"Perl", "gateways.pl", {"perl"}},
                                           Example{"Lua",
                                                   "gateways.lua",
                                                   {"lua", "lua5.4", "lua5.3", "lua5.2", "luajit"}},
                                           Example{"Sh", "gateways.sh", {"sh"}},
                                           Example{"Dash", "gateways.sh", {"dash"}},
                                           Example{"Bash", "gateways.sh", {"bash"}},
                                           Example{"Busybox", "gateways.sh", {"busybox"}, {"sh"}}),
                         [](const auto& one) { return one.param.name; });

class ShellValues : public PoolTest, public ::testing::WithParamInterface<std::string> {
 protected:
  std::string in_shell(const std::string& text, const std::string& value) {
    const std::string shell = find_interpreter({GetParam()});
    if (shell.empty()) {
      return "no " + GetParam();
    }
    std::vector<std::string> arguments{"-c", ". '" KAMEXEC_EXAMPLE_WORKERS "/values.sh'; " + text,
                                       "values", value};
    if (GetParam() == "busybox") {
      arguments.insert(arguments.begin(), "sh");
    }
    return run_program(shell, arguments).output;
  }
};

TEST_P(ShellValues, AreDecodedAndEscaped) {
  if (find_interpreter({GetParam()}).empty()) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  std::string all_text;
  std::string all;
  for (int byte = 1; byte < 256; ++byte) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(byte));
    all_text += code;
    all += static_cast<char>(byte);
  }
  const std::string decode = "decoded \"$1\"; printf '%s' \"$result\"";
  EXPECT_EQ(in_shell(decode, all_text), all);
  EXPECT_EQ(in_shell(decode, "a%20b%0A%0Ac%25%0A"), "a b\n\nc%\n");
  EXPECT_EQ(in_shell(decode, ""), "");
  EXPECT_EQ(in_shell(decode, "*%00*"), "**");
  const std::string escape = "escaped \"$1\"; printf '%s' \"$result\"";
  EXPECT_EQ(in_shell(escape, "100% of\n%41\n"), "100%25 of%0A%2541%0A");
  EXPECT_EQ(in_shell(escape, "plain * [x] $y \\n"), "plain * [x] $y \\n");
  EXPECT_EQ(in_shell(escape, ""), "");
}

INSTANTIATE_TEST_SUITE_P(Shells, ShellValues, ::testing::Values("sh", "dash", "bash", "busybox"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace kamexec::pool
