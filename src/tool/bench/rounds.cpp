// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/bench/rounds.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace kamexec::tool {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr double kRoundUs = 30'000;
constexpr double kMostCalls = 1000;
/// Third quartile over first, beyond which others' work is in the figures.
constexpr double kDisturbed = 1.5;

/// Microseconds for one of @p calls calls.
Result<double> time_of(const Subject& subject, int calls) {
  const SteadyClock::time_point begin = SteadyClock::now();
  for (int i = 0; i < calls; ++i) {
    if (const Result<void> made = subject.call(); !made) {
      return failure(subject.what + ": " + made.error().message);
    }
  }
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count() / calls;
}

/// The time of the slowest, in microseconds.
Result<double> warm_up(const Contest& contest) {
  double slowest = 0;
  for (const Subject& subject : contest.subjects) {
    if (Result<double> first = time_of(subject, 1); !first) {
      return first;
    }
    Result<double> second = time_of(subject, 1);
    if (!second) {
      return second;
    }
    slowest = std::max(slowest, *second);
  }
  return slowest;
}

Figures figures_of(const Subject& subject, const std::vector<double>& times) {
  Figures figures;
  figures.name = subject.name;
  figures.what = subject.what;
  figures.median_us = quantile(times, 0.5);
  figures.first_quartile_us = quantile(times, 0.25);
  figures.third_quartile_us = quantile(times, 0.75);
  return figures;
}

}  // namespace

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - std::floor(place));
}

int calls_for(double call_us) {
  return static_cast<int>(std::clamp(kRoundUs / std::max(call_us, 1.0), 1.0, kMostCalls));
}

Result<Measured> measure(const Contest& contest, const RoundsPlan& plan) {
  const Result<double> slowest = warm_up(contest);
  if (!slowest) {
    return tl::unexpected<Error>(slowest.error());
  }
  Measured measured;
  measured.title = contest.title;
  measured.notes = contest.notes;
  measured.calls = plan.calls > 0 ? plan.calls : calls_for(*slowest);
  std::vector<std::vector<double>> times(contest.subjects.size());
  const SteadyClock::time_point end = SteadyClock::now() + std::chrono::seconds(plan.seconds);
  for (int round = 0; round < plan.rounds; ++round) {
    if (round >= kLeastRounds && SteadyClock::now() > end) {
      break;
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      const std::size_t which = round % 2 == 0 ? i : times.size() - 1 - i;
      const Result<double> time = time_of(contest.subjects[which], measured.calls);
      if (!time) {
        return tl::unexpected<Error>(time.error());
      }
      times[which].push_back(*time);
    }
    ++measured.rounds;
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    measured.subjects.push_back(figures_of(contest.subjects[i], times[i]));
  }
  if (std::any_of(measured.subjects.begin(), measured.subjects.end(), [](const Figures& one) {
        return one.third_quartile_us > kDisturbed * one.first_quartile_us;
      })) {
    measured.notes.emplace_back(
        "the quartiles are far apart: this machine is busy; measure when it is idle");
  }
  return measured;
}

}  // namespace kamexec::tool
