// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/result_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::daemon {
namespace {

using process::Cause;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr TimePoint kStart{std::chrono::hours(1)};
TimePoint at(int ms) {
  return kStart + milliseconds(ms);
}

program::CacheRule rule(int yes, int no = 0, int stale = 0, std::size_t size = 1 << 20) {
  program::CacheRule made;
  made.yes = milliseconds(yes);
  made.no = milliseconds(no);
  made.stale = milliseconds(stale);
  made.size = size;
  return made;
}

process::RunResult result(const std::string& output, Cause cause = Cause::ok, int status = 0) {
  process::RunResult made;
  made.outcome.cause = cause;
  made.outcome.exit_status = status;
  made.outcome.pid = 4711;
  made.outcome.duration = std::chrono::microseconds(99);
  made.output = output;
  made.error = "a warning";
  return made;
}

using Arguments = std::vector<std::string_view>;

class ResultCacheTest : public testing::Test {
 protected:
  ResultCache& with(const program::CacheRule& of) { return cache_.emplace(of); }

  /// Asks; what those who wait are told is put at the end of told_.
  ResultCache::Found ask(const Arguments& arguments, TimePoint now,
                         TimePoint deadline = kNoDeadline) {
    return cache_->ask(arguments, deadline, now,
                       [this](const process::RunResult& told) { told_.push_back(told); });
  }
  /// The answer that is kept, or "".
  std::string kept(const Arguments& arguments, TimePoint now) {
    const auto found = ask(arguments, now);
    if (found.result == nullptr) {
      if (found.fetch != 0) {
        EXPECT_EQ(cache_->leave(found.waiter), found.fetch);
        cache_->complete(found.fetch, result("late"), now);
      }
      return "";
    }
    return found.result->output;
  }
  /// Has it fetched.
  void fetch(const Arguments& arguments, const process::RunResult& fetched, TimePoint now) {
    const auto found = ask(arguments, now);
    ASSERT_NE(found.fetch, 0U);
    cache_->complete(found.fetch, fetched, now);
  }
  const CacheFigures& figures() { return cache_->figures(); }

  std::optional<ResultCache> cache_;
  std::vector<process::RunResult> told_;
};

TEST_F(ResultCacheTest, KeepsAnAnswerForItsTime) {
  with(rule(100));
  const auto first = ask({"a"}, at(0));
  EXPECT_EQ(first.result, nullptr);
  ASSERT_NE(first.fetch, 0U);
  cache_->complete(first.fetch, result("x\n"), at(10));
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_EQ(told_[0].output, "x\n");
  EXPECT_EQ(told_[0].error, "a warning") << "the caller that had it run";

  const auto hit = ask({"a"}, at(109));
  ASSERT_NE(hit.result, nullptr);
  EXPECT_EQ(hit.fetch, 0U);
  EXPECT_EQ(hit.result->output, "x\n");
  EXPECT_EQ(hit.result->outcome.cause, Cause::ok);
  EXPECT_EQ(hit.result->outcome.exit_status, 0);
  EXPECT_EQ(hit.result->error, "") << "of the run, not of the answer";
  EXPECT_EQ(hit.result->outcome.pid, 0);
  EXPECT_EQ(hit.result->outcome.duration.count(), 0);

  EXPECT_NE(ask({"a"}, at(110)).fetch, 0U) << "its time is over";
  EXPECT_EQ(figures().hits, 1U);
  EXPECT_EQ(figures().misses, 2U);
  EXPECT_THAT(told_, SizeIs(1));
}

TEST_F(ResultCacheTest, KeepsANoForItsOwnTimeAndOnlyWhereItHasOne) {
  with(rule(100, 20));
  fetch({"a"}, result("reason\n", Cause::nonzero_exit, 3), at(0));
  const auto hit = ask({"a"}, at(19));
  ASSERT_NE(hit.result, nullptr);
  EXPECT_EQ(hit.result->outcome.cause, Cause::nonzero_exit);
  EXPECT_EQ(hit.result->outcome.exit_status, 3);
  EXPECT_EQ(hit.result->output, "reason\n");
  EXPECT_EQ(kept({"a"}, at(20)), "");

  with(rule(100));
  fetch({"a"}, result("reason\n", Cause::nonzero_exit, 3), at(0));
  EXPECT_EQ(kept({"a"}, at(0)), "");
  EXPECT_EQ(figures().entries, 0U);
}

TEST_F(ResultCacheTest, NeverKeepsAFailure) {
  with(rule(1000, 1000, 1000));
  for (const Cause cause : {Cause::deadline, Cause::not_started, Cause::refused, Cause::unusable}) {
    const auto found = ask({"a"}, at(0));
    ASSERT_NE(found.fetch, 0U);
    cache_->complete(found.fetch, result("x", cause, -1), at(0));
    EXPECT_EQ(told_.back().outcome.cause, cause) << "who waits is told";
  }
  EXPECT_EQ(figures().entries, 0U);
  EXPECT_EQ(figures().bytes, 0U);
  EXPECT_FALSE(cache_->busy());
}

TEST_F(ResultCacheTest, TellsArgumentsApartAsBytes) {
  with(rule(1000));
  const std::vector<Arguments> all = {{},
                                      {""},
                                      {"", ""},
                                      {"ab"},
                                      {"a", "b"},
                                      {"a b"},
                                      {"a", "b", ""},
                                      {"1:a"},
                                      {"a1:b"},
                                      {"a", "1:b"},
                                      {"a\nb"},
                                      {std::string_view("a\0b", 3)},
                                      {std::string_view("a\0", 2), "b"},
                                      {"1:a1:b"},
                                      {"2:ab"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    fetch(all[i], result(std::to_string(i)), at(0));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(kept(all[i], at(1)), std::to_string(i));
  }
  EXPECT_EQ(figures().entries, all.size());
}

TEST_F(ResultCacheTest, OneFetchesAndTheOthersWait) {
  with(rule(1000));
  const auto first = ask({"a"}, at(0));
  const auto second = ask({"a"}, at(1));
  const auto third = ask({"a"}, at(2));
  const auto other = ask({"b"}, at(2));
  EXPECT_NE(first.fetch, 0U);
  EXPECT_EQ(second.fetch, 0U);
  EXPECT_EQ(third.fetch, 0U);
  EXPECT_NE(other.fetch, 0U);
  EXPECT_NE(second.waiter, third.waiter);
  cache_->complete(first.fetch, result("x"), at(3));
  ASSERT_THAT(told_, SizeIs(3));
  EXPECT_EQ(told_[2].output, "x");
  EXPECT_EQ(figures().misses, 2U);
  EXPECT_EQ(figures().waits, 2U);
  EXPECT_TRUE(cache_->busy()) << "b";
}

TEST_F(ResultCacheTest, AFailureIsTheOutcomeOfAllWhoWaitForIt) {
  with(rule(1000));
  const auto first = ask({"a"}, at(0));
  ask({"a"}, at(1));
  cache_->complete(first.fetch, result("", Cause::unusable, -1), at(2));
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_EQ(told_[1].outcome.cause, Cause::unusable);
  EXPECT_NE(ask({"a"}, at(3)).fetch, 0U) << "the next one tries again";
}

TEST_F(ResultCacheTest, EachWaitsToItsOwnDeadlineAndTheFetchGoesOn) {
  with(rule(1000));
  const auto first = ask({"a"}, at(0), at(10));
  ask({"a"}, at(1), at(50));
  ask({"a"}, at(1), kNoDeadline);
  EXPECT_EQ(cache_->wake_at(), at(10));
  cache_->expire(at(9));
  EXPECT_THAT(told_, SizeIs(0));
  cache_->expire(at(10));
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_EQ(told_[0].outcome.cause, Cause::deadline);
  EXPECT_THAT(told_[0].outcome.detail, HasSubstr("deadline"));
  EXPECT_EQ(cache_->wake_at(), at(50));
  cache_->complete(first.fetch, result("x"), at(20));
  ASSERT_THAT(told_, SizeIs(3));
  EXPECT_EQ(told_[1].output, "x");
  EXPECT_EQ(cache_->wake_at(), kNoDeadline);
}

TEST_F(ResultCacheTest, AFetchThatAllHaveGivenUpOnIsStillKept) {
  with(rule(1000));
  const auto first = ask({"a"}, at(0), at(10));
  cache_->expire(at(10));
  cache_->complete(first.fetch, result("x"), at(20));
  EXPECT_THAT(told_, SizeIs(1));
  EXPECT_EQ(kept({"a"}, at(21)), "x");
}

TEST_F(ResultCacheTest, AFetchGoesOnWhileAnyoneWaits) {
  with(rule(1000));
  const auto first = ask({"a"}, at(0));
  const auto second = ask({"a"}, at(0));
  EXPECT_EQ(cache_->leave(first.waiter), std::nullopt) << "the other one waits still";
  EXPECT_EQ(cache_->leave(first.waiter), std::nullopt) << "twice is nothing";
  EXPECT_EQ(cache_->leave(second.waiter), first.fetch) << "nobody waits: to be cancelled";
  const auto next = ask({"a"}, at(1));
  EXPECT_NE(next.fetch, 0U) << "no one joins what is cancelled";
  EXPECT_NE(next.fetch, first.fetch);
  process::RunResult cancelled;
  cancelled.outcome = process::Outcome::cancelled();
  cache_->complete(first.fetch, cancelled, at(2));
  EXPECT_THAT(told_, SizeIs(0));
  cache_->complete(next.fetch, result("x"), at(3));
  EXPECT_THAT(told_, SizeIs(1));
  EXPECT_EQ(kept({"a"}, at(4)), "x");
  EXPECT_FALSE(cache_->busy());
}

TEST_F(ResultCacheTest, AnswersByTheOldWhileOneFetchesTheNew) {
  with(rule(100, 0, 50));
  fetch({"a"}, result("old"), at(0));
  const auto first = ask({"a"}, at(100));
  ASSERT_NE(first.result, nullptr);
  EXPECT_EQ(first.result->output, "old");
  ASSERT_NE(first.fetch, 0U) << "this one fetches";
  const auto second = ask({"a"}, at(101));
  ASSERT_NE(second.result, nullptr);
  EXPECT_EQ(second.fetch, 0U);
  cache_->complete(first.fetch, result("new"), at(120));
  EXPECT_EQ(kept({"a"}, at(219)), "new");
  EXPECT_EQ(figures().stale, 2U);
  EXPECT_EQ(figures().refreshes, 1U);
  EXPECT_EQ(figures().hits, 1U);
  EXPECT_EQ(figures().entries, 1U);
  EXPECT_THAT(told_, SizeIs(1)) << "the first of all";
}

TEST_F(ResultCacheTest, WhoComesWhenTheOldMayNoMoreBeGivenWaitsForTheRefresh) {
  with(rule(100, 0, 50));
  fetch({"a"}, result("old"), at(0));
  const auto refresh = ask({"a"}, at(149));
  ASSERT_NE(refresh.fetch, 0U);
  const auto late = ask({"a"}, at(150));
  EXPECT_EQ(late.result, nullptr);
  EXPECT_EQ(late.fetch, 0U);
  EXPECT_EQ(cache_->leave(late.waiter), std::nullopt) << "a refresh goes on for itself";
  cache_->complete(refresh.fetch, result("new"), at(160));
  EXPECT_EQ(kept({"a"}, at(161)), "new");
}

TEST_F(ResultCacheTest, AFailedRefreshLeavesTheOldForItsTime) {
  with(rule(100, 0, 50));
  fetch({"a"}, result("old"), at(0));
  const auto first = ask({"a"}, at(110));
  cache_->complete(first.fetch, result("", Cause::deadline, -1), at(120));
  const auto second = ask({"a"}, at(130));
  ASSERT_NE(second.result, nullptr);
  EXPECT_EQ(second.result->output, "old");
  ASSERT_NE(second.fetch, 0U) << "and another tries";
  cache_->complete(second.fetch, result("no", Cause::nonzero_exit, 1), at(140));
  EXPECT_EQ(kept({"a"}, at(141)), "") << "a no has no time here, and the yes is known to be wrong";
}

TEST_F(ResultCacheTest, StaysWithinItsBytesAndLetsTheLongestUnusedGo) {
  constexpr std::size_t kSize = 20'000;
  with(rule(1000, 0, 0, kSize));
  std::vector<std::string> names;
  names.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    names.push_back("argument " + std::to_string(i));
  }
  fetch({names[0]}, result("first"), at(0));
  for (std::size_t i = 1; i < names.size(); ++i) {
    fetch({names[i]}, result(std::string(40, 'x')), at(0));
    EXPECT_LE(figures().bytes, kSize);
    EXPECT_EQ(kept({names[0]}, at(0)), "first") << "it is used";
  }
  EXPECT_GT(figures().entries, 20U);
  EXPECT_EQ(figures().entries + figures().evictions, names.size());
  EXPECT_EQ(kept({names.back()}, at(0)), std::string(40, 'x'));
  EXPECT_EQ(kept({names[1]}, at(0)), "");
}

TEST_F(ResultCacheTest, CountsTheMemoryThatItTakes) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "allocations are those of the sanitizer here";
#endif
  with(rule(1000, 0, 0, std::size_t{64} << 20));
  const std::size_t before = test::allocations().live_bytes;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::string key = "+49301234567" + std::to_string(i);
    fetch({key}, result("sip:+49301234567@gw1.example.net\n" + std::string(i % 200, 'x')), at(0));
    told_.clear();
  }
  told_.shrink_to_fit();
  const auto taken = static_cast<double>(test::allocations().live_bytes - before);
  EXPECT_LT(taken, static_cast<double>(figures().bytes) * 1.05);
  EXPECT_GT(taken, static_cast<double>(figures().bytes) * 0.75) << "blocks of the heap are counted";
  RecordProperty("bytes_each", static_cast<int>(figures().bytes / 2000));
}

TEST_F(ResultCacheTest, OneThatIsTooLargeIsNotKeptAndCostsNoOther) {
  with(rule(1000, 0, 0, 10'000));
  fetch({"a"}, result("small"), at(0));
  const std::string large(20'000, 'x');
  fetch({"b"}, result(large), at(0));
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_EQ(told_[1].output, large);
  fetch({large}, result("y"), at(0));
  EXPECT_EQ(kept({"a"}, at(1)), "small");
  EXPECT_EQ(kept({"b"}, at(1)), "");
  EXPECT_EQ(figures().entries, 1U);
  EXPECT_EQ(figures().evictions, 0U);
}

TEST_F(ResultCacheTest, ANewAnswerOfAnotherSizeIsCountedAnew) {
  with(rule(10, 0, 10, 100'000));
  fetch({"a"}, result(std::string(50'000, 'x')), at(0));
  EXPECT_GT(figures().bytes, 50'000U);
  const auto refresh = ask({"a"}, at(10));
  cache_->complete(refresh.fetch, result("y"), at(11));
  EXPECT_LT(figures().bytes, 1'000U);
  EXPECT_EQ(figures().entries, 1U);
  EXPECT_EQ(cache_->flush(), 1U);
  EXPECT_EQ(figures().bytes, 0U);
}

TEST_F(ResultCacheTest, FlushesAllOrOne) {
  with(rule(1000));
  fetch({"a"}, result("1"), at(0));
  fetch({"a", "b"}, result("2"), at(0));
  fetch({"c"}, result("3"), at(0));
  EXPECT_EQ(cache_->flush(Arguments{"a"}), 1U);
  EXPECT_EQ(cache_->flush(Arguments{"a"}), 0U);
  EXPECT_EQ(cache_->flush(Arguments{"x"}), 0U);
  EXPECT_EQ(kept({"a"}, at(1)), "");
  EXPECT_EQ(kept({"a", "b"}, at(1)), "2");
  EXPECT_EQ(cache_->flush(), 2U);
  EXPECT_EQ(kept({"c"}, at(1)), "");
  EXPECT_EQ(figures().entries, 0U);
}

TEST_F(ResultCacheTest, WhatIsFetchedWhenItIsFlushedIsAnsweredAndNotKept) {
  for (const bool one : {false, true}) {
    with(rule(1000));
    told_.clear();
    const auto before = ask({"a"}, at(0));
    EXPECT_EQ(one ? cache_->flush(Arguments{"a"}) : cache_->flush(), 0U);
    const auto after_it = ask({"a"}, at(1));
    EXPECT_NE(after_it.fetch, 0U) << "it must not get what is older than the flush";
    cache_->complete(before.fetch, result("old"), at(2));
    ASSERT_THAT(told_, SizeIs(1));
    EXPECT_EQ(told_[0].output, "old");
    cache_->complete(after_it.fetch, result("new"), at(3));
    EXPECT_EQ(kept({"a"}, at(4)), "new");
    EXPECT_EQ(cache_->leave(before.waiter), std::nullopt);
  }
}

TEST_F(ResultCacheTest, AnAnswerMayUseTheCache) {
  with(rule(1000));
  ResultCache::Found second;
  int answers = 0;
  const auto first = cache_->ask(Arguments{"a"}, kNoDeadline, at(0), [&](const auto&) {
    ++answers;
    // As a connection that is closed by what is written to it: its other calls leave.
    EXPECT_EQ(cache_->leave(second.waiter), std::nullopt);
    EXPECT_NE(ask({"a"}, at(1)).result, nullptr);
    for (int i = 0; i < 1000; ++i) {
      ask({"more", std::to_string(i)}, at(1));
    }
  });
  second = cache_->ask(Arguments{"a"}, kNoDeadline, at(0), [&](const auto&) { ++answers; });
  cache_->complete(first.fetch, result("x"), at(1));
  cache_->complete(first.fetch, result("y"), at(1));
  EXPECT_EQ(answers, 1);
}

TEST_F(ResultCacheTest, AHitAllocatesNothing) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "allocations are those of the sanitizer here";
#endif
  with(rule(1000));
  fetch({"+49301234567890", "192.0.2.1"}, result(std::string(500, 'x')), at(0));
  const Arguments arguments{"+49301234567890", "192.0.2.1"};
  const auto hit = [&] {
    EXPECT_NE(cache_->ask(arguments, kNoDeadline, at(1), nullptr).result, nullptr);
  };
  hit();
  const std::size_t before = test::allocations().ever;
  for (int i = 0; i < 100; ++i) {
    hit();
  }
  EXPECT_EQ(test::allocations().ever, before);
}

TEST_F(ResultCacheTest, ShortOfMemoryNobodyWaitsAndNothingIsLost) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "allocations are those of the sanitizer here";
#endif
  const std::string key(100, 'k');
  for (std::size_t good = 0;; ++good) {
    with(rule(1000));
    told_.reserve(16);
    told_.clear();
    bool thrown = false;
    ResultCache::Found found;
    test::fail_allocations(good, 1);
    try {
      found = ask({key}, at(0), at(500));
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    const bool failed = test::stop_failing() > 0;
    EXPECT_EQ(thrown, failed);
    if (thrown) {
      EXPECT_FALSE(cache_->busy());
      EXPECT_EQ(cache_->wake_at(), kNoDeadline);
      EXPECT_EQ(figures().misses, 0U);
      found = ask({key}, at(0));
    }
    ASSERT_NE(found.fetch, 0U);
    const process::RunResult brought = result(std::string(100, 'x'));
    test::fail_allocations(0, 1);
    cache_->complete(found.fetch, brought, at(1));
    test::stop_failing();
    EXPECT_THAT(told_, SizeIs(1)) << "who waits is told even where it can't be kept";
    EXPECT_EQ(figures().entries, 0U);
    if (!failed) {
      break;
    }
  }
}

TEST_F(ResultCacheTest, ManyKeysAndHostileSizesStayBounded) {
  constexpr std::size_t kSize = 256 << 10;
  with(rule(50, 20, 10, kSize));
  std::uint32_t random = 1;
  const auto next = [&random](std::uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  struct Open {
    ResultCache::FetchId fetch;
    std::string answer;
  };
  std::vector<Open> open;
  std::vector<ResultCache::WaiterId> waiting;
  std::size_t asked = 0;
  for (int step = 0; step < 50'000; ++step) {
    const TimePoint now = at(step / 20);
    const std::string key = std::to_string(next(3000));
    switch (next(8)) {
      case 0:
        if (!waiting.empty()) {
          const std::size_t one = next(static_cast<std::uint32_t>(waiting.size()));
          if (const auto cancelled = cache_->leave(waiting[one])) {
            cache_->complete(*cancelled, result("", Cause::deadline, -1), now);
          }
          waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(one));
        }
        break;
      case 1:
        cache_->expire(now);
        break;
      case 2:
        if (next(500) == 0) {
          cache_->flush();
        } else {
          cache_->flush(Arguments{key});
        }
        break;
      case 3:
      case 4:
        if (!open.empty()) {
          const std::size_t one = next(static_cast<std::uint32_t>(open.size()));
          const std::string fill(next(20) == 0 ? next(300'000) : next(100), 'x');
          cache_->complete(
              open[one].fetch,
              result(open[one].answer + fill, next(3) == 0 ? Cause::nonzero_exit : Cause::ok), now);
          open.erase(open.begin() + static_cast<std::ptrdiff_t>(one));
        }
        break;
      default: {
        const auto found = ask({key}, now, at(step / 20 + static_cast<int>(next(20))));
        ++asked;
        if (found.fetch != 0) {
          open.push_back({found.fetch, key + "="});
        }
        if (found.result != nullptr) {
          EXPECT_EQ(found.result->output.substr(0, key.size() + 1), key + "=");
        } else {
          waiting.push_back(found.waiter);
        }
      }
    }
    ASSERT_LE(figures().bytes, kSize);
    told_.clear();
  }
  EXPECT_GT(figures().hits, 100U);
  EXPECT_EQ(figures().hits + figures().stale + figures().misses + figures().waits, asked);
  for (const Open& one : open) {
    cache_->complete(one.fetch, result("x"), at(5000));
  }
  EXPECT_FALSE(cache_->busy());
  cache_->flush();
  EXPECT_EQ(figures().bytes, 0U);
  EXPECT_EQ(figures().entries, 0U);
}

}  // namespace
}  // namespace kamexec::daemon
