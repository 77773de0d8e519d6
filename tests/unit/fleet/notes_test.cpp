// SPDX-License-Identifier: GPL-2.0-or-later
// Notes from one host to another, by JetStream of a real nats-server.
#include <csignal>

#include "notes_fixture.h"

namespace kamexec::fleet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(NotesTest, RunsOnceAndIsGone) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller)) << caller.checked.trouble();
  const NoteOutcome kept = publish(caller, "id1");
  EXPECT_EQ(kept.fate, NoteFate::on_disk) << kept.detail;
  EXPECT_FALSE(kept.duplicate);
  const NoteOutcome again = publish(caller, "id1");
  EXPECT_EQ(again.fate, NoteFate::on_disk) << again.detail;
  EXPECT_TRUE(again.duplicate);

  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule()});
  ASSERT_TRUE(until([&] { return worker.came.size() == 1; }, worker));
  EXPECT_EQ(worker.came[0].program, "bill");
  EXPECT_EQ(worker.came[0].id, "id1");
  EXPECT_THAT(worker.came[0].arguments, ElementsAre("start", "an argument"));
  EXPECT_EQ(worker.came[0].message, "OPTIONS sip:a SIP/2.0\r\n\r\n");
  EXPECT_EQ(worker.came[0].attempt, 1U);
  EXPECT_EQ(worker.figures().running, 1U);
  worker.worker->ended(worker.came[0].number, done());
  ASSERT_TRUE(until([&] { return count(caller) == 0; }, worker));
  EXPECT_THAT(worker.came, SizeIs(1));
  EXPECT_EQ(worker.figures().done, 1U);
  EXPECT_EQ(caller.publisher.figures().on_disk, 2U);
  EXPECT_EQ(caller.publisher.figures().duplicates, 1U);
}

TEST_F(NotesTest, NoMoreThanCanRun) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(publish(caller, "id" + std::to_string(i)).fate, NoteFate::on_disk);
  }
  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule(3)});
  for (std::size_t ended = 0; ended < 12; ++ended) {
    const std::size_t wanted = std::min<std::size_t>(ended + 3, 12);
    ASSERT_TRUE(until([&] { return worker.came.size() >= wanted; }, worker));
    for (int i = 0; i < 5; ++i) {
      worker.turn(2);
    }
    ASSERT_THAT(worker.came, SizeIs(wanted));
    worker.worker->ended(worker.came[ended].number, done());
  }
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, worker));
}

TEST_F(NotesTest, AFullStream) {
  NoteStreamRule few;
  few.most = 1;
  CallingHost caller(server_->url(), few);
  ASSERT_TRUE(is_ready(caller));
  EXPECT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  const NoteOutcome second = publish(caller, "id2");
  EXPECT_EQ(second.fate, NoteFate::full);
  EXPECT_THAT(second.detail, HasSubstr("maximum messages exceeded"));
}

TEST_F(NotesTest, NotAvailable) {
  CallingHost caller(server_->url());
  EXPECT_FALSE(caller.publisher.is_available());
  EXPECT_EQ(publish(caller, "id1").fate, NoteFate::unavailable);
  ASSERT_TRUE(is_ready(caller));
  EXPECT_TRUE(caller.publisher.is_available());
  server_->kill();
  ASSERT_TRUE(until([&] { return !caller.link->state().connected; }, caller));
  EXPECT_EQ(publish(caller, "id2").detail, "no NATS server is connected");
}

// The server is stopped: nobody knows whether it has it. The same id later is stored once.
TEST_F(NotesTest, NotKnown) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  server_->signal(SIGSTOP);
  EXPECT_EQ(publish(caller, "id1", std::chrono::milliseconds(100)).fate, NoteFate::unknown);
  server_->signal(SIGCONT);
  EXPECT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  EXPECT_EQ(count(caller), 1U);
}

TEST_F(NotesTest, TooLargeAtAnyTime) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  service::CallRequest request;
  request.id = "id1";
  request.call = "cmd";
  request.program = "bill";
  const std::string message(std::size_t{2} << 20, 'x');
  request.message = message;
  std::optional<NoteOutcome> told;
  caller.publisher.publish(request, Clock::now() + kLong,
                           [&](const NoteOutcome& outcome) { told = outcome; });
  ASSERT_TRUE(told);
  EXPECT_EQ(told->fate, NoteFate::too_large);
}

TEST_F(NotesTest, AfterAFailureAgainThenAmongTheDead) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  WorkerHost worker(server_->url(), kLong);
  worker.at_once = failed();
  worker.worker->serve({rule(1, 3)});
  ASSERT_TRUE(until([&] { return worker.dead.size() == 1; }, worker));
  ASSERT_THAT(worker.came, SizeIs(3));
  EXPECT_EQ(worker.came[0].attempt, 1U);
  EXPECT_EQ(worker.came[2].attempt, 3U);
  EXPECT_EQ(worker.came[2].id, "id1");
  EXPECT_THAT(worker.dead, ElementsAre("bill id1 no: exit status 3"));
  ASSERT_TRUE(until([&] { return count(caller) == 0; }, worker));
  EXPECT_EQ(worker.figures().failed, 3U);
  EXPECT_EQ(worker.figures().dead, 1U);

  const auto dead = first_dead(caller);
  ASSERT_TRUE(dead);
  EXPECT_EQ(dead->subject, "kx.dead.bill");
  EXPECT_EQ(dead->header("Kamexec-Reason"), "attempts");
  EXPECT_EQ(dead->header("Kamexec-Attempts"), "3");
  EXPECT_EQ(dead->header("Kamexec-Outcome"), "no");
  EXPECT_EQ(dead->header("Kamexec-Detail"), "exit status 3");
  ReceivedCall whole;
  ASSERT_TRUE(read_call(dead->payload, whole));
  EXPECT_EQ(whole.request().id, "id1");
}

TEST_F(NotesTest, WhatCantBeReadIsAmongTheDeadAtOnce) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  ASSERT_TRUE(caller.link->publish({.subject = "kx.note.bill", .payload = "no call"}));
  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule()});
  ASSERT_TRUE(until([&] { return worker.dead.size() == 1; }, worker, caller));
  EXPECT_THAT(worker.came, IsEmpty());
  const auto dead = first_dead(caller);
  ASSERT_TRUE(dead);
  EXPECT_EQ(dead->header("Kamexec-Reason"), "unreadable");
  EXPECT_THAT(dead->header("Kamexec-Detail"), HasSubstr("the note can't be read"));
  EXPECT_EQ(dead->payload, "no call");
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, worker));
}

// Nothing is given up that can't be put among the dead.
TEST_F(NotesTest, NoRoomAmongTheDead) {
  NoteStreamRule few;
  few.most = 1;
  CallingHost caller(server_->url(), few);
  ASSERT_TRUE(is_ready(caller));
  WorkerHost worker(server_->url(), kLong, few);
  worker.at_once = failed();
  worker.worker->serve({rule(1, 1)});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.dead.size() == 1 && count(caller) == 0; }, worker));
  ASSERT_EQ(publish(caller, "id2").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() >= 3; }, worker));  // again and again
  EXPECT_THAT(worker.dead, SizeIs(1));
  EXPECT_EQ(count(caller), 1U);
  // A person makes room.
  const auto purged = asked<std::uint64_t>(caller, [&](TimePoint deadline, auto told) {
    return caller.streams.purge("kx-dead", "kx.dead.bill", deadline, std::move(told));
  });
  EXPECT_EQ(purged, 1U);
  EXPECT_TRUE(until([&] { return worker.dead.size() == 2 && count(caller) == 0; }, worker));
}

TEST_F(NotesTest, AWorkerThatDiesLosesNothing) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  auto dying = std::make_unique<WorkerHost>(server_->url(), kShort);
  dying->worker->serve({rule()});
  ASSERT_TRUE(until([&] { return dying->came.size() == 1; }, *dying));
  dying.reset();
  WorkerHost other(server_->url(), kShort);
  other.worker->serve({rule()});
  ASSERT_TRUE(until([&] { return other.came.size() == 1; }, other));
  EXPECT_EQ(other.came[0].id, "id1");
  EXPECT_GE(other.came[0].attempt, 2U);
  other.worker->ended(other.came[0].number, done());
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, other));
}

// The program runs longer than ack_wait, and nobody else gets it.
TEST_F(NotesTest, InProgress) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  constexpr std::chrono::milliseconds kAckWait{1'500};
  WorkerHost worker(server_->url(), kAckWait);
  WorkerHost other(server_->url(), kAckWait);
  worker.worker->serve({rule()});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() == 1; }, worker));
  other.worker->serve({rule()});
  TimePoint last = Clock::now();
  const TimePoint end = last + 2 * kAckWait;
  bool was_late = false;  // a machine that is so busy proves nothing
  while (Clock::now() < end) {
    worker.turn(2);
    other.turn(2);
    was_late = was_late || Clock::now() - last > kAckWait / 3;
    last = Clock::now();
  }
  if (!was_late) {
    EXPECT_THAT(other.came, IsEmpty());
    EXPECT_THAT(worker.came, SizeIs(1));
  }
  worker.worker->ended(worker.came[0].number, done());
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, worker));
}

TEST_F(NotesTest, Draining) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule(2)});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_EQ(publish(caller, "id2").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() == 2; }, worker));
  worker.worker->drain();
  EXPECT_FALSE(worker.worker->is_drained());
  ASSERT_EQ(publish(caller, "id3").fate, NoteFate::on_disk);
  for (int i = 0; i < 20; ++i) {
    worker.turn(5);
  }
  EXPECT_THAT(worker.came, SizeIs(2));
  EXPECT_FALSE(worker.worker->is_drained());
  worker.worker->ended(worker.came[0].number, done());
  worker.worker->ended(worker.came[1].number, {NoteEnd::Kind::killed, "deadline", "it ends"});
  ASSERT_TRUE(until([&] { return worker.worker->is_drained(); }, worker));
  // What isn't done is another one's at once, though ack_wait is long.
  WorkerHost other(server_->url(), kLong);
  other.at_once = done();
  other.worker->serve({rule()});
  ASSERT_TRUE(until([&] { return other.came.size() == 2; }, other));
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, other));
}

// The program ends while no server is there: it is told later, and doesn't run again.
TEST_F(NotesTest, TheEndIsToldWhenThereIsAServerAgain) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule()});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() == 1; }, worker));
  server_->kill();
  ASSERT_TRUE(until([&] { return !worker.link->state().connected; }, worker));
  worker.worker->ended(worker.came[0].number, done());
  worker.turn(5);
  ASSERT_TRUE(server_->start()) << server_->log();
  ASSERT_TRUE(until([&] { return caller.checked.are_ready() && worker.checked.are_ready(); },
                    caller, worker));
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, worker));
  EXPECT_THAT(worker.came, SizeIs(1));
  // It takes what comes then.
  ASSERT_EQ(publish(caller, "id2").fate, NoteFate::on_disk);
  EXPECT_TRUE(until([&] { return worker.came.size() == 2; }, worker));
}

TEST_F(NotesTest, WhatCantBeRunIsNotGivenUp) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  WorkerHost worker(server_->url(), kLong);
  worker.at_once = NoteEnd{NoteEnd::Kind::not_run, "not-started", "no such file"};
  worker.worker->serve({rule(1, 1)});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() >= 3; }, worker));
  EXPECT_EQ(worker.figures().trouble, "no such file");
  EXPECT_THAT(worker.dead, IsEmpty());
  worker.at_once = done();
  EXPECT_TRUE(until([&] { return count(caller) == 0; }, worker));
  EXPECT_EQ(worker.figures().trouble, "");
}

TEST_F(NotesTest, StreamsThatDiffer) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  NoteStreamRule three;
  three.replicas = 3;
  CallingHost other(server_->url(), three);
  ASSERT_TRUE(until([&] { return other.checked.difference().has_value(); }, other));
  EXPECT_FALSE(other.publisher.is_available());
  const NoteOutcome refused = publish(other, "id1");
  EXPECT_EQ(refused.fate, NoteFate::unavailable);
  EXPECT_THAT(refused.detail,
              HasSubstr("the stream kx-note is there with num_replicas 1 instead of 3"));
  WorkerHost worker(server_->url(), kLong, three);
  worker.worker->serve({rule()});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.checked.difference().has_value(); }, worker));
  EXPECT_THAT(worker.came, IsEmpty());
}

TEST_F(NotesTest, WithoutJetStream) {
  nats::NatsServer plain;
  ASSERT_TRUE(plain.start());
  CallingHost caller(plain.url());
  ASSERT_TRUE(until([&] { return !caller.checked.trouble().empty(); }, caller));
  EXPECT_THAT(caller.checked.trouble(), HasSubstr("JetStream is off"));
  EXPECT_EQ(publish(caller, "id1").fate, NoteFate::unavailable);
}

// A program that is served no more is another host's.
TEST_F(NotesTest, ServedNoMore) {
  CallingHost caller(server_->url());
  ASSERT_TRUE(is_ready(caller));
  WorkerHost worker(server_->url(), kLong);
  worker.worker->serve({rule()});
  ASSERT_EQ(publish(caller, "id1").fate, NoteFate::on_disk);
  ASSERT_TRUE(until([&] { return worker.came.size() == 1; }, worker));
  worker.worker->serve({});
  ASSERT_EQ(publish(caller, "id2").fate, NoteFate::on_disk);
  worker.worker->ended(worker.came[0].number, done());
  EXPECT_TRUE(until([&] { return count(caller) == 1; }, worker));
  worker.worker->serve({rule()});
  ASSERT_TRUE(until([&] { return worker.came.size() == 2; }, worker));
  EXPECT_EQ(worker.came[1].id, "id2");
}

}  // namespace
}  // namespace kamexec::fleet
