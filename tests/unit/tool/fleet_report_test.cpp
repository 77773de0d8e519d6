// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/fleet_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tool/service/status_report.h"

namespace kamexec::tool {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json an_endpoint(const std::string& name) {
  return {{"name", name},
          {"subject", "kx.call." + name},
          {"num_requests", 812},
          {"num_errors", 2},
          {"last_error", "it said \x1b[2J"},
          {"average_processing_time", 1'500'000},
          {"data", {{"running", 1}, {"queued", 3}, {"most", 8}, {"version", "2"}}}};
}

json a_daemon(const std::string& id, const std::string& host) {
  return {{"type", "io.nats.micro.v1.stats_response"},
          {"name", "kamexec"},
          {"id", id},
          {"version", "0.1.0"},
          {"started", "2026-11-28T01:00:00Z"},
          {"metadata", {{"host", host}, {"zone", "berlin"}}},
          {"endpoints", json::array({an_endpoint("lcr"), an_endpoint("tts")})}};
}

std::string answers(const std::vector<json>& all) {
  json texts = json::array();
  for (const json& one : all) {
    texts.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  }
  return json{{"answers", texts}}.dump();
}

TEST(FleetText, HasARowForEachProgramOfEachDaemon) {
  json none = a_daemon("c", "worker3");
  none["endpoints"] = json::array();
  EXPECT_EQ(fleet_text(answers({a_daemon("b", "worker2"), none, a_daemon("a", "worker1")}), false)
                .value(),
            "3 daemons\n\n"
            "host     zone    version  id  program  running  waiting  most  calls  failed\n"
            "worker1  berlin  0.1.0    a   lcr 2          1        3     8    812       2\n"
            "                              tts 2          1        3     8    812       2\n"
            "worker2  berlin  0.1.0    b   lcr 2          1        3     8    812       2\n"
            "                              tts 2          1        3     8    812       2\n"
            "worker3  berlin  0.1.0    c   -              -        -     -      -       -\n");
  EXPECT_EQ(fleet_text(answers({}), false).value(), "0 daemons\n");
}

TEST(FleetText, ExpectsAnything) {
  const json text = "no JSON \xff";
  json odd = a_daemon("\x1b[2J", "h\xffst");
  odd["metadata"] = "none";
  odd["endpoints"] = json::array({7, "x", nullptr, json::array(), {{"name", 3}, {"data", 4}}});
  std::string deep(1'000'000, '[');
  const std::string shown =
      fleet_text(json{{"answers",
                       {odd.dump(-1, ' ', false, json::error_handler_t::replace), "nothing", "[]",
                        "{}", deep, R"({"id":"x","endpoints":{}})", 5, json::array()}}}
                     .dump(),
                 false)
          .value();
  EXPECT_THAT(shown, HasSubstr("1 daemon\n"));
  EXPECT_THAT(shown, HasSubstr("7 answers could not be read\n"));
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  for (const char* wrong : {"", "x", "[]", "{}", R"({"answers":{}})"}) {
    EXPECT_FALSE(fleet_text(wrong, false)) << wrong;
    EXPECT_FALSE(fleet_json(wrong)) << wrong;
  }
}

TEST(FleetJson, HasWhatTheTableHasAndMore) {
  const json all = json::parse(fleet_json(answers({a_daemon("a", "worker1"), "x"})).value());
  EXPECT_EQ(all["unreadable"], 1);
  const json& daemon = all["daemons"][0];
  EXPECT_EQ(daemon["id"], "a");
  EXPECT_EQ(daemon["host"], "worker1");
  EXPECT_EQ(daemon["started"], "2026-11-28T01:00:00Z");
  const json& program = daemon["programs"][1];
  EXPECT_EQ(program["name"], "tts");
  EXPECT_EQ(program["waiting"], 3);
  EXPECT_EQ(program["mean_us"], 1500);
  EXPECT_EQ(program["last_error"], "it said \\x1b[2J");
}

json a_member() {
  return {
      {"version", "0.1.0"},
      {"pid", 812},
      {"uptime_ms", 1000},
      {"state", "serving"},
      {"clients", {{"connections", 1}}},
      {"programs",
       {{{"name", "lcr"},
         {"attributes", {{"via", "nats"}}},
         {"calls", {{"ok", 100}, {"no", 0}, {"deadline", 1}}},
         {"fleet",
          {{"calls", 101},
           {"second_tries", 3},
           {"hedged", 2},
           {"hedge_won", 1},
           {"no_responders", 4},
           {"lost", 0},
           {"workers",
            {{{"id", "AAA"},
              {"zone", "berlin"},
              {"calls", 60},
              {"refused", false},
              {"answered_ago_ms", 2000}},
             {{"id", "BBB"},
              {"zone", ""},
              {"calls", 40},
              {"refused", true},
              {"answered_ago_ms", 61'000}}}}}}}}},
      {"fleet",
       {{"connected", true},
        {"server", "nats1:4222"},
        {"id", "CCC"},
        {"zone", "berlin"},
        {"trouble", nullptr},
        {"lost", 2},
        {"late", 0},
        {"offers",
         {{{"program", "tts"}, {"calls", 7}, {"under_way", 1}, {"failed", 2}, {"refused", 1}}}}}}};
}

TEST(StatusText, ShowsWhereCallsWent) {
  const std::string text = status_text(a_member().dump(), false).value();
  EXPECT_THAT(text, HasSubstr("\n  passed on: 101, 3 tried a second time, 2 hedged, 1 of these "
                              "answered by the second\n"
                              "  faults: 4 that nobody offered\n"
                              "  by AAA, zone berlin: 60 calls, the last answer 2 s ago\n"
                              "  by BBB: 40 calls, the last answer 1 min ago, has no room\n"));
  EXPECT_THAT(text,
              HasSubstr("\nNATS: connected to nats1:4222, this daemon is CCC, zone berlin, 2 lost "
                        "before\n"
                        "  offers tts: 7 calls, 1 under way, 2 failed, 1 of these refused\n"));
}

TEST(StatusText, SaysWhyNatsIsAway) {
  json status = a_member();
  status["fleet"]["connected"] = false;
  status["fleet"]["trouble"] = "nats1:4222: Connection refused";
  EXPECT_THAT(status_text(status.dump(), false).value(),
              HasSubstr("\nNATS: not connected, this daemon is CCC, zone berlin, 2 lost before\n  "
                        "nats1:4222: Connection refused\n"));
  status["fleet"] = 5;
  status["programs"][0]["fleet"] = {{"workers", {1, "x", nullptr}}};
  EXPECT_THAT(status_text(status.dump(), false).value(), Not(HasSubstr("NATS")));
}

}  // namespace
}  // namespace kamexec::tool
