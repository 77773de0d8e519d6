// SPDX-License-Identifier: GPL-2.0-or-later
// Calls that are waited for, and what their outcomes say.
#include <sys/resource.h>

#include "client_fixture.h"
#include "support/sanitized.h"

namespace kamexec::service {
namespace {

using process::Cause;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ClientRun = ClientTest;

TEST_F(ClientRun, GivesWhatTheDaemonReplied) {
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet();
    asked = peer.request();
    peer.say(reply_to(asked, "3", "line sip:a@b\npart rest\nstderr oops%0A\nran 4711 0 1500\n"));
    peer.say(reply_to(peer.request()));
  });
  process::RunResult result;
  CallRequest call = request("49 30");
  call.uri = "sip:x@y";
  call.variables = std::string_view("SIP_A=1\0SIP_B=2\0", 16);
  call.message = "OPTIONS";
  call.input = "in";
  client().run(call, within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::nonzero_exit);
  EXPECT_EQ(result.outcome.exit_status, 3);
  EXPECT_EQ(result.outcome.pid, 4711);
  EXPECT_GT(result.outcome.duration.count(), 0);
  EXPECT_EQ(result.output, "sip:a@b\nrest");
  EXPECT_EQ(result.error, "oops\n");
  // What an earlier reply left is gone.
  client().run(request(), within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.output + result.error, "");
  daemon().join();
  for (const char* field :
       {"request ", " run ", "\nprogram lcr\n", "\narg 49 30\n", "\nuri sip:x@y\n",
        "\nenv SIP_A=1\n", "\nenv SIP_B=2\n", "\nmessage OPTIONS\n", "\ninput in\n"}) {
    EXPECT_THAT(asked, HasSubstr(field));
  }
  EXPECT_EQ(client().counters().connections, 1u);
}

TEST_F(ClientRun, TellsTheDaemonHowLongItWaits) {
  std::string with_limit;
  std::string without;
  daemon().play([&] {
    Peer peer = daemon().greet("program lcr 30000\n");
    with_limit = peer.request();
    peer.say(reply_to(with_limit));
    without = peer.request();
    peer.say(reply_to(without));
  });
  EXPECT_EQ(run(milliseconds(19'000)).outcome.cause, Cause::ok);
  process::RunResult result;
  client().run(request(), {kNoDeadline, true}, result);
  daemon().join();
  const std::string start = "request " + id_of(with_limit) + " run ";
  ASSERT_THAT(with_limit, ::testing::StartsWith(start));
  const int told = std::atoi(with_limit.c_str() + start.size());
  EXPECT_GT(told, 0);
  EXPECT_LE(told, 19'000);
  EXPECT_THAT(without, HasSubstr(" run 0\n"));
}

TEST_F(ClientRun, PassesOnWhyTheDaemonDidNotRunIt) {
  const std::pair<const char*, Cause> words[] = {{"deadline", Cause::deadline},
                                                 {"not-started", Cause::not_started},
                                                 {"refused", Cause::refused},
                                                 {"unusable", Cause::unusable}};
  daemon().play([&] {
    Peer peer = daemon().greet();
    for (const auto& [word, cause] : words) {
      peer.say(failed(peer.request(), word, "detail because of that\nstderr no\n"));
    }
  });
  for (const auto& [word, cause] : words) {
    const process::RunResult result = run();
    EXPECT_EQ(result.outcome.cause, cause);
    EXPECT_EQ(result.outcome.detail, "because of that");
    EXPECT_EQ(result.error, "no");
  }
  daemon().join();
}

TEST_F(ClientRun, IsNotStartedAtOnceWithoutAService) {
  daemon().stop_listening();
  const TimePoint before = Clock::now();
  EXPECT_EQ(run().outcome.cause, Cause::not_started);  // the socket's file is there
  daemon().remove();
  const process::RunResult result = run();
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  EXPECT_THAT(result.outcome.detail, HasSubstr("no service at " + daemon().path()));
  EXPECT_LT(Clock::now() - before, kGenerous / 2);
}

TEST_F(ClientRun, IsNotStartedWhereThePathCannotBeASocket) {
  ClientOptions options;
  auto long_named = Client::create({.socket = std::string(200, 'x')});
  auto directory = Client::create({.socket = "/"});
  process::RunResult result;
  (*long_named)->run(request(), within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  (*directory)->run(request(), within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::not_started) << result.outcome.detail;
}

TEST_F(ClientRun, IsNotStartedWithoutADescriptor) {
#ifdef KAMEXEC_SANITIZED
  GTEST_SKIP() << "it needs descriptors of its own";
#endif
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &none);
  const process::RunResult result = run();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(result.outcome.cause, Cause::not_started);
  EXPECT_EQ(result.outcome.system_errno, EMFILE);
}

TEST(ClientBacklog, IsRefusedWhereItIsFull) {
  FakeDaemon daemon(0);
  std::vector<std::unique_ptr<Client>> clients;
  process::RunResult last;
  CallRequest call;
  call.call = "run";
  call.program = "lcr";
  for (int i = 0; i < 10 && last.outcome.system_errno != EAGAIN; ++i) {
    clients.push_back(std::move(*Client::create({.socket = daemon.path()})));
    clients.back()->run(call, {after(Clock::now(), milliseconds(1)), false}, last);
  }
  EXPECT_EQ(last.outcome.cause, Cause::refused) << last.outcome.detail;
  EXPECT_THAT(last.outcome.detail, HasSubstr("no room for one more connection"));
}

TEST_F(ClientRun, EndsAtItsDeadlineWhateverTheDaemonDoesNot) {
  const auto ends_in_time = [this] {
    const TimePoint before = Clock::now();
    const process::RunResult result = run(milliseconds(120));
    const auto passed = Clock::now() - before;
    EXPECT_EQ(result.outcome.cause, Cause::deadline);
    EXPECT_GE(passed, milliseconds(120));
    EXPECT_LT(passed, kGenerous / 2);
    EXPECT_THAT(result.outcome.detail, HasSubstr("by the deadline"));
  };
  ends_in_time();  // nobody accepts
  const Peer silent = daemon().accept();
  ends_in_time();  // nobody says hello
  make_client();
  std::unique_ptr<Peer> peer;
  daemon().play([&] { peer = std::make_unique<Peer>(daemon().greet()); });
  ends_in_time();  // nobody replies
  daemon().join();
}

TEST_F(ClientRun, TellsTheDaemonThatItGaveUp) {
  std::string told;
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet();
    asked = peer.request();
    told = peer.line();
    peer.say(failed(asked, "deadline"));  // nobody waits for it
    peer.say(reply_to(peer.request(), "0", "line second\n"));
  });
  EXPECT_EQ(run(milliseconds(30)).outcome.cause, Cause::deadline);
  const process::RunResult second = run();
  daemon().join();
  EXPECT_EQ(told, "cancel " + id_of(asked));
  EXPECT_EQ(second.output, "second\n");
  EXPECT_EQ(client().counters().late, 1u);
  EXPECT_EQ(client().counters().connections, 1u);
}

TEST_F(ClientRun, IsUnusableAndNotRepeatedWhenTheConnectionGoesAfterTheRequest) {
  daemon().play([&] {
    Peer peer = daemon().greet();
    static_cast<void>(peer.request());
    peer.close();
  });
  const process::RunResult result = run();
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_THAT(result.outcome.detail, HasSubstr("connection to the service was lost"));
  EXPECT_TRUE(daemon().nobody_calls());
  EXPECT_EQ(client().counters().lost, 1u);
  daemon().join();
}

TEST_F(ClientRun, IsUnusableWhenTheDaemonIsOutOfStep) {
  for (const char* nonsense :
       {"reply x\n", "hello 2\n", "what is this\n", "reply 0123 0\nend 0123\n", "line x\n",
        "reply 0 0\nline %zz\n", "program lcr\n", "reply 0 256\n"}) {
    daemon().play([&] {
      Peer peer = daemon().greet();
      static_cast<void>(peer.request());
      peer.say(nonsense);
      EXPECT_TRUE(peer.is_closed()) << nonsense;
    });
    const process::RunResult result = run();
    EXPECT_EQ(result.outcome.cause, Cause::unusable) << nonsense;
    EXPECT_THAT(result.outcome.detail, ::testing::StartsWith("the service ")) << nonsense;
    daemon().join();
  }
}

TEST_F(ClientRun, IsUnusableWhereTheVersionIsAnother) {
  daemon().play([&] {
    Peer peer = daemon().accept();
    peer.say("hello 3\n");
    EXPECT_TRUE(peer.is_closed());
  });
  const process::RunResult result = run();
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_THAT(result.outcome.detail, HasSubstr("version"));
  daemon().join();
}

TEST_F(ClientRun, RefusesARequestThatIsTooLongAndSendsNothingOfIt) {
  ClientOptions options;
  options.request_limit = 1000;
  make_client(options);
  daemon().play([&] {
    Peer peer = daemon().greet();
    EXPECT_THAT(peer.request(), HasSubstr("arg short"));
  });
  process::RunResult result;
  const std::string large(1000, 'x');
  client().run(request(large), within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::refused);
  EXPECT_THAT(result.outcome.detail, HasSubstr("longer than the limit of 1000 bytes"));
  client().run(request("short"), within(milliseconds(20)), result);
  daemon().join();
}

TEST_F(ClientRun, SendsWhatIsOfUseAlone) {
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet("program lcr 500 uri input\nprogram other 700\n");
    asked = peer.request();
    peer.say(reply_to(asked));
  });
  ASSERT_TRUE(client().meet(after(Clock::now(), kGenerous)));
  CallRequest call = request();
  call.uri = "sip:x@y";
  call.variables = std::string_view("SIP_A=1\0", 8);
  call.message = "OPTIONS";
  call.input = "in";
  process::RunResult result;
  client().run(call, within(kGenerous), result);
  daemon().join();
  EXPECT_THAT(asked, HasSubstr("\nuri sip:x@y\n"));
  EXPECT_THAT(asked, HasSubstr("\ninput in\n"));
  EXPECT_THAT(asked, Not(HasSubstr("env")));
  EXPECT_THAT(asked, Not(HasSubstr("message")));
  EXPECT_THAT(client().programs(), ElementsAre("lcr", "other"));
  ASSERT_NE(client().notice("lcr"), nullptr);
  EXPECT_EQ(client().notice("lcr")->timeout, milliseconds(500));
  EXPECT_EQ(client().notice("third"), nullptr);
}

TEST_F(ClientRun, LearnsWhatIsOfUseWhereAllOfItIsTooLong) {
  ClientOptions options;
  options.request_limit = 1000;
  make_client(options);
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet("program lcr 20000 message\n");
    asked = peer.request();
    peer.say(reply_to(asked));
    peer.say(reply_to(peer.request()));
  });
  const std::string large(600, 'x');
  CallRequest call = request();
  call.message = large;
  call.input = large;
  process::RunResult result;
  client().run(call, within(kGenerous), result);
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail;
  EXPECT_THAT(asked, HasSubstr("message " + large));
  EXPECT_THAT(asked, Not(HasSubstr("input")));
  const Client::JobId job = submit(call, within(kGenerous));
  EXPECT_EQ(result_of(job).outcome.cause, Cause::ok);
  daemon().join();
}

TEST_F(ClientRun, EndsAfterTheProgramsOwnTimeOut) {
  daemon().play([&] {
    Peer peer = daemon().greet("program lcr 100\n");
    static_cast<void>(peer.request());
    EXPECT_THAT(peer.line(), HasSubstr("cancel "));
    static_cast<void>(peer.request());
    EXPECT_THAT(peer.line(), HasSubstr("cancel "));
  });
  // Told while the first call waits; known to the second.
  for (int i = 0; i < 2; ++i) {
    const TimePoint before = Clock::now();
    process::RunResult result;
    client().run(request(), {kNoDeadline, true}, result);
    EXPECT_EQ(result.outcome.cause, Cause::deadline);
    EXPECT_GE(Clock::now() - before, milliseconds(100));
  }
  daemon().join();
}

TEST_F(ClientRun, HasATimeOutBeforeTheDaemonTellsOne) {
  ClientOptions options;
  options.first_timeout = milliseconds(60);
  make_client(options);
  process::RunResult result;
  client().run(request(), {kNoDeadline, true}, result);  // nobody accepts
  EXPECT_EQ(result.outcome.cause, Cause::deadline);
  // A limit of the caller's alone: the guess has no say.
  make_client(options);
  const TimePoint before = Clock::now();
  EXPECT_EQ(run(milliseconds(150)).outcome.cause, Cause::deadline);
  EXPECT_GE(Clock::now() - before, milliseconds(150));
}

TEST_F(ClientRun, FollowsWhatTheDaemonTellsOfPrograms) {
  ASSERT_THAT(client().programs(), IsEmpty());
  std::unique_ptr<Peer> peer;
  daemon().play(
      [&] { peer = std::make_unique<Peer>(daemon().greet("program a 1\nprogram b 2\n")); });
  ASSERT_TRUE(client().meet(after(Clock::now(), kGenerous)));
  daemon().join();
  peer->say("gone a\nprogram b 3\nprogram c 4 uri\n");
  client().refresh();
  EXPECT_THAT(client().programs(), ElementsAre("b", "c"));
  EXPECT_EQ(client().notice("b")->timeout, milliseconds(3));
  // A new connection tells of all; what it doesn't tell of is gone.
  peer->close();
  daemon().play([&] { peer = std::make_unique<Peer>(daemon().greet("program c 5\n")); });
  client().refresh();
  EXPECT_THAT(client().programs(), ElementsAre("b", "c"));
  ASSERT_TRUE(client().meet(after(Clock::now(), kGenerous)));
  EXPECT_THAT(client().programs(), ElementsAre("c"));
  EXPECT_EQ(client().notice("c")->timeout, milliseconds(5));
  daemon().join();
}

TEST_F(ClientRun, TellsWhyItMeetsNoDaemon) {
  const auto silent = client().meet(after(Clock::now(), milliseconds(50)));
  ASSERT_FALSE(silent);
  EXPECT_THAT(silent.error().message, HasSubstr("does not answer"));
  make_client();
  daemon().play([&] {
    Peer dropped = daemon().accept();  // the first client's
    daemon().accept().say("what\n");
  });
  const auto broken = client().meet(after(Clock::now(), kGenerous));
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("the service at "));
  daemon().join();
  daemon().remove();
  make_client();
  const auto none = client().meet(after(Clock::now(), kGenerous));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("no service at"));
}

TEST_F(ClientRun, HoldsNoMoreThanABoundedNumberOfPrograms) {
  daemon().play([&] {
    Peer peer = daemon().greet();
    static_cast<void>(peer.request());
    std::string many;
    for (int i = 0; i < 20'000; ++i) {
      many += "program p" + std::to_string(i) + " 1\n";
    }
    peer.say_for_ever(many);
  });
  const process::RunResult result = run();
  EXPECT_EQ(result.outcome.cause, Cause::unusable);
  EXPECT_THAT(result.outcome.detail, HasSubstr("more than 10000 programs"));
  EXPECT_LE(client().programs().size(), 10'000u);
  daemon().join();
}

TEST_F(ClientRun, EndsAtItsDeadlineUnderAFlood) {
  daemon().play([&] {
    Peer peer = daemon().greet();
    std::string flood;
    for (int i = 0; i < 4000; ++i) {
      flood += "program lcr 1000000\n";
    }
    peer.say_for_ever(flood);
  });
  EXPECT_EQ(run(milliseconds(100)).outcome.cause, Cause::deadline);
  end_client();
  daemon().join();
}

TEST_F(ClientRun, ControlsTheDaemon) {
  std::string asked;
  daemon().play([&] {
    Peer peer = daemon().greet();
    asked = peer.request();
    peer.say(reply_to(asked, "0", "line 3\n"));
  });
  const std::string_view arguments[] = {"lcr", "49 30"};
  process::RunResult result;
  client().control("flush", arguments, after(Clock::now(), kGenerous), result);
  daemon().join();
  EXPECT_EQ(result.outcome.cause, Cause::ok);
  EXPECT_EQ(result.output, "3\n");
  EXPECT_EQ(asked,
            "control " + id_of(asked) + " flush\narg lcr\narg 49 30\nend " + id_of(asked) + "\n");
}

TEST_F(ClientRun, IsRefusedAfterStop) {
  client().stop_all();
  const process::RunResult result = run();
  EXPECT_EQ(result.outcome.cause, Cause::refused);
  EXPECT_TRUE(daemon().nobody_calls());
}

}  // namespace
}  // namespace kamexec::service
