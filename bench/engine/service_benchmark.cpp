// SPDX-License-Identifier: GPL-2.0-or-later
// One call of a worker behind kamexecd, and one that its cache answers, beside bare round trips of
// the same bytes: over two hops with a relay between, and over one.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "bare/bare_pair.h"
#include "bare/one_processor.h"
#include "service/client.h"

namespace kamexec {
namespace {

constexpr std::string_view kArguments[] = {"hello", "bob"};
constexpr std::chrono::seconds kPatience{20};

// docs/service-protocol.md, for the calls below.
constexpr std::string_view kRequest =
    "request 0123456789abcdef avp 2000\nprogram echo\narg hello\narg bob\nend 0123456789abcdef\n";
constexpr std::string_view kReply =
    "reply 0123456789abcdef 0\nline hello bob\nran 12345 0 20\nend 0123456789abcdef\n";

/// A kamexecd with its files in a directory of its own; on this processor, if the caller is.
class Daemon {
 public:
  Daemon() {
    std::string directory = "/tmp/kamexec-bench-XXXXXX";
    if (::mkdtemp(directory.data()) == nullptr) {
      return;
    }
    directory_ = directory;
    const std::string worker = "run = " KAMEXEC_ECHO_WORKER "\nvia = pool\nworkers = 1\n";
    std::ofstream(directory_ + "/programs.conf") << "[echo]\n"
                                                 << worker << "\n[kept]\n"
                                                 << worker << "cache = 1h\n";
    pid_ = ::fork();
    if (pid_ == 0) {
      const int log = ::open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT, 0600);
      ::dup2(log, STDERR_FILENO);
      ::execl(KAMEXEC_DAEMON, "kamexecd", "--config", directory_.c_str(), "--socket",
              socket().c_str(), "--state", directory_.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~Daemon() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    std::error_code ignored;
    if (!directory_.empty()) {
      std::filesystem::remove_all(directory_, ignored);
    }
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] std::string socket() const { return directory_ + "/socket"; }

 private:
  std::string directory_;
  pid_t pid_ = 0;
};

/// A client that has met the daemon; nullptr: there is none.
std::unique_ptr<service::Client> client_of(const Daemon& daemon) {
  service::ClientOptions options;
  options.socket = daemon.socket();
  Result<std::unique_ptr<service::Client>> made = service::Client::create(std::move(options));
  const TimePoint until = after(Clock::now(), kPatience);
  while (made && Clock::now() < until) {
    if ((*made)->meet(until)) {
      return std::move(*made);
    }
    ::usleep(1000);
  }
  return nullptr;
}

void call(benchmark::State& state, std::string_view program) {
  const bare::OneProcessor here;
  const Daemon daemon;
  const std::unique_ptr<service::Client> client = client_of(daemon);
  if (client == nullptr) {
    state.SkipWithError("no kamexecd");
    return;
  }
  service::CallRequest request;
  request.call = "avp";
  request.program = program;
  request.arguments = kArguments;
  process::RunResult result;
  for (auto _ : state) {
    client->run(request, {}, result);
    if (result.output != "hello bob\n") {
      state.SkipWithError(("the call failed: " + result.outcome.detail).c_str());
      break;
    }
  }
}

void call_service(benchmark::State& state) {
  call(state, "echo");
}

void call_service_cached(benchmark::State& state) {
  call(state, "kept");
}

void bare_trip(benchmark::State& state, bare::Hops hops) {
  const bare::OneProcessor here;
  std::signal(SIGPIPE, SIG_IGN);
  Result<bare::BarePair> pair = bare::BarePair::create(kRequest.size(), kReply.size(), hops);
  if (!pair) {
    state.SkipWithError(pair.error().message.c_str());
    return;
  }
  for (auto _ : state) {
    if (const Result<void> made = pair->round_trip(); !made) {
      state.SkipWithError(made.error().message.c_str());
      break;
    }
  }
}

void service_round_trip(benchmark::State& state) {
  bare_trip(state, bare::Hops::one);
}

void relayed_round_trip(benchmark::State& state) {
  bare_trip(state, bare::Hops::two);
}

BENCHMARK(call_service)->UseRealTime();
BENCHMARK(call_service_cached)->UseRealTime();
BENCHMARK(service_round_trip)->UseRealTime();
BENCHMARK(relayed_round_trip)->UseRealTime();

}  // namespace
}  // namespace kamexec
