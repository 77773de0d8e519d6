// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the module's own code that stand for themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "kamailio/async/time_within.h"
#include "kamailio/boundary/entry_points.h"
#include "kamailio/fake_host.h"
#include "kamailio/host/guard.h"
#include "kamailio/state/log_limit.h"
#include "kamailio/state/settings.h"
#include "kamailio/state/values.h"

namespace kamexec::module {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// --- Values ---

TEST(Values, GiveBackWhatWasAdded) {
  Values values;
  EXPECT_TRUE(values.views().empty());
  values.add("first");
  values.add("");
  values.add(std::string_view("a\0b", 3));
  EXPECT_THAT(values.views(), ElementsAre("first", "", std::string_view("a\0b", 3)));
}

TEST(Values, StayWhereMemoryGrows) {
  Values values;
  const std::string one(1000, 'x');
  for (int i = 0; i < 50; ++i) {
    values.add(one);
  }
  ASSERT_EQ(50U, values.views().size());
  for (const std::string_view value : values.views()) {
    EXPECT_EQ(one, value);
  }
}

TEST(Values, AreNoneAfterClear) {
  Values values;
  values.add("of the call before");
  values.clear();
  values.add("new");
  EXPECT_THAT(values.views(), ElementsAre("new"));
}

// --- LogLimit ---

TEST(LogLimit, AllowsSoManyLinesASecond) {
  LogLimit limit;
  std::uint32_t left_out = 9;
  EXPECT_TRUE(limit.allow(1, 2, left_out));
  EXPECT_TRUE(limit.allow(1, 2, left_out));
  EXPECT_FALSE(limit.allow(1, 2, left_out));
  EXPECT_FALSE(limit.allow(1, 2, left_out));
  EXPECT_EQ(0U, left_out);
  EXPECT_TRUE(limit.allow(2, 2, left_out));
  EXPECT_EQ(2U, left_out);
  EXPECT_TRUE(limit.allow(7, 2, left_out));
  EXPECT_EQ(0U, left_out) << "told once";
}

TEST(LogLimit, OfZeroAllowsNothingAndCounts) {
  LogLimit limit;
  std::uint32_t left_out = 0;
  EXPECT_FALSE(limit.allow(1, 0, left_out));
  EXPECT_FALSE(limit.allow(2, 0, left_out));
  EXPECT_EQ(1U, left_out);
}

// --- time_within ---

TEST(TimeWithin, LeavesShortTimesAlone) {
  const CommandTime time = time_within(30000, {2000, 200});
  EXPECT_EQ(2000, time.timeout);
  EXPECT_EQ(200, time.grace);
}

TEST(TimeWithin, GivesACommandWithoutATimeoutWhatTheTransactionHas) {
  EXPECT_EQ(30000 - 200 - 500, time_within(30000, {0, 200}).timeout);
}

TEST(TimeWithin, EndsBeforeTheTransaction) {
  for (const std::int64_t left : {1, 3, 10, 100, 1999, 2000, 30000}) {
    for (const std::int64_t wanted : {0, 1, 100, 100000}) {
      const CommandTime time = time_within(left, {wanted, 60000});
      EXPECT_GE(time.timeout, 1);
      EXPECT_GE(time.grace, 0);
      EXPECT_LE(time.timeout + time.grace, std::max<std::int64_t>(left, 1))
          << left << " " << wanted;
      EXPECT_LE(time.grace, left / 4);
    }
  }
}

TEST(TimeWithin, HasAMillisecondWhereNoneIsLeft) {
  for (const std::int64_t left : {0, -1, -5000}) {
    EXPECT_EQ(1, time_within(left, {100, 100}).timeout);
    EXPECT_EQ(0, time_within(left, {100, 100}).grace);
  }
}

// --- settings ---

TEST(Settings, ReadParametersInTheUnitsOfTheirTypes) {
  KamexecParameters parameters = kamexec_parameters;
  parameters.time_to_kill = 3;
  parameters.environment = const_cast<char*>("HOME, LANG\tPATH");
  Settings settings;
  EXPECT_THAT(read_settings(parameters, settings), ElementsAre());
  EXPECT_EQ(std::chrono::seconds(3), settings.run.timeout);
  EXPECT_FALSE(settings.inherit_all);
  EXPECT_THAT(settings.inherited_names, ElementsAre("HOME", "LANG", "PATH"));
  parameters.deadline_ms = 250;
  EXPECT_THAT(read_settings(parameters, settings), ElementsAre());
  EXPECT_EQ(std::chrono::milliseconds(250), settings.run.timeout);
}

TEST(Settings, NameEveryNumberThatIsOutOfRange) {
  KamexecParameters parameters = kamexec_parameters;
  parameters.setvars = 2;
  parameters.output_limit = 0;
  Settings settings;
  EXPECT_THAT(read_settings(parameters, settings),
              ElementsAre("parameter setvars=2 is out of range: 0 to 1 (off, on)",
                          HasSubstr("output_limit=0 is out of range: 1 to ")));
}

TEST(Settings, RefuseWordsAndNamesThatAreNone) {
  Settings settings;
  KamexecParameters parameters = kamexec_parameters;
  parameters.environment = const_cast<char*>("HOME,1X");
  EXPECT_THAT(read_settings(parameters, settings),
              ElementsAre(HasSubstr("\"1X\" is not the name")));
  parameters = kamexec_parameters;
  parameters.dynamic_commands = const_cast<char*>("perhaps");
  EXPECT_THAT(read_settings(parameters, settings), ElementsAre(HasSubstr("\"perhaps\"")));
  parameters = kamexec_parameters;
  parameters.interpreted_values = const_cast<char*>("auto");
  EXPECT_THAT(read_settings(parameters, settings), ElementsAre(HasSubstr("\"auto\"")));
}

TEST(Settings, TakeTheFullPathOfASocket) {
  Settings settings;
  KamexecParameters parameters = kamexec_parameters;
  const std::string longest = "/" + std::string(106, 'x');
  for (const std::string& path : {std::string(), std::string("/run/kamexec/s"), longest}) {
    parameters.service = const_cast<char*>(path.c_str());
    EXPECT_THAT(read_settings(parameters, settings), ElementsAre());
    EXPECT_EQ(path, settings.service);
  }
  for (const std::string& path : {std::string("run/s"), longest + "x"}) {
    parameters.service = const_cast<char*>(path.c_str());
    EXPECT_THAT(read_settings(parameters, settings), ElementsAre(HasSubstr("full path")));
  }
}

// --- the guard ---

int fails() {
  return guarded([]() -> int { throw std::bad_alloc(); }, -1);
}

TEST(Guard, GivesTheValueForFailuresAndLogsWhereItStands) {
  EXPECT_EQ(7, guarded([] { return 7; }, -1));
  EXPECT_EQ(-1, fails());
  EXPECT_TRUE(fake_host().logged("fails: std::bad_alloc"));
}

TEST(Guard, CatchesWhatIsNoException) {
  EXPECT_EQ(-1, guarded([]() -> int { throw 5; }, -1));
}

TEST(HostCallback, KeepsWhatIsThrownUntilTheHostHasReturned) {
  int calls = 0;
  HostCallback callback([&calls](HostText) {
    ++calls;
    throw std::length_error("too long");
  });
  const auto function = callback.call<HostText>;
  function(&callback, {nullptr, 0});
  function(&callback, {nullptr, 0});
  EXPECT_EQ(1, calls);
  EXPECT_THROW(callback.rethrow(), std::length_error);
}

TEST(HostCallback, ThrowsNothingWhereNothingWasThrown) {
  std::string all;
  HostCallback callback([&all](HostText text) { all.append(text.text, text.length); });
  callback.call<HostText>(&callback, {"ab", 2});
  callback.call<HostText>(&callback, {"c", 1});
  EXPECT_NO_THROW(callback.rethrow());
  EXPECT_EQ("abc", all);
}

}  // namespace
}  // namespace kamexec::module
