// SPDX-License-Identifier: GPL-2.0-or-later
// The small parts, each alone.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>

#include "bystander.h"
#include "fixture.h"
#include "process/call_marker.h"
#include "process/capture.h"
#include "process/pipe.h"
#include "process/process_table.h"
#include "process/program_start_copy.h"
#include "process/running_marks.h"
#include "process/timer_queue.h"

namespace kamexec::process {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Deadlines, AddWithoutOverflow) {
  const TimePoint now = Clock::now();
  EXPECT_EQ(after(now, milliseconds(5)) - now, milliseconds(5));
  EXPECT_EQ(after(now, milliseconds(-5)), now);
  EXPECT_EQ(after(now, milliseconds::max()), kNoDeadline);
}

TEST(Deadlines, TimeLeft) {
  const TimePoint now = Clock::now();
  const timespec left = time_left(now, now + milliseconds(1500));
  EXPECT_EQ(left.tv_sec, 1);
  EXPECT_EQ(left.tv_nsec, 500'000'000);
  EXPECT_EQ(time_left(now, now - milliseconds(1)).tv_nsec, 0);
  EXPECT_EQ(time_left(now, TimePoint::min()).tv_sec, 0);
  EXPECT_EQ(time_left(now, kNoDeadline).tv_sec, 86'400);
}

TEST(Deadlines, TheRestOfATimeLimit) {
  const TimePoint then = Clock::now() - milliseconds(300);
  EXPECT_GE(time_since(then), milliseconds(300));
  EXPECT_LE(limit_until(after(then, milliseconds(20'000))), milliseconds(19'700));
  EXPECT_GT(limit_until(after(then, milliseconds(20'000))), milliseconds(10'000));
  EXPECT_EQ(limit_until(after(then, milliseconds(100))), milliseconds(1)) << "0 would be no limit";
  EXPECT_EQ(limit_until(kNoDeadline), milliseconds(0)) << "there is none";
}

TEST(Timers, GiveWhatIsDueInOrder) {
  const TimePoint start = Clock::now();
  TimerQueue timers;
  EXPECT_EQ(timers.earliest(), kNoDeadline);
  timers.set(1, start + milliseconds(30));
  timers.set(2, start + milliseconds(10));
  timers.set(3, start + milliseconds(20));
  timers.set(4, start + milliseconds(10));
  EXPECT_EQ(timers.earliest(), start + milliseconds(10));
  EXPECT_THAT(timers.take_due(start), IsEmpty());
  EXPECT_THAT(timers.take_due(start + milliseconds(20)), ElementsAre(2, 4, 3));
  EXPECT_THAT(timers.take_due(start + milliseconds(20)), IsEmpty());
  EXPECT_EQ(timers.earliest(), start + milliseconds(30));
}

TEST(Timers, AKeyHasOneTime) {
  const TimePoint start = Clock::now();
  TimerQueue timers;
  timers.set(1, start + milliseconds(10));
  timers.set(1, start + milliseconds(50));
  EXPECT_THAT(timers.take_due(start + milliseconds(20)), IsEmpty());
  timers.set(1, kNoDeadline);
  timers.set(2, start);
  timers.remove(2);
  timers.remove(3);
  EXPECT_EQ(timers.earliest(), kNoDeadline);
}

TEST(CallMarker, NeverTheSameTwice) {
  std::set<std::string> seen;
  std::set<std::uint64_t> limits;
  for (int i = 0; i < 1000; ++i) {
    const CallMarker marker = make_call_marker();
    EXPECT_TRUE(seen.insert(marker.variable).second);
    EXPECT_TRUE(limits.insert(marker.limit).second);
    EXPECT_GE(marker.limit, std::uint64_t{1} << 62);
    EXPECT_LT(marker.limit, std::uint64_t{1} << 63);
  }
}

class RunningMarks : public ::testing::Test {
 protected:
  RunningMarks() { share_running_marks(places_.data(), places_.size()); }
  ~RunningMarks() override { share_running_marks(nullptr, 0); }

  std::array<SharedMark, 2> places_{};
};

TEST_F(RunningMarks, AreKnownWhileTheyLive) {
  const std::uint64_t limit = make_call_marker().limit;
  EXPECT_FALSE(marks_running_command(limit));
  {
    RunningMark first(limit);
    const RunningMark moved = std::move(first);
    EXPECT_TRUE(marks_running_command(limit));
  }
  EXPECT_FALSE(marks_running_command(limit));
  EXPECT_FALSE(marks_running_command(0));
}

TEST_F(RunningMarks, OneTooManyIsNotKept) {
  std::array<std::uint64_t, 3> limits{};
  std::vector<RunningMark> marks;
  for (std::uint64_t& limit : limits) {
    limit = make_call_marker().limit;
    marks.emplace_back(limit);
  }
  EXPECT_TRUE(marks_running_command(limits[0]));
  EXPECT_TRUE(marks_running_command(limits[1]));
  EXPECT_FALSE(marks_running_command(limits[2]));
  marks.clear();
  const RunningMark again(limits[2]);
  EXPECT_TRUE(marks_running_command(limits[2]));
}

TEST_F(RunningMarks, AForkedChildForgetsNone) {
  void* const shared = ::mmap(nullptr, sizeof(SharedMark), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  share_running_marks(new (shared) SharedMark(0), 1);
  const std::uint64_t limit = make_call_marker().limit;
  RunningMark mark(limit);
  const pid_t child = ::fork();
  if (child == 0) {
    mark.forget();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(marks_running_command(limit));
  mark.forget();
  EXPECT_FALSE(marks_running_command(limit));
  ::munmap(shared, sizeof(SharedMark));
}

TEST(CallMarker, TakesTheOldOnesPlace) {
  const Arguments environment({"A=1", "KAMEXEC_CALL=9.9.9", "KAMEXEC_CALLER=x", "B=2"});
  std::string marker = "KAMEXEC_CALL=1.2.3";
  const auto marked = with_marker(environment.data(), marker);
  ASSERT_EQ(marked.size(), 5U);
  EXPECT_STREQ(marked[0], "A=1");
  EXPECT_STREQ(marked[1], "KAMEXEC_CALLER=x");
  EXPECT_STREQ(marked[2], "B=2");
  EXPECT_STREQ(marked[3], "KAMEXEC_CALL=1.2.3");
  EXPECT_EQ(marked[4], nullptr);
  EXPECT_EQ(with_marker(nullptr, marker).size(), 2U);
}

TEST(Capturing, KeepsUpToTheLimitAndReadsOn) {
  auto pipe = make_output_pipe();
  ASSERT_TRUE(pipe);
  Capture capture(5);
  EXPECT_TRUE(capture.read_from(pipe->ours.get(), 100));  // nothing yet, but no end
  ASSERT_EQ(::write(pipe->childs.get(), "abc", 3), 3);
  EXPECT_TRUE(capture.read_from(pipe->ours.get(), 100));
  EXPECT_FALSE(capture.overflowed());
  ASSERT_EQ(::write(pipe->childs.get(), "defghi", 6), 6);
  EXPECT_EQ(bytes_waiting(pipe->ours.get()), 6U);
  EXPECT_TRUE(capture.read_from(pipe->ours.get(), 2));  // no more than asked for
  EXPECT_EQ(bytes_waiting(pipe->ours.get()), 4U);
  EXPECT_FALSE(capture.overflowed());
  EXPECT_TRUE(capture.read_from(pipe->ours.get(), 100));
  EXPECT_TRUE(capture.overflowed());
  pipe->childs.reset();
  EXPECT_FALSE(capture.read_from(pipe->ours.get(), 100));
  EXPECT_EQ(capture.take(), "abcde");
}

TEST(ProgramStartCopies, KeepWhatWasGiven) {
  std::string program = "/bin/program";
  std::string directory = "/tmp";
  std::string input("in\0put", 6);
  auto argv = std::make_unique<Arguments>(std::vector<std::string>{"program", "", "a b"});
  auto environment = std::make_unique<Arguments>(std::vector<std::string>{"A=1"});
  ProgramStart start;
  start.program = program.c_str();
  start.argv = argv->data();
  start.environment = environment->data();
  start.working_directory = directory.c_str();
  ProgramStartCopy first(start, input);
  program.assign(program.size(), 'x');
  directory.assign(directory.size(), 'x');
  input.assign(input.size(), 'x');
  argv.reset();
  environment.reset();

  const ProgramStartCopy owned(std::move(first));
  const ProgramStart view = owned.view();
  EXPECT_STREQ(view.program, "/bin/program");
  EXPECT_STREQ(view.working_directory, "/tmp");
  EXPECT_STREQ(view.argv[0], "program");
  EXPECT_STREQ(view.argv[1], "");
  EXPECT_STREQ(view.argv[2], "a b");
  EXPECT_EQ(view.argv[3], nullptr);
  EXPECT_STREQ(view.environment[0], "A=1");
  EXPECT_EQ(view.environment[1], nullptr);
  EXPECT_EQ(owned.input(), std::string("in\0put", 6));
  const ProgramStartCopy nothing(ProgramStart{}, {});
  EXPECT_EQ(nothing.view().program, nullptr);
  EXPECT_EQ(nothing.view().argv, nullptr);
  EXPECT_EQ(nothing.view().environment, nullptr);
}

class Table : public ProcessTest {
 protected:
  static const ProcessEntry* find(ProcessTable& table, pid_t pid) {
    for (const ProcessEntry& entry : table.entries()) {
      if (entry.pid == pid) {
        return &entry;
      }
    }
    return nullptr;
  }
};

TEST_F(Table, ShowsOurselves) {
  ProcessTable table;
  const ProcessEntry* self = find(table, ::getpid());
  ASSERT_NE(self, nullptr);
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_EQ(self->group, ::getpgrp());
  EXPECT_EQ(self->session, ::getsid(0));
  EXPECT_TRUE(self->alive);
  EXPECT_GT(self->started, 0U);
  EXPECT_LE(self->started, current_ticks());
}

TEST_F(Table, StartTimesAreNotBeforeTheClockThatWasReadBefore) {
  const StartTicks before = current_ticks();
  const Bystander bystander(environment());
  const auto entry = read_process(bystander.pid());
  ASSERT_TRUE(entry);
  EXPECT_GE(entry->started, before);
  EXPECT_LE(entry->started, current_ticks());
}

TEST_F(Table, NamesCannotForgeFields) {
  const Bystander bystander(environment(), "odd-name");
  ASSERT_TRUE(eventually([&] {
    char name[64] = {};
    const std::string path = "/proc/" + std::to_string(bystander.pid()) + "/comm";
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return ::read(fd.get(), name, sizeof name - 1) > 0 &&
           std::string_view(name).starts_with("a) Z");
  }));
  const auto entry = read_process(bystander.pid());
  ASSERT_TRUE(entry);
  EXPECT_TRUE(entry->alive);
  EXPECT_EQ(entry->parent, ::getpid());
  EXPECT_EQ(entry->group, ::getpgrp());
}

TEST_F(Table, FindsTheMarkerWhereverItStands) {
  const std::string marker = "KAMEXEC_CALL=" + std::to_string(::getpid()) + ".table";
  for (const std::size_t before : {0U, 1U, 4080U, 4090U, 4096U, 4100U, 100'000U}) {
    const Bystander bystander(
        Arguments({tag(), "X=" + std::string(before, 'x'), "NOT_KAMEXEC_CALL=1", marker, "Y=y"}));
    EXPECT_TRUE(eventually([&] {
      ProcessTable table;
      const ProcessEntry* entry = find(table, bystander.pid());
      return entry != nullptr && table.marker(*entry) == marker;
    })) << before;
  }
}

TEST_F(Table, ReadsTheLimitThatMarks) {
  const auto limit_of = [](const Bystander& bystander) {
    ProcessTable table;
    const ProcessEntry* entry = find(table, bystander.pid());
    return entry == nullptr ? 0 : table.limit_marker(*entry);
  };
  const Bystander bystander(environment());
  rlimit limit{};
  ASSERT_EQ(::prlimit(bystander.pid(), RLIMIT_RTTIME, nullptr, &limit), 0);
  if (limit.rlim_max == RLIM_INFINITY) {
    EXPECT_EQ(limit_of(bystander), 0U);
  }
  limit.rlim_max = (std::uint64_t{1} << 62) - 5;
  limit.rlim_cur = 1'000'000;
  ASSERT_EQ(::prlimit(bystander.pid(), RLIMIT_RTTIME, &limit, nullptr), 0);
  EXPECT_EQ(limit_of(bystander), (std::uint64_t{1} << 62) - 5);
}

TEST_F(Table, WithoutADescriptorLeftItSaysSo) {
  std::vector<UniqueFd> all;
  do {
    all.emplace_back(::dup(2));
  } while (all.back().valid());
  ProcessTable table;
  const bool none = table.entries().empty();
  const std::string why = table.blind();
  all.clear();
  EXPECT_TRUE(none);
  EXPECT_EQ(why, "/proc: Too many open files");
  ProcessTable with_one;
  EXPECT_FALSE(with_one.entries().empty());
  EXPECT_EQ(with_one.blind(), "");
}

TEST_F(Table, GoneMeansNothing) {
  pid_t pid = 0;
  {
    const Bystander bystander(environment());
    pid = bystander.pid();
  }
  EXPECT_FALSE(read_process(pid));
}

}  // namespace
}  // namespace kamexec::process
