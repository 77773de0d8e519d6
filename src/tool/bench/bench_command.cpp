// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "bare/one_processor.h"
#include "base/printable.h"
#include "tool/bench/contest.h"
#include "tool/bench/report.h"
#include "tool/bench/standard_streams.h"
#include "tool/commands.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

Result<Measured> measured(const BenchOptions& options) {
  const QuietStreams quiet;
  const std::vector<char> heap(static_cast<std::size_t>(options.heap_mib) << 20, 'x');
  const Result<std::unique_ptr<BenchInputs>> inputs = read_bench_inputs(options);
  if (!inputs) {
    return tl::unexpected<Error>(inputs.error());
  }
  std::optional<bare::OneProcessor> here;
  if ((*inputs)->is_pooled()) {
    here.emplace();
  }
  const Result<Contest> contest =
      (*inputs)->is_pooled() ? pool_contest(**inputs) : command_contest(**inputs);
  if (!contest) {
    return tl::unexpected<Error>(contest.error());
  }
  Result<Measured> result = measure(*contest, {options.rounds, options.calls, options.seconds});
  if (result && !heap.empty()) {
    result->notes.push_back("this process held " + std::to_string(options.heap_mib) +
                            " MiB of memory, all of it written to");
  }
  return result;
}

int bench_command(const BenchOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const Result<Measured> result = measured(options);
  if (!result) {
    if (options.json) {
      std::fputs(bench_json_error(result.error()).c_str(), stdout);
    } else {
      std::fprintf(stderr, "kamexec bench: %s\n", printable(result.error().message, 2000).c_str());
    }
    return kUnusable;
  }
  std::fputs((options.json ? bench_json(*result) : bench_text(*result, colours_wanted())).c_str(),
             stdout);
  return kFine;
}

}  // namespace

void add_bench_command(CLI::App& app, int& status) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand(
      "bench",
      "Measures what a call costs on this machine, compared with Kamailio's own module and with "
      "the bare system calls, without a server");
  command->footer(
      "To compare with the distribution's module in a server, run make bench in the source tree.");
  command->add_option("command", options->command,
                      "The command's text, without variables [/bin/echo hello]");
  command
      ->add_option(
          "-p,--program", options->programs,
          "A program's definition, as the module's parameter program; the command may then be "
          "'@NAME ARGUMENT...'; repeatable")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--rounds", options->rounds, "How often each method is measured")
      ->check(CLI::Range(kLeastRounds, 10'000))
      ->capture_default_str();
  command
      ->add_option("--calls", options->calls,
                   "Calls of each method per round [as many as take about 30 ms]")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--seconds", options->seconds, "No further round begins after this time")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command
      ->add_option("--heap", options->heap_mib,
                   "MiB of memory that the calling process holds, as a server does")
      ->check(CLI::Range(0, 65'536))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Write one JSON object");
  command->callback([options, &status] { status = bench_command(*options); });
}

}  // namespace kamexec::tool
