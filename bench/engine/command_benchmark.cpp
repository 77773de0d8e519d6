// SPDX-License-Identifier: GPL-2.0-or-later
// A command's text: read once when the configuration is loaded, filled with values in each call.
#include <benchmark/benchmark.h>

#include <array>
#include <string_view>

#include "command/argv.h"
#include "command/prepare.h"

namespace kamexec {
namespace {

command::CommandTemplate plain_words() {
  return {{false, "/bin/echo hello "}, {true, "$rU"}};
}

command::CommandTemplate shell_text() {
  return {{false, "logger -t sip \"call to '"},
          {true, "$rU"},
          {false, "'\" && echo "},
          {true, "$si"},
          {false, " | cut -d. -f1 >> /var/log/$(date +%F).log"}};
}

constexpr std::array<std::string_view, 2> kValues{"+4930123456", "192.0.2.17"};

void prepare_command(benchmark::State& state, const command::CommandTemplate& text) {
  for (auto _ : state) {
    command::Preparation preparation = command::prepare(text);
    benchmark::DoNotOptimize(preparation);
  }
}

void fill_argv(benchmark::State& state, const command::CommandTemplate& text) {
  const command::Preparation preparation = command::prepare(text);
  if (!preparation.command) {
    state.SkipWithError("the command can't be prepared");
    return;
  }
  const std::span values = std::span(kValues).first(preparation.command->value_count);
  command::Argv argv;
  for (auto _ : state) {
    const Result<void> filled = argv.fill(*preparation.command, values);
    if (!filled) {
      state.SkipWithError(filled.error().message.c_str());
      break;
    }
    benchmark::DoNotOptimize(argv.data());
  }
}

BENCHMARK_CAPTURE(prepare_command, plain_words, plain_words());
BENCHMARK_CAPTURE(prepare_command, shell_text, shell_text());
BENCHMARK_CAPTURE(fill_argv, plain_words, plain_words());
BENCHMARK_CAPTURE(fill_argv, shell_text, shell_text());

}  // namespace
}  // namespace kamexec
