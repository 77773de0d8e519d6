// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kamexec::tool {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json a_program() {
  return {{"name", "lcr"},
          {"attributes", {{"via", "pool"}, {"workers", "8"}, {"max", "64"}}},
          {"calls",
           {{"ok", 1100},
            {"no", 90},
            {"deadline", 12},
            {"not_started", 0},
            {"refused", 3},
            {"unusable", 0},
            {"duration_us_sum", 997'660},
            {"durations",
             {{{"le_us", 1000}, {"calls", 1100}},
              {{"le_us", 20'000}, {"calls", 1190}},
              {{"le_us", nullptr}, {"calls", 1202}}}}}},
          {"workers", {{"starting", 0}, {"idle", 5}, {"busy", 3}, {"requests_queued", 2}}},
          {"cache", {{"hits", 28}, {"waits", 1}, {"stale", 1}, {"misses", 10}}}};
}

json a_status() {
  return {{"version", "0.1.0"},
          {"pid", 812},
          {"uptime_ms", 11'525'000},
          {"state", "serving"},
          {"clients", {{"connections", 17}}},
          {"programs", json::array({a_program()})}};
}

std::string text_of(const json& status) {
  return status_text(status.dump(), false).value();
}

TEST(StatusText, SetsOutOneRowForEachProgram) {
  EXPECT_EQ(
      text_of(a_status()),
      "kamexecd 0.1.0, process 812, serving, up 3 h 12 min, 17 clients\n\n"
      "program  via   busy  idle  most  queue  calls    ok  no  failed    mean     p99  hits\n"
      "lcr      pool     3     5     8      2   1205  1100  90      15  830 us  <20 ms  75 %\n"
      "  failed: 12 deadline, 3 refused\n");
}

TEST(StatusText, KnowsProgramsWithOneProcessForEachCall) {
  json status = a_status();
  json& program = status["programs"][0];
  program["attributes"]["via"] = "spawn";
  program.erase("workers");
  program.erase("cache");
  program["processes"] = {{"running", 2}, {"waiting", 1}};
  EXPECT_THAT(text_of(status), HasSubstr("lcr      spawn     2     -    64      1   1205"));
  EXPECT_THAT(text_of(status), HasSubstr("<20 ms     -\n"));
}

TEST(StatusText, TellsWhatWasWrongWithAWorker) {
  json status = a_status();
  status["programs"][0]["workers"]["last_fault"] = "it sent \x1b[0m";
  EXPECT_THAT(text_of(status), HasSubstr("\n  last fault: it sent \\x1b[0m\n"));
}

json a_status_with_a_store() {
  json status = a_status();
  status["programs"][0]["stored"] = {
      {"waiting", 12},        {"running", 2},         {"done", 40},     {"dead", 0},
      {"oldest_ms", 754'000}, {"failed_attempts", 7}, {"held", nullptr}};
  status["store"] = {{"path", "/var/lib/kamexec/queue.sqlite"},
                     {"bytes", 1'300'000},
                     {"commits", 900},
                     {"inserted", 4000},
                     {"refused", 3},
                     {"failure", nullptr},
                     {"dispatches", true}};
  return status;
}

TEST(StatusText, TellsOfStoredCalls) {
  const std::string text = text_of(a_status_with_a_store());
  EXPECT_THAT(text, HasSubstr("\n  stored: 12 waiting, 2 running, 0 dead, oldest 12 min 34 s\n"));
  EXPECT_THAT(text, testing::EndsWith("\n\nstore /var/lib/kamexec/queue.sqlite: 1.2 MiB, 4000 "
                                      "stored, 3 refused\n"));
  EXPECT_THAT(text, Not(HasSubstr("warning")));
  EXPECT_THAT(text_of(a_status()), Not(HasSubstr("store")));
}

TEST(StatusText, WarnsWhereNotificationsAreDead) {
  json status = a_status_with_a_store();
  status["programs"][0]["stored"]["dead"] = 3;
  status["programs"].push_back(status["programs"][0]);
  EXPECT_THAT(text_of(status),
              testing::EndsWith("\n\nwarning: 6 notifications are dead: see kamexec queue list "
                                "--state dead\n"));
  EXPECT_THAT(status_text(status.dump(), true).value(), HasSubstr("\x1b[31mstored: "));
  EXPECT_THAT(status_text(status.dump(), true).value(), HasSubstr("\x1b[31mwarning: "));
}

TEST(StatusText, WarnsWhereTheStoreFails) {
  json status = a_status_with_a_store();
  status["store"]["failure"] = "database or disk is full\x1b[0m";
  EXPECT_THAT(text_of(status),
              testing::EndsWith("\n\nwarning: the store fails: database or disk is "
                                "full\\x1b[0m\n"));
}

TEST(StatusText, SaysWhyStoredCallsAreHeld) {
  json status = a_status_with_a_store();
  status["programs"][0]["stored"]["held"] = "no program of that name";
  status["programs"][0]["stored"]["oldest_ms"] = nullptr;
  status["store"]["dispatches"] = false;
  const std::string text = text_of(status);
  EXPECT_THAT(text, HasSubstr(" 0 dead\n  held: no program of that name\n"));
  EXPECT_THAT(text, testing::EndsWith("\n  another kamexecd has it too, and runs the programs\n"));
}

TEST(StatusText, TellsOfStoredCallsOfAProgramThatIsGone) {
  json status = a_status_with_a_store();
  status["store"]["undefined"] = json::array({{{"name", "old"},
                                               {"waiting", 3},
                                               {"running", 0},
                                               {"dead", 1},
                                               {"oldest_ms", 5000},
                                               {"held", "kamexecd has no program old"}}});
  EXPECT_THAT(text_of(status),
              testing::EndsWith(" refused\n  old: 3 waiting, 0 running, 1 dead, oldest 5 s\n"
                                "  held: kamexecd has no program old\n\n"
                                "warning: 1 notification is dead: see kamexec queue list --state "
                                "dead\n"));
}

TEST(StatusText, TakesAnyFiguresOfAStore) {
  for (const json& other : {json(7), json(nullptr), json("x"), json::array(), json::object()}) {
    json status = a_status_with_a_store();
    status["store"] = other;
    status["programs"][0]["stored"] = other;
    EXPECT_TRUE(status_text(status.dump(), false)) << other;
    status["store"] = {{"undefined", other}, {"dispatches", other}, {"path", other}};
    EXPECT_TRUE(status_text(status.dump(), false)) << other;
    status["store"]["undefined"] = json::array({other});
    EXPECT_TRUE(status_text(status.dump(), false)) << other;
  }
}

TEST(StatusText, ShowsWhatADaemonDoesNotSayAsADash) {
  json status = a_status();
  status["programs"] = json::array({{{"name", "billing"}}});
  EXPECT_THAT(text_of(status), HasSubstr("billing  -       -     -"));
  EXPECT_THAT(text_of(status), Not(HasSubstr("failed:")));
}

TEST(StatusText, SaysWhereThereIsNoProgram) {
  json status = a_status();
  status["programs"] = json::array();
  EXPECT_THAT(text_of(status), HasSubstr("it has no program that you may call\n"));
  status.erase("programs");
  EXPECT_THAT(text_of(status), HasSubstr("it has no program that you may call\n"));
}

TEST(StatusText, IsHarmlessOnATerminal) {
  json status = a_status();
  status["version"] = "\x1b[2J";
  status["programs"][0]["name"] = "a\nb";
  EXPECT_THAT(text_of(status), HasSubstr("a\\x0ab"));
  EXPECT_THAT(text_of(status), Not(HasSubstr("\x1b")));
  EXPECT_THAT(status_text(a_status().dump(), true).value(), HasSubstr("\x1b["));
}

TEST(StatusText, WritesTimesWithTheirLargestUnits) {
  json status = a_status();
  status["uptime_ms"] = 5000;
  EXPECT_THAT(text_of(status), HasSubstr("up 5 s,"));
  status["uptime_ms"] = (3 * 86'400 + 3600 * 4 + 59) * 1000;
  EXPECT_THAT(text_of(status), HasSubstr("up 3 d 4 h,"));
  json& calls = status["programs"][0]["calls"];
  calls["duration_us_sum"] = 1202 * 3'400'000LL;
  calls["durations"][1]["calls"] = 1100;
  EXPECT_THAT(text_of(status), HasSubstr("3.4 s  >20 ms"));
  calls["durations"][1] = {{"le_us", 5000}, {"calls", 1202}};
  EXPECT_THAT(text_of(status), HasSubstr("3.4 s  <5 ms"));
  calls["durations"] = json::array({{{"le_us", nullptr}, {"calls", 0}}});
  EXPECT_THAT(text_of(status), HasSubstr("15     -    -  75 %"));
}

TEST(Status, OfAnotherKindIsAnError) {
  for (const char* answer : {"", "{", "[]", "7", "kamexecd"}) {
    EXPECT_FALSE(status_text(answer, false)) << answer;
    EXPECT_FALSE(status_json(answer)) << answer;
  }
  // Figures of another type are none.
  EXPECT_TRUE(status_text(
      R"({"pid": "x", "programs": [7, null, {"calls": 3}, {"calls": {"durations": [1]}}]})",
      false));
}

TEST(StatusJson, IsTheDaemonsAnswer) {
  EXPECT_EQ(json::parse(status_json(a_status().dump()).value()), a_status());
}

}  // namespace
}  // namespace kamexec::tool
