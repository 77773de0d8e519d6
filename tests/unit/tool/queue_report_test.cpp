// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tool/service/queue_values.h"

namespace kamexec::tool {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kId = "0123456789abcdef0123456789abcdef";

ordered_json a_notification() {
  return {{"number", 17},
          {"id", kId},
          {"program", "billing"},
          {"state", "waiting"},
          {"stored", "2026-11-27T21:42:00.123Z"},
          {"age_ms", 754'000},
          {"attempts", 3},
          {"due", "2026-11-27T21:54:42.123Z"},
          {"order", "7f3a@example.com"},
          {"call", "cmd"},
          {"arguments", {"begin", "7f3a@example.com", "", "a b"}},
          {"last",
           {{"outcome", "no"},
            {"status", 1},
            {"detail", "database is locked"},
            {"at", "2026-11-27T21:53:34.123Z"}}}};
}

ordered_json a_whole_notification() {
  ordered_json notification = a_notification();
  notification["variables"] = {{"SIP_USER", "4930"}, {"SIP_HF_SUBJECT", {{"base64", "/w=="}}}};
  notification["uri"] = "sip:4930@example.com";
  notification["message"] = "INVITE sip:4930@example.com SIP/2.0\r\nSubject: \x1b[2J\r\n\r\n";
  notification["input"] = "";
  return notification;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

bool is_harmless(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

TEST(QueueTable, HasThreeLinesForOneThatHasFailed) {
  EXPECT_EQ(queue_table({a_notification()}, 80, false),
            "id                                program  state       age  attempts  next in\n"
            "0123456789abcdef0123456789abcdef  billing  waiting  12 min         3      8 s\n"
            "  cmd: begin 7f3a@example.com '' 'a b'\n"
            "  last: no, exit status 1: database is locked\n");
}

TEST(QueueTable, SaysNothingOfAnAttemptThatThereWasNotOrThatWentWell) {
  ordered_json waits = a_notification();
  waits["last"] = nullptr;
  EXPECT_THAT(queue_table({waits}, 80, false), Not(HasSubstr("last")));
  ordered_json done = a_notification();
  done["state"] = "done";
  done["due"] = nullptr;
  done["last"]["outcome"] = "ok";
  EXPECT_THAT(queue_table({done}, 80, false), Not(HasSubstr("last")));
  EXPECT_THAT(lines_of(queue_table({done}, 80, false))[1], testing::EndsWith("        -"));
}

TEST(QueueTable, TellsAnExitStatusOnce) {
  ordered_json failed = a_notification();
  failed["last"]["detail"] = "exit status 1; its standard error: no database\n\n";
  EXPECT_THAT(queue_table({failed}, 80, false),
              HasSubstr("  last: no: exit status 1; its standard error: no database\n"));
  failed["last"]["detail"] = "";
  EXPECT_THAT(queue_table({failed}, 80, false), HasSubstr("  last: no, exit status 1\n"));
}

TEST(QueueTable, FitsATerminal) {
  ordered_json wide = a_notification();
  wide["program"] = std::string(64, 'p');
  wide["arguments"][0] = std::string(3000, 'x');
  wide["last"]["detail"] = std::string(3000, 'y');
  for (const std::size_t width : {80U, 100U, 132U}) {
    for (const std::string& line : lines_of(queue_table({wide, a_notification()}, width, false))) {
      EXPECT_LE(line.size(), width) << line;
    }
  }
  const std::string narrow = queue_table({wide}, 10, false);
  EXPECT_THAT(narrow, HasSubstr(kId));  // whole, whatever the width: it is for the next command
  EXPECT_THAT(narrow, HasSubstr("pppp..."));
  const std::string of_a_pipe = queue_table({wide}, 0, false);
  EXPECT_THAT(of_a_pipe, HasSubstr(std::string(64, 'p')));
  for (const std::string& line : lines_of(of_a_pipe)) {
    EXPECT_LE(line.size(), 1002U);
  }
}

TEST(QueueTable, CountsUntilTheNextAttempt) {
  ordered_json due = a_notification();
  due["due"] = "2026-11-27T21:54:00.000Z";
  EXPECT_THAT(lines_of(queue_table({due}, 80, false))[1], testing::EndsWith("      now"));
  due["due"] = "2026-11-28T21:54:34.123Z";
  EXPECT_THAT(lines_of(queue_table({due}, 80, false))[1], testing::EndsWith("      1 d"));
  due["due"] = "tomorrow";
  EXPECT_THAT(lines_of(queue_table({due}, 80, false))[1], testing::EndsWith("        -"));
}

TEST(QueueTable, ShowsDeadOnes) {
  ordered_json dead = a_notification();
  dead["state"] = "dead";
  EXPECT_THAT(queue_table({dead}, 80, true), HasSubstr("\x1b[31m0123"));
  EXPECT_THAT(queue_table({dead}, 80, false), Not(HasSubstr("\x1b")));
}

TEST(Notification, IsShownFieldByField) {
  EXPECT_EQ(notification_text(a_whole_notification(), false),
            "id         0123456789abcdef0123456789abcdef\n"
            "number     17\n"
            "program    billing\n"
            "state      waiting, 3 attempts\n"
            "stored     2026-11-27T21:42:00.123Z, 12 min 34 s ago\n"
            "next       2026-11-27T21:54:42.123Z, in 8 s\n"
            "last       no, exit status 1, 1 min 0 s ago: database is locked\n"
            "order      7f3a@example.com\n"
            "call       cmd: begin 7f3a@example.com '' 'a b'\n"
            "uri        sip:4930@example.com\n"
            "variables  2\n"
            "  SIP_USER=4930\n"
            "  SIP_HF_SUBJECT=\\xff\n"
            "message    54 bytes\n"
            "  INVITE sip:4930@example.com SIP/2.0\n"
            "  Subject: \\x1b[2J\n"
            "  \n");
}

TEST(Notification, OfManyLinesIsCut) {
  ordered_json notification = a_whole_notification();
  std::string message;
  for (int i = 0; i < 1000; ++i) {
    message += "X: y\n";
  }
  notification["message"] = message + std::string(100'000, 'z');
  const std::string text = notification_text(notification, false);
  EXPECT_THAT(text, HasSubstr("... and 801 more lines: --json has them all\n"));
  EXPECT_LT(text.size(), 10'000U);
}

TEST(Notification, OfWhateverKindIsHarmless) {
  const std::string evil = "\x1b]0;x\x07\xc2\x9b\xff\r\n\b\x7f";
  ordered_json encoded = {{"base64", "G1sySv8K"}};
  for (const ordered_json& value :
       {ordered_json(evil), encoded, ordered_json(7), ordered_json(nullptr), ordered_json(-1e300),
        ordered_json(1e300), ordered_json::array({evil, encoded, 7}), ordered_json::object(),
        ordered_json{{evil, evil}}, ordered_json{{"base64", "%"}}, ordered_json{{"base64", 7}}}) {
    const ordered_json whole = a_whole_notification();
    for (const auto& [name, old] : whole.items()) {
      ordered_json changed = whole;
      changed[name] = value;
      EXPECT_TRUE(is_harmless(notification_text(changed, false))) << name << value.dump();
      EXPECT_TRUE(is_harmless(queue_table({changed}, 80, false))) << name << value.dump();
    }
    ordered_json last = whole;
    for (const char* name : {"outcome", "status", "detail", "at"}) {
      last["last"][name] = value;
      EXPECT_TRUE(is_harmless(notification_text(last, false))) << name;
      EXPECT_TRUE(is_harmless(queue_table({last}, 80, false))) << name;
    }
  }
  EXPECT_TRUE(is_harmless(notification_text({{"id", "a"}}, false)));
  EXPECT_TRUE(is_harmless(queue_table({{{"id", "a"}}}, 1, false)));
}

TEST(Bytes, AreAStringOrWhatWasEncoded) {
  EXPECT_EQ(bytes_of("ü"), "ü");
  EXPECT_EQ(bytes_of(ordered_json{{"base64", ""}}), "");
  EXPECT_EQ(bytes_of(ordered_json{{"base64", "/w=="}}), "\xff");
  EXPECT_EQ(bytes_of(ordered_json{{"base64", "AP8="}}), std::string("\0\xff", 2));
  EXPECT_EQ(bytes_of(ordered_json{{"base64", "AP+/"}}), std::string("\0\xff\xbf", 3));
  EXPECT_EQ(bytes_of(ordered_json{{"base64", "AP+/AP+/"}}), std::string("\0\xff\xbf\0\xff\xbf", 6));
  for (const char* text : {"/w=", "/w", "====", "/===", "=AAA", "A=AA", "/w==/w==", "%%%%", "AP 8",
                           "AP8=\n", "AP-_"}) {
    EXPECT_EQ(bytes_of(ordered_json{{"base64", text}}), std::nullopt) << text;
  }
  for (const ordered_json& other :
       {ordered_json(7), ordered_json(nullptr), ordered_json::array(), ordered_json::object()}) {
    EXPECT_EQ(bytes_of(other), std::nullopt);
  }
}

TEST(WallTime, IsReadToTheMillisecond) {
  EXPECT_EQ(wall_time_of("1970-01-01T00:00:00.000Z"), 0);
  EXPECT_EQ(wall_time_of("2026-11-27T21:42:00.123Z"), 1'795'815'720'123);
  EXPECT_EQ(wall_time_of("2024-02-29T23:59:59.999Z"), 1'709'251'199'999);
  for (const char* text :
       {"", "now", "2026-11-27", "2026-11-27T21:42:00Z", "2026-11-27 21:42:00.123Z",
        "2026-13-27T21:42:00.123Z", "2026-02-29T21:42:00.123Z", "2026-00-01T21:42:00.123Z",
        "2026-11-27T21:42:00.123+", "-026-11-27T21:42:00.123Z", "2026-11-27T21:42:00.123Z "}) {
    EXPECT_EQ(wall_time_of(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kamexec::tool
