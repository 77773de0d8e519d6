// SPDX-License-Identifier: GPL-2.0-or-later
// Many calls at once, in a loop.
#include <poll.h>

#include "client_fixture.h"

namespace kamexec::service {
namespace {

using process::Cause;
using ::testing::HasSubstr;
using ::testing::Not;

class ClientJobs : public ClientTest {
 protected:
  [[nodiscard]] bool is_readable(milliseconds time = milliseconds(0)) {
    pollfd entry{client().fd(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(time.count())) == 1;
  }
};

const std::string kLarge(std::size_t{900} << 10, 'x');

TEST_F(ClientJobs, EachGetsItsOwnReplyInWhateverOrderAndPieces) {
  constexpr int kJobs = 300;
  std::map<Client::JobId, std::string> expected;
  for (int i = 0; i < kJobs; ++i) {
    const std::string argument = "n" + std::to_string(i);
    expected[submit(argument)] = argument + "\n";
  }
  std::unique_ptr<Peer> peer;  // open until the end
  daemon().play([&] {
    peer = std::make_unique<Peer>(daemon().greet());
    std::string replies;
    for (int i = 0; i < kJobs; ++i) {
      const std::string asked = peer->request();
      const std::size_t begin = asked.find("arg ") + 4;
      const std::string argument = asked.substr(begin, asked.find('\n', begin) - begin);
      const std::string reply = reply_to(asked, "0", "line " + argument + "\n");
      replies = i % 2 == 0 ? reply + replies : replies + reply;
    }
    for (std::size_t at = 0; at < replies.size(); at += 77) {
      peer->say(std::string_view(replies).substr(at, 77));
    }
  });
  EXPECT_TRUE(client().run_until(after(Clock::now(), kGenerous)));
  ASSERT_EQ(results_.size(), expected.size());
  for (const auto& [id, output] : expected) {
    EXPECT_EQ(results_[id].output, output);
    EXPECT_GT(results_[id].outcome.duration.count(), 0);
  }
  EXPECT_EQ(client().counters().connections, 1u);
  daemon().join();
}

TEST_F(ClientJobs, TellsBySItsDescriptorThatSomethingIsToBeDone) {
  const Client::JobId job = submit("a", milliseconds(100));
  Peer peer = daemon().greet();
  EXPECT_TRUE(is_readable(kGenerous));
  client().step(Clock::now());
  EXPECT_FALSE(is_readable());
  EXPECT_TRUE(is_readable(kGenerous));  // its deadline
  EXPECT_TRUE(step_until([&] { return results_.contains(job); }));
  EXPECT_EQ(results_[job].outcome.cause, Cause::deadline);
  EXPECT_FALSE(is_readable());
  const std::string asked = peer.request();
  EXPECT_EQ(peer.line(), "cancel " + id_of(asked));
}

TEST_F(ClientJobs, AreCompletedByStepAloneWhereACallIsWaitedForBetween) {
  const Client::JobId job = submit("first");
  daemon().play([&] {
    Peer peer = daemon().greet();
    const std::string first = peer.request();
    const std::string second = peer.request();
    peer.say(reply_to(first, "0", "line one\n") + reply_to(second, "0", "line two\n"));
  });
  const process::RunResult waited_for = run();
  daemon().join();
  EXPECT_EQ(waited_for.output, "two\n");
  EXPECT_TRUE(results_.empty());
  EXPECT_TRUE(is_readable());
  client().step(Clock::now());
  EXPECT_EQ(results_[job].output, "one\n");
}

TEST_F(ClientJobs, ACancelledOneIsOverAndTheDaemonIsTold) {
  const Client::JobId job = submit("first");
  const Client::JobId other = submit("second");
  Peer peer = daemon().greet();
  const std::string first = peer.request();
  const std::string second = peer.request();
  EXPECT_TRUE(client().cancel(job));
  EXPECT_FALSE(client().cancel(job));
  EXPECT_FALSE(client().cancel(4711));
  EXPECT_TRUE(is_readable());
  EXPECT_EQ(result_of(job).outcome.cause, Cause::deadline);
  EXPECT_EQ(results_[job].outcome.detail, process::kCancelled);
  EXPECT_EQ(peer.line(), "cancel " + id_of(first));
  peer.say(failed(first, "deadline", "detail cancelled\n") + reply_to(second));
  EXPECT_EQ(result_of(other).outcome.cause, Cause::ok);
  EXPECT_EQ(client().counters().late, 1u);
}

TEST_F(ClientJobs, ACancelledOneThatWasNotBegunIsNeverSent) {
  const Client::JobId large = submit(kLarge);
  Peer peer = daemon().greet();
  const Client::JobId waiting = submit("waiting");
  const Client::JobId last = submit("last");
  EXPECT_TRUE(client().cancel(waiting));
  daemon().play([&] {
    const std::string first = peer.request();
    const std::string next = peer.request();
    EXPECT_THAT(first, HasSubstr(kLarge));
    EXPECT_THAT(next, HasSubstr("arg last\n"));
    peer.say(reply_to(first) + reply_to(next));
  });
  EXPECT_EQ(result_of(large).outcome.cause, Cause::ok);
  EXPECT_EQ(result_of(last).outcome.cause, Cause::ok);
  EXPECT_EQ(result_of(waiting).outcome.cause, Cause::deadline);
  daemon().join();
}

TEST_F(ClientJobs, ACancelledOneThatIsHalfSentIsSentToItsEndAndCancelled) {
  const Client::JobId large = submit(kLarge);
  Peer peer = daemon().greet();
  EXPECT_TRUE(client().cancel(large));
  const Client::JobId last = submit("last");
  daemon().play([&] {
    const std::string first = peer.request();
    EXPECT_EQ(peer.line(), "cancel " + id_of(first));
    peer.say(failed(first, "deadline"));
    peer.say(reply_to(peer.request()));
  });
  EXPECT_EQ(result_of(large).outcome.detail, process::kCancelled);
  EXPECT_EQ(result_of(last).outcome.cause, Cause::ok);
  daemon().join();
}

TEST_F(ClientJobs, AreRefusedWhereTooMuchWaitsToBeSent) {
  ClientOptions options;
  options.unsent_limit = std::size_t{2} << 20;
  make_client(options);
  int taken = 0;
  while (taken < 100 && submit(kLarge) != 0) {
    ++taken;
  }
  EXPECT_GT(taken, 2);
  EXPECT_LT(taken, 10);
  EXPECT_EQ(refusal_.cause, Cause::refused);
  EXPECT_THAT(refusal_.detail, HasSubstr("wait already to be sent"));
}

TEST_F(ClientJobs, LearnWhatIsOfUseWhereAllOfItIsTooLong) {
  CallRequest call = request();
  call.message = kLarge;
  call.input = kLarge;
  EXPECT_EQ(submit(call, within(kGenerous)), 0u);  // nobody tells
  static_cast<void>(daemon().accept());
  EXPECT_THAT(refusal_.detail, HasSubstr("longer than the limit"));
  make_client();
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet("program lcr 20000 input\n");
    asked = peer.request();
    peer.say(reply_to(asked));
  });
  Client::JobId job = 0;
  for (int i = 0; i < 100 && job == 0; ++i) {  // the machine may be busy
    job = submit(call, within(kGenerous));
  }
  EXPECT_EQ(result_of(job).outcome.cause, Cause::ok);
  EXPECT_THAT(asked, Not(HasSubstr("message")));
  daemon().join();
}

TEST_F(ClientJobs, AreRefusedAtOnceWhereThereIsNoService) {
  daemon().remove();
  EXPECT_EQ(submit(), 0u);
  EXPECT_EQ(refusal_.cause, Cause::not_started);
  EXPECT_TRUE(client().run_until(Clock::now()));
}

TEST_F(ClientJobs, HaveTheProgramsTimeOutFromItsNoticeOn) {
  ClientOptions options;
  options.first_timeout = kGenerous;
  make_client(options);
  const TimePoint before = Clock::now();
  const Client::JobId short_one = submit(request(), {kNoDeadline, true});
  const Client::JobId limited = submit(request(), within(kGenerous));
  Peer peer = daemon().greet("program lcr 150\n");
  EXPECT_EQ(result_of(short_one).outcome.cause, Cause::deadline);
  EXPECT_GE(Clock::now() - before, milliseconds(150));
  EXPECT_LT(Clock::now() - before, kGenerous / 2);
  EXPECT_FALSE(results_.contains(limited));
}

TEST_F(ClientJobs, MayBeGivenAndCancelledByACompletion) {
  Client::JobId given = 0;
  const Client::JobId other = submit("other");
  const auto first = client().submit(request("first"), within(kGenerous),
                                     [&](Client::JobId, const process::RunResult&) {
                                       EXPECT_TRUE(client().cancel(other));
                                       given = submit("given");
                                     });
  ASSERT_TRUE(first);
  Peer peer = daemon().greet();
  static_cast<void>(peer.request());
  peer.say(reply_to(peer.request()));
  EXPECT_TRUE(step_until([&] { return given != 0; }));
  EXPECT_EQ(result_of(other).outcome.detail, process::kCancelled);
  EXPECT_THAT(peer.line(), HasSubstr("cancel "));
  peer.say(reply_to(peer.request(), "0", "line given\n"));
  EXPECT_EQ(result_of(given).output, "given\n");
}

TEST_F(ClientJobs, EndWithTheServer) {
  const Client::JobId sent = submit("sent");
  Peer peer = daemon().greet();
  const std::string asked = peer.request();
  client().stop_all();
  EXPECT_TRUE(client().run_until(after(Clock::now(), kGenerous)));
  EXPECT_EQ(results_[sent].outcome.cause, Cause::deadline);
  EXPECT_EQ(results_[sent].outcome.detail, process::kHostStops);
  EXPECT_EQ(peer.line(), "cancel " + id_of(asked));
  EXPECT_EQ(submit(), 0u);
  EXPECT_EQ(refusal_.cause, Cause::refused);
}

}  // namespace
}  // namespace kamexec::service
