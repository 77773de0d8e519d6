// SPDX-License-Identifier: GPL-2.0-or-later
// nats_round_trip [--json] [--seconds N] URL
//
// What a request over NATS costs by our Link, beside bare libnats, on the nats-server at URL
// (nats://127.0.0.1:4222, started with nothing but -a and -p): 300 bytes there and back. Our side:
// a Link that asks, and a Link in a second thread that echoes. Bare: natsConnection_RequestString
// in as many threads as requests are under way, and a subscription with a callback that echoes.
// Both send at once (sendAsap). With 1 and 64 requests under way, and with a subject that nobody
// serves (no responders). The two take turns; figures are medians of the rounds, of N seconds in
// all (10) for each number.
//
// Prints a table; --json: one line of JSON for each number: {"requests", "served",
// "link_per_second", "bare_per_second", "times"}. Exit status 0; 1 where something failed; 2 for a
// mistake in what it was told.

#include <nats/nats.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/signals_blocked.h"
#include "nats/libnats_link.h"

namespace kamexec::nats {
namespace {

constexpr int kRounds = 9;
constexpr std::size_t kBytes = 300;
constexpr const char* kServed = "bench.link";
constexpr const char* kServedBare = "bench.bare";
constexpr const char* kNobodys = "bench.nobody";

struct Told {
  bool json = false;
  double seconds = 10;
  std::string url;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "nats_round_trip: %s\n", why.c_str());
  std::exit(1);
}

void turn(Link& link, int milliseconds) {
  link.settle();
  pollfd ready{link.fd(), POLLIN, 0};
  if (::poll(&ready, 1, milliseconds) > 0) {
    link.step();
  }
  link.settle();
}

std::unique_ptr<Link> connected(const std::string& url) {
  LinkOptions options;
  options.servers = {url};
  options.name = "nats_round_trip";
  Result<std::unique_ptr<Link>> link = make_libnats_link(options);
  if (!link) {
    fail(link.error().message);
  }
  const TimePoint deadline = after(Clock::now(), std::chrono::seconds(10));
  while (!(*link)->state().connected) {
    if (Clock::now() > deadline) {
      fail((*link)->state().trouble);
    }
    turn(**link, 10);
  }
  return std::move(*link);
}

/// A Link that echoes, in a thread of its own.
class Echo {
 public:
  explicit Echo(const std::string& url) {
    const SignalsBlocked blocked;
    thread_ = std::thread([this, url] { run(url); });
    while (!ready_) {
      std::this_thread::yield();
    }
  }
  ~Echo() {
    stop_ = true;
    thread_.join();
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

 private:
  void run(const std::string& url) {
    const std::unique_ptr<Link> link = connected(url);
    static_cast<void>(link->subscribe(kServed, "bench", [&](const Incoming& message) {
      static_cast<void>(link->publish({.subject = message.reply(), .payload = message.payload()}));
    }));
    turn(*link, 50);
    ready_ = true;
    while (!stop_) {
      turn(*link, 50);
    }
  }

  std::atomic<bool> ready_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Requests a second by a Link, @p under_way at a time.
double link_rate(Link& link, const char* subject, int under_way, double seconds) {
  const std::string payload(kBytes, 'x');
  long ended = 0;
  int waiting = 0;
  const TimePoint begin = Clock::now();
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  bool goes_on = true;
  std::function<void()> ask;
  const auto over = [&] {
    ++ended;
    --waiting;
    goes_on = Clock::now() - begin < span;
    if (goes_on) {
      ask();
    }
  };
  ask = [&] {
    ++waiting;
    const auto asked = link.request(
        {.subject = subject, .payload = payload}, after(Clock::now(), std::chrono::seconds(10)),
        [&](const Incoming&) { over(); },
        [&](const Trouble& trouble) {
          if (trouble.failure != Failure::no_responders) {
            fail("a request has failed: " + std::string(in_words(trouble.failure)));
          }
          over();
        });
    if (!asked) {
      fail("a request can't be sent: " + std::string(in_words(asked.error())));
    }
  };
  for (int i = 0; i < under_way; ++i) {
    ask();
  }
  while (waiting > 0) {
    turn(link, 1000);
  }
  return static_cast<double>(ended) / std::chrono::duration<double>(Clock::now() - begin).count();
}

natsConnection* bare_connection(const std::string& url) {
  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  if (natsOptions_Create(&options) != NATS_OK ||
      natsOptions_SetURL(options, url.c_str()) != NATS_OK ||
      natsOptions_SetSendAsap(options, true) != NATS_OK ||
      natsConnection_Connect(&connection, options) != NATS_OK) {
    fail("libnats can't connect to " + url);
  }
  natsOptions_Destroy(options);
  return connection;
}

void bare_echo(natsConnection* connection, natsSubscription* /*subscription*/, natsMsg* message,
               void* /*closure*/) {
  natsConnection_Publish(connection, natsMsg_GetReply(message), natsMsg_GetData(message),
                         natsMsg_GetDataLength(message));
  natsMsg_Destroy(message);
}

/// Requests a second by bare libnats, in @p under_way threads.
double bare_rate(natsConnection* connection, const char* subject, int under_way, double seconds) {
  const std::string payload(kBytes, 'x');
  std::atomic<long> ended{0};
  const TimePoint begin = Clock::now();
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::thread> threads;
  for (int i = 0; i < under_way; ++i) {
    threads.emplace_back([&] {
      while (Clock::now() - begin < span) {
        natsMsg* answer = nullptr;
        const natsStatus status =
            natsConnection_RequestString(&answer, connection, subject, payload.c_str(), 10'000);
        if (status != NATS_OK && status != NATS_NO_RESPONDERS) {
          fail(std::string("a bare request has failed: ") + natsStatus_GetText(status));
        }
        natsMsg_Destroy(answer);
        ++ended;
      }
      nats_ReleaseThreadMemory();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return static_cast<double>(ended) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const Told& told, Link& link, natsConnection* bare, int under_way, bool served) {
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> times;
  const double seconds = told.seconds / kRounds / 2;
  for (int round = 0; round <= kRounds; ++round) {
    const double by_link = link_rate(link, served ? kServed : kNobodys, under_way, seconds);
    const double by_bare = bare_rate(bare, served ? kServedBare : kNobodys, under_way, seconds);
    if (round > 0) {  // the first one warms up
      ours.push_back(by_link);
      theirs.push_back(by_bare);
      times.push_back(by_link / by_bare);
    }
  }
  if (told.json) {
    std::printf(
        "{\"requests\": %d, \"served\": %s, \"link_per_second\": %.0f, \"bare_per_second\": %.0f, "
        "\"times\": %.3f}\n",
        under_way, served ? "true" : "false", median(ours), median(theirs), median(times));
  } else {
    std::printf("%10d  %-13s  %12.0f  %12.0f  %6.2f\n", under_way,
                served ? "echoed" : "nobody serves", median(ours), median(theirs), median(times));
  }
}

bool read_arguments(int argc, char** argv, Told& told) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      told.json = true;
    } else if (word == "--seconds" && i + 1 < argc) {
      told.seconds = std::atof(argv[++i]);
    } else if (told.url.empty() && !word.starts_with("-")) {
      told.url = word;
    } else {
      return false;
    }
  }
  return !told.url.empty() && told.seconds > 0;
}

int run(const Told& told) {
  const std::unique_ptr<Link> link = connected(told.url);
  const Echo echo(told.url);
  natsConnection* const bare = bare_connection(told.url);
  natsConnection* const bare_worker = bare_connection(told.url);
  natsSubscription* subscription = nullptr;
  if (natsConnection_QueueSubscribe(&subscription, bare_worker, kServedBare, "bench", bare_echo,
                                    nullptr) != NATS_OK ||
      natsConnection_Flush(bare_worker) != NATS_OK) {
    fail("libnats can't subscribe");
  }
  if (!told.json) {
    std::printf("%10s  %-13s  %12s  %12s  %6s\n", "under way", "", "Link, 1/s", "libnats, 1/s",
                "times");
  }
  for (const int under_way : {1, 64}) {
    compare(told, *link, bare, under_way, true);
  }
  compare(told, *link, bare, 1, false);
  natsSubscription_Destroy(subscription);
  natsConnection_Destroy(bare_worker);
  natsConnection_Destroy(bare);
  return 0;
}

}  // namespace
}  // namespace kamexec::nats

int main(int argc, char** argv) {
  kamexec::nats::Told told;
  if (!kamexec::nats::read_arguments(argc, argv, told)) {
    std::fputs("usage: nats_round_trip [--json] [--seconds N] URL\n", stderr);
    return 2;
  }
  return kamexec::nats::run(told);
}
