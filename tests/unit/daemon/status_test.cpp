// SPDX-License-Identifier: GPL-2.0-or-later
// What a daemon shows of itself: the JSON, and the page for Prometheus as it is served.
#include "daemon/status.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/unique_fd.h"
#include "daemon/metrics.h"

namespace kamexec::daemon {
namespace {

using process::Cause;
using std::chrono::microseconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class StatusTest : public testing::Test {
 protected:
  StatusTest() {
    pool_.name = "lcr";
    pool_.run = {"/bin/lcr"};
    pool_.via = program::Via::pool;
    spawned_.name = "bill-it";
    spawned_.run = {"/bin/bill", "it's\x01\xff"};
    status_.version = "1.2.3";
    status_.pid = 42;
    status_.uptime = std::chrono::milliseconds(1500);
    status_.connections = 3;
    status_.most_connections = 4096;
    status_.memory = 1000;
    status_.failed_reloads = 2;
    status_.programs = {program(pool_), program(spawned_)};
    ProgramStatus& lcr = status_.programs[0];
    lcr.calls.count(outcome(Cause::ok, microseconds(100)));
    lcr.calls.count(outcome(Cause::ok, microseconds(101)));
    lcr.calls.count(outcome(Cause::deadline, microseconds(7'000'000)));
    lcr.calls.count(outcome(Cause::refused, microseconds(1)));
    lcr.now.workers.busy = 1;
    lcr.now.running = 1;
    lcr.now.queued = 5;
    lcr.now.counters.started = 7;
    lcr.now.last_fault = "killed";
    lcr.now.each.push_back({4711, pool::Worker::State::busy, 99, now_ - std::chrono::seconds(2)});
    lcr.cache.emplace();
    lcr.cache->hits = 11;
    lcr.cache->bytes = 333;
    status_.programs[1].now.running = 2;
    StoredStatus& stored = status_.programs[1].stored.emplace();
    stored.waiting = 12;
    stored.running = 2;
    stored.done = 5;
    stored.dead = 1;
    stored.oldest = std::chrono::milliseconds(1500);
    stored.failed_attempts = 4;
    StoreStatus& store = status_.store.emplace();
    store.figures.path = "/var/lib/kamexec/queue.sqlite";
    store.figures.bytes = 4096;
    store.figures.commits = 8;
    store.figures.inserted = 20;
    store.dispatches = true;
    StoredStatus gone;
    gone.waiting = 3;
    gone.held = "kamexecd has no program old";
    status_.orphans.push_back({"old", gone});
    passed_on_.name = "tts";
    passed_on_.via = program::Via::nats;
    status_.programs.push_back(program(passed_on_));
    fleet::FleetFigures& passed = status_.programs[2].fleet.emplace();
    passed.calls = 101;
    passed.second_tries = 3;
    passed.hedged = 2;
    passed.hedge_won = 1;
    passed.no_responders = 4;
    fleet::Workers::Known& worker = passed.workers.emplace_back();
    worker.id = "AAA";
    worker.zone = "berlin";
    worker.answered = now_ - std::chrono::seconds(2);
    worker.calls = 60;
    FleetStatus& member = status_.fleet.emplace();
    member.id = "CCC";
    member.link.connected = true;
    member.link.server = "nats1:4222";
    member.link.lost = 1;
    member.link.late = 9;
    fleet::OfferFigures offered;
    offered.calls = 7;
    offered.failed = 2;
    offered.under_way = 1;
    offered.time = std::chrono::milliseconds(1500);
    member.offers.emplace_back("lcr", offered);
    FleetStoreStatus& kept = member.store.emplace();
    kept.ready = true;
    kept.published.unknown = 6;
    kept.counts.known = true;
    kept.counts.programs["bill"] = {5, 2};
    kept.oldest = std::chrono::milliseconds(2'500);
    fleet::NoteFigures taken;
    taken.failed = 3;
    taken.trouble = "no such file";
    kept.taken.emplace_back("bill", taken);
  }
  static ProgramStatus program(const program::ProgramDefinition& definition) {
    ProgramStatus made;
    made.definition = &definition;
    return made;
  }
  static process::Outcome outcome(Cause cause, microseconds duration) {
    process::Outcome made;
    made.cause = cause;
    made.duration = duration;
    return made;
  }

  TimePoint now_ = Clock::now();
  program::ProgramDefinition pool_;
  program::ProgramDefinition spawned_;
  program::ProgramDefinition passed_on_;
  DaemonStatus status_;
};

TEST_F(StatusTest, IsOneLineOfJson) {
  const std::string text = status_json(status_, now_);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["pid"], 42);
  EXPECT_EQ(json["uptime_ms"], 1500);
  EXPECT_EQ(json["state"], "serving");
  EXPECT_EQ(json["clients"]["connections"], 3);
  EXPECT_EQ(json["clients"]["memory_bytes"], 1000);
  EXPECT_EQ(json["reloads"]["failed"], 2);

  const auto& lcr = json["programs"][0];
  EXPECT_EQ(lcr["name"], "lcr");
  EXPECT_EQ(lcr["attributes"]["via"], "pool");
  EXPECT_FALSE(lcr["attributes"].contains("name"));
  EXPECT_EQ(lcr["calls"]["ok"], 2);
  EXPECT_EQ(lcr["calls"]["deadline"], 1);
  EXPECT_EQ(lcr["calls"]["duration_us_sum"], 7'000'201);
  EXPECT_EQ(lcr["calls"]["durations"][0], nlohmann::json({{"le_us", 100}, {"calls", 1}}));
  EXPECT_EQ(lcr["calls"]["durations"][1], nlohmann::json({{"le_us", 200}, {"calls", 2}}));
  EXPECT_EQ(lcr["calls"]["durations"].back(), nlohmann::json({{"le_us", nullptr}, {"calls", 3}}))
      << "without the refused one";
  EXPECT_EQ(lcr["workers"]["busy"], 1);
  EXPECT_EQ(lcr["workers"]["requests_queued"], 5);
  EXPECT_EQ(lcr["workers"]["last_fault"], "killed");
  EXPECT_EQ(lcr["workers"]["each"][0],
            nlohmann::json({{"pid", 4711}, {"state", "busy"}, {"served", 99}, {"age_ms", 2000}}));
  EXPECT_EQ(lcr["cache"]["hits"], 11);
  EXPECT_FALSE(lcr.contains("processes"));

  const auto& bill = json["programs"][1];
  EXPECT_EQ(bill["processes"]["running"], 2);
  EXPECT_FALSE(bill.contains("workers"));
  EXPECT_FALSE(bill.contains("cache"));
  EXPECT_EQ(bill["stored"], nlohmann::json({{"waiting", 12},
                                            {"running", 2},
                                            {"done", 5},
                                            {"dead", 1},
                                            {"oldest_ms", 1500},
                                            {"failed_attempts", 4},
                                            {"held", nullptr}}));
  EXPECT_FALSE(lcr.contains("stored"));
  const auto& store = json["store"];
  EXPECT_EQ(store["path"], "/var/lib/kamexec/queue.sqlite");
  EXPECT_EQ(store["bytes"], 4096);
  EXPECT_EQ(store["commits"], 8);
  EXPECT_EQ(store["inserted"], 20);
  EXPECT_EQ(store["failure"], nullptr);
  EXPECT_EQ(store["dispatches"], true);
  EXPECT_EQ(store["undefined"][0]["name"], "old");
  EXPECT_EQ(store["undefined"][0]["waiting"], 3);
  EXPECT_EQ(store["undefined"][0]["oldest_ms"], nullptr);

  const auto& tts = json["programs"][2];
  EXPECT_FALSE(tts.contains("processes"));
  EXPECT_EQ(tts["fleet"]["calls"], 101);
  EXPECT_EQ(tts["fleet"]["hedge_won"], 1);
  EXPECT_EQ(tts["fleet"]["workers"][0], nlohmann::json({{"id", "AAA"},
                                                        {"zone", "berlin"},
                                                        {"calls", 60},
                                                        {"refused", false},
                                                        {"answered_ago_ms", 2000}}));
  EXPECT_FALSE(lcr.contains("fleet"));
  EXPECT_EQ(json["fleet"]["connected"], true);
  EXPECT_EQ(json["fleet"]["server"], "nats1:4222");
  EXPECT_EQ(json["fleet"]["trouble"], nullptr);
  EXPECT_EQ(json["fleet"]["late"], 9);
  EXPECT_EQ(json["fleet"]["offers"][0]["program"], "lcr");
  EXPECT_EQ(json["fleet"]["offers"][0]["duration_us_sum"], 1'500'000);
  const auto& kept = json["fleet"]["store"];
  EXPECT_EQ(kept["ready"], true);
  EXPECT_EQ(kept["programs"][0],
            nlohmann::json({{"program", "bill"}, {"waiting", 5}, {"dead", 2}}));
  EXPECT_EQ(kept["oldest_ms"], 2'500);
  EXPECT_EQ(kept["published"]["unknown"], 6);
  EXPECT_EQ(kept["taken"][0]["failed_attempts"], 3);
  EXPECT_EQ(kept["taken"][0]["trouble"], "no such file");
  EXPECT_EQ(store["undefined"][0]["held"], "kamexecd has no program old");
  status_.store.reset();
  EXPECT_FALSE(nlohmann::json::parse(status_json(status_, now_)).contains("store"));
}

/// A port that nobody has at the moment, on the loopback.
std::string free_address() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

/// What a scraper gets.
std::string scrape(const std::string& at) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(at.substr(at.find(':') + 1))));
  const timeval patience{20, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return "";
  }
  const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
  EXPECT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string got;
  char buffer[4096];
  ssize_t size;
  while ((size = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0) {
    got.append(buffer, static_cast<std::size_t>(size));
  }
  return got;
}

TEST_F(StatusTest, ThePageForPrometheusHasTheSameFigures) {
  Metrics metrics;
  const std::string address = free_address();
  const Result<void> served = metrics.serve_at(address);
  ASSERT_TRUE(served) << served.error().message;
  metrics.publish(status_);
  const std::string page = scrape(address);
  for (const char* line : {
           "# TYPE kamexecd_program_calls_total counter",
           "kamexecd_info{version=\"1.2.3\"} 1\n",
           "kamexecd_uptime_seconds 1.5\n",
           "kamexecd_connections 3\n",
           "kamexecd_reloads_total{result=\"failed\"} 2\n",
           "kamexecd_program_calls_total{program=\"lcr\",outcome=\"ok\"} 2\n",
           "kamexecd_program_calls_total{program=\"bill-it\",outcome=\"unusable\"} 0\n",
           "# TYPE kamexecd_program_duration_seconds histogram",
           "kamexecd_program_duration_seconds_bucket{program=\"lcr\",le=\"0.0001\"} 1\n",
           "kamexecd_program_duration_seconds_bucket{program=\"lcr\",le=\"5\"} 2\n",
           "kamexecd_program_duration_seconds_bucket{program=\"lcr\",le=\"+Inf\"} 3\n",
           "kamexecd_program_duration_seconds_count{program=\"lcr\"} 3\n",
           "kamexecd_program_running{program=\"bill-it\"} 2\n",
           "kamexecd_program_waiting{program=\"lcr\"} 5\n",
           "kamexecd_program_workers{program=\"lcr\",state=\"busy\"} 1\n",
           "kamexecd_program_workers_started_total{program=\"lcr\"} 7\n",
           "kamexecd_program_cache_calls_total{program=\"lcr\",result=\"hit\"} 11\n",
           "kamexecd_program_cache_bytes{program=\"lcr\"} 333\n",
           "kamexecd_program_notifications{program=\"bill-it\",state=\"waiting\"} 12\n",
           "kamexecd_program_notifications{program=\"bill-it\",state=\"dead\"} 1\n",
           "kamexecd_program_notifications{program=\"old\",state=\"waiting\"} 3\n",
           "kamexecd_program_notifications_oldest_seconds{program=\"bill-it\"} 1.5\n",
           "kamexecd_program_notifications_held{program=\"bill-it\"} 0\n",
           "kamexecd_program_notifications_held{program=\"old\"} 1\n",
           "kamexecd_program_failed_attempts_total{program=\"bill-it\"} 4\n",
           "kamexecd_store_bytes 4096\n",
           "kamexecd_store_dispatches 1\n",
           "kamexecd_store_failing 0\n",
           "kamexecd_store_inserted_total 20\n",
           "kamexecd_program_fleet_calls_total{program=\"tts\"} 101\n",
           "kamexecd_program_fleet_hedged_total{program=\"tts\",answered=\"second\"} 1\n",
           "kamexecd_program_fleet_hedged_total{program=\"tts\",answered=\"other\"} 1\n",
           "kamexecd_program_fleet_no_responders_total{program=\"tts\"} 4\n",
           "kamexecd_nats_connected 1\n",
           "kamexecd_nats_connections_lost_total 1\n",
           "kamexecd_nats_late_answers_total 9\n",
           "kamexecd_fleet_store_ready 1\n",
           "kamexecd_fleet_store_notifications{program=\"bill\",state=\"waiting\"} 5\n",
           "kamexecd_fleet_store_notifications{program=\"bill\",state=\"dead\"} 2\n",
           "kamexecd_fleet_store_oldest_seconds 2.5\n",
           "kamexecd_fleet_store_published_total{outcome=\"unknown\"} 6\n",
           "kamexecd_offer_calls_total{program=\"lcr\"} 7\n",
           "kamexecd_offer_duration_seconds_total{program=\"lcr\"} 1.5\n",
       }) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  EXPECT_THAT(page, Not(HasSubstr("kamexecd_program_workers{program=\"bill-it\"")));
  EXPECT_THAT(page, Not(HasSubstr("kamexecd_program_fleet_calls_total{program=\"lcr\"")));
  EXPECT_THAT(page, Not(HasSubstr("kamexecd_program_notifications{program=\"lcr\"")));
  EXPECT_THAT(page, Not(HasSubstr("kamexecd_program_cache_entries{program=\"bill-it\"")));

  status_.connections = 4;
  EXPECT_THAT(scrape(address), HasSubstr("kamexecd_connections 3\n")) << "what was published";
  metrics.publish(status_);
  EXPECT_THAT(scrape(address), HasSubstr("kamexecd_connections 4\n"));
}

TEST_F(StatusTest, ThePagesThreadsTakeNoSignal) {
  const auto threads = [] {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
      all.insert(entry.path());
    }
    return all;
  };
  const std::set<std::string> before = threads();
  Metrics metrics;
  ASSERT_TRUE(metrics.serve_at(free_address()));
  std::size_t made = 0;
  for (const std::string& thread : threads()) {
    if (before.count(thread) != 0) {
      continue;
    }
    ++made;
    std::ifstream file(thread + "/status");
    std::string line;
    while (std::getline(file, line) && line.rfind("SigBlk:", 0) != 0) {
    }
    ASSERT_FALSE(line.empty());
    const std::uint64_t blocked = std::stoull(line.substr(line.find(':') + 1), nullptr, 16);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM}) {
      EXPECT_NE(blocked & std::uint64_t{1} << (signal - 1), 0U) << thread << " " << signal;
    }
  }
  EXPECT_GT(made, 0U);
  const TimePoint begun = Clock::now();
  ASSERT_TRUE(metrics.serve_at(""));
  EXPECT_LT(Clock::now() - begun, std::chrono::milliseconds(1500)) << "the loop must not wait";
  sigset_t ours;
  pthread_sigmask(SIG_SETMASK, nullptr, &ours);
  EXPECT_EQ(sigismember(&ours, SIGTERM), 0) << "as it was";
}

TEST_F(StatusTest, APageThatCantBeServedIsTriedAgain) {
  Metrics first;
  const std::string address = free_address();
  ASSERT_TRUE(first.serve_at(address));
  Metrics second;
  const Result<void> refused = second.serve_at(address);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("can't serve metrics at " + address));
  EXPECT_FALSE(second.is_served());
  second.publish(status_);
  ASSERT_TRUE(first.serve_at(""));
  EXPECT_FALSE(first.is_served());
  const TimePoint until = after(Clock::now(), std::chrono::seconds(30));
  while (!second.serve_at(address) && Clock::now() < until) {
    ::usleep(10'000);
  }
  ASSERT_TRUE(second.is_served());
  second.publish(status_);
  EXPECT_THAT(scrape(address), HasSubstr("kamexecd_connections 3\n"));
  ASSERT_TRUE(second.serve_at(address)) << "nothing changes";
  EXPECT_THAT(scrape(address), HasSubstr("kamexecd_connections 3\n"));
}

}  // namespace
}  // namespace kamexec::daemon
