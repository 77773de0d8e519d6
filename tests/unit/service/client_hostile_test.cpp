// SPDX-License-Identifier: GPL-2.0-or-later
// Daemons that say anything, drain and close at any moment: every call ends once, in time.
#include <algorithm>
#include <map>
#include <random>

#include "client_fixture.h"

namespace kamexec::service {
namespace {

class ClientHostile : public ClientTest {
 protected:
  /// Bytes of @p text changed, taken out, put in, or left as they are.
  std::string mangled(std::string text) {
    for (std::size_t faults = pick(4); faults > 0 && !text.empty(); --faults) {
      const std::size_t at = pick(text.size());
      switch (pick(4)) {
        case 0:
          text[at] = static_cast<char>(pick(256));
          break;
        case 1:
          text.erase(at, pick(20));
          break;
        case 2:
          text.insert(at, text.substr(pick(text.size()), pick(40)));
          break;
        default:
          text.insert(at, 1, '\n');
          break;
      }
    }
    return text;
  }

  std::string something_to_say(const std::vector<std::string>& asked) {
    std::string text;
    for (const std::string& request : asked) {
      text += pick(2) == 0 ? reply_to(request, "0", "line a%0Ab\npart c\nstderr d\nran 1 0 5\n")
                           : failed(request, "refused", "detail no\nexit 3\n");
      text += pick(3) == 0 ? "program lcr 100 uri\ngone x\n" : "";
    }
    return mangled(text);
  }

  std::size_t pick(std::size_t count) { return random_() % count; }

  std::mt19937 random_{20261127};
};

TEST_F(ClientHostile, EveryCallEndsOnceWhateverTheDaemonSays) {
  constexpr int kRounds = 400;
  std::map<process::Cause, int> causes;
  std::size_t taken = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Client::JobId> jobs;
    for (std::size_t i = 0; i < 1 + pick(4); ++i) {
      const std::string argument(pick(200), 'x');
      if (const Client::JobId job = submit(argument, milliseconds(20 + pick(30))); job != 0) {
        jobs.push_back(job);
      }
    }
    taken += jobs.size();
    if (!daemon().nobody_calls()) {
      Peer peer = pick(5) == 0 ? daemon().accept() : daemon().greet("program lcr 100 uri\n");
      std::vector<std::string> asked;
      for (std::size_t i = 0; i < jobs.size() && pick(6) != 0; ++i) {
        asked.push_back(peer.request());
      }
      std::shuffle(asked.begin(), asked.end(), random_);
      peer.say(something_to_say(asked));
      if (pick(4) == 0) {
        peer.drain();
      }
      if (!jobs.empty() && pick(5) == 0) {
        client().cancel(jobs.front());
      }
      client().step(Clock::now());
      static_cast<void>(pick(3) == 0 ? submit("late", milliseconds(20)) : 0);
    }
    ASSERT_TRUE(client().run_until(after(Clock::now(), kGenerous)));
  }
  for (const auto& [id, result] : results_) {
    ++causes[result.outcome.cause];
  }
  EXPECT_GE(results_.size(), taken);
  // All of it has happened: right answers, lost connections, deadlines.
  EXPECT_GT(causes[process::Cause::ok], 0);
  EXPECT_GT(causes[process::Cause::refused], 0);
  EXPECT_GT(causes[process::Cause::unusable], 0);
  EXPECT_GT(causes[process::Cause::deadline], 0);
}

}  // namespace
}  // namespace kamexec::service
