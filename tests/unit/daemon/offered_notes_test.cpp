// SPDX-License-Identifier: GPL-2.0-or-later
// Notes as the fleet's store gives them, and attempts that real programs are.
#include "daemon/offered_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "daemon_parts.h"
#include "fleet/call_message.h"

namespace kamexec::daemon {
namespace {

using testing::HasSubstr;
using Kind = fleet::NoteEnd::Kind;

class OfferedNotesTest : public testing::Test {
 protected:
  OfferedNotesTest() {
    executor_ = open_executor();
    notes_ = std::make_unique<OfferedNotes>(
        *executor_,
        [this](fleet::NoteId id, const fleet::NoteEnd& end) { ended_.emplace_back(id, end); });
  }
  ~OfferedNotesTest() override { executor_->stop_until(after(Clock::now(), kPatience)); }

  std::vector<fleet::NoteRule> serve(const std::vector<std::string>& definitions) {
    served_ = served_of(definitions, served_);
    return notes_->serve(served_);
  }
  void note(fleet::NoteId id, const std::string& program, std::uint32_t attempt = 1) {
    service::CallRequest request;
    request.id = "0123456789abcdef0123456789abcdef";
    request.call = "cmd";
    const std::vector<std::string_view> arguments{"an argument"};
    request.arguments = arguments;
    std::string text;
    ASSERT_TRUE(fleet::append_call(text, request, 0, std::size_t{1} << 20));
    fleet::ReceivedCall received;
    ASSERT_TRUE(fleet::read_call(text, received));
    notes_->on_note(id, program, received, attempt);
  }
  void turn_until_ended(std::size_t count) {
    const TimePoint until = after(Clock::now(), kPatience);
    while (ended_.size() < count && Clock::now() < until) {
      static_cast<void>(executor_->step());
      static_cast<void>(executor_->start_some());
      notes_->deliver();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_EQ(ended_.size(), count);
  }

  static constexpr std::chrono::seconds kPatience{60};
  std::unique_ptr<engine::Executor> executor_;
  std::unique_ptr<OfferedNotes> notes_;
  ServedPrograms served_;
  std::vector<std::pair<fleet::NoteId, fleet::NoteEnd>> ended_;
};

TEST_F(OfferedNotesTest, WhatIsStoredIsTakenAsItsDefinitionSays) {
  const auto rules = serve({"name=now; run=true",
                            "name=bill; run=true; delivery=stored; max=3; retry=2s; "
                            "retry_most=3s; attempts=4"});
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].program, "bill");
  EXPECT_EQ(rules[0].at_once, 3U);
  EXPECT_EQ(rules[0].retry, std::chrono::seconds(2));
  EXPECT_EQ(rules[0].retry_most, std::chrono::seconds(3));
  EXPECT_EQ(rules[0].attempts, 4U);
}

TEST_F(OfferedNotesTest, TellsHowEachHasEnded) {
  serve(
      {"name=bill; run=/bin/sh -c 'echo $KAMEXEC_ID.$KAMEXEC_ATTEMPT.$1 >&2; exit "
       "$((KAMEXEC_ATTEMPT - 1))' sh; delivery=stored"});
  note(7, "bill");
  turn_until_ended(1);
  EXPECT_EQ(ended_[0].first, 7U);
  EXPECT_EQ(ended_[0].second.kind, Kind::done);
  note(8, "bill", 3);
  turn_until_ended(2);
  EXPECT_EQ(ended_[1].first, 8U);
  EXPECT_EQ(ended_[1].second.kind, Kind::failed);
  EXPECT_EQ(ended_[1].second.outcome, "no");
  EXPECT_THAT(ended_[1].second.detail, HasSubstr("exit status 2; its standard error: "
                                                 "0123456789abcdef0123456789abcdef.3.an argument"));
}

TEST_F(OfferedNotesTest, TwoNotesMayHaveTheSameCall) {
  serve({"name=bill; run=true; delivery=stored"});
  note(1, "bill");
  note(2, "bill", 5);
  turn_until_ended(2);
  EXPECT_THAT((std::vector{ended_[0].first, ended_[1].first}),
              testing::UnorderedElementsAre(1U, 2U));
}

TEST_F(OfferedNotesTest, WhatIsNotOfferedIsNotRun) {
  serve({"name=bill; run=true; delivery=stored"});
  note(1, "other");
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].second.kind, Kind::not_run);
  EXPECT_THAT(ended_[0].second.detail, HasSubstr("doesn't offer the program other"));
}

TEST_F(OfferedNotesTest, WhatOurEndKillsHasNotFailed) {
  serve({"name=bill; run=/bin/sh -c 'exec sleep 60' sh; delivery=stored; timeout=60s"});
  note(1, "bill");
  static_cast<void>(executor_->start_some());
  executor_->stop_until(after(Clock::now(), std::chrono::milliseconds(10)));
  notes_->deliver();
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].second.kind, Kind::killed);
}

}  // namespace
}  // namespace kamexec::daemon
