// SPDX-License-Identifier: GPL-2.0-or-later
#include "runner_fixture.h"

namespace kamexec::fleet::test {

using process::Cause;
using process::Outcome;
using process::RunResult;
using std::chrono::milliseconds;

Answer yes(std::string output) {
  Answer answer = no(0);
  answer.result.output = std::move(output);
  return answer;
}

Answer no(int status) {
  Answer answer;
  answer.result.outcome.cause = status == 0 ? Cause::ok : Cause::nonzero_exit;
  answer.result.outcome.exit_status = status;
  return answer;
}

Answer refused(std::string why) {
  Answer answer = failed(Outcome::refused(std::move(why)));
  answer.elsewhere = true;
  return answer;
}

Answer failed(Outcome outcome) {
  Answer answer;
  answer.result.outcome = std::move(outcome);
  return answer;
}

FakeWorker::FakeWorker(FakeServer& server, std::string id, Behaviour its_behaviour,
                       std::string zone, std::string program)
    : behaviour(std::move(its_behaviour)),
      link(server.connect()),
      id_(std::move(id)),
      zone_(std::move(zone)) {
  const Subjects subjects;
  const auto take_it = [this](const nats::Incoming& message) { take(message); };
  const std::string queue(kQueueGroup);
  static_cast<void>(link->subscribe(subjects.call(program), queue, take_it));
  if (!zone_.empty()) {
    static_cast<void>(link->subscribe(subjects.call_in_zone(program, zone_), queue, take_it));
  }
  if (!id_.empty()) {
    static_cast<void>(link->subscribe(subjects.to_any_of(id_), "", take_it));
  }
  static_cast<void>(
      link->subscribe(subjects.cancel(program), "", [this](const nats::Incoming& message) {
        cancelled.emplace_back(read_cancel(message.payload()).value());
      }));
}

void FakeWorker::take(const nats::Incoming& message) {
  ReceivedCall call;
  if (const Result<void> read = read_call(message.payload(), call); !read) {
    ADD_FAILURE() << read.error().message << ": " << message.payload();
    return;
  }
  const service::CallRequest& request = call.request();
  Got one;
  one.subject = message.subject();
  one.reply = message.reply();
  one.id = request.id;
  one.attempt = call.attempt();
  one.time_left = request.time_left;
  one.arguments.assign(request.arguments.begin(), request.arguments.end());
  one.uri = request.uri;
  one.variables = request.variables;
  one.message = request.message;
  one.input = request.input;
  one.may_wait = message.header(kMayWait);
  one.left_out = message.header(kLeftOut);
  one.trace_parent = message.header(kTraceParent);
  got.push_back(one);
  if (std::optional<Answer> made = behaviour(one)) {
    answer(one, std::move(*made));
  }
}

void FakeWorker::answer(const Got& call, Answer answer) {
  answer.worker = {id_, zone_};
  answer.wants = wants.value_or(kAllParts);
  const AnswerMessage message(call.id, answer, std::size_t{1} << 20);
  static_cast<void>(
      link->publish({.subject = call.reply,
                     .headers = id_.empty() ? std::span<const nats::Header>() : message.headers(),
                     .payload = message.payload()}));
}

void FakeWorker::send(const Got& call, std::string payload,
                      std::vector<std::pair<std::string, std::string>> headers) {
  std::vector<nats::Header> views;
  for (const auto& [name, value] : headers) {
    views.push_back({name, value});
  }
  static_cast<void>(link->publish({.subject = call.reply, .headers = views, .payload = payload}));
}

RunnerFixture::RunnerFixture(std::string zone) {
  server.now = [this] { return now; };
  link = server.connect();
  FleetRunnerOptions options;
  options.zone = std::move(zone);
  options.clock = [this] { return now; };
  runner = FleetRunner::create(*link, std::move(options)).value();
  program.definition.name = "lcr";
  program.definition.via = program::Via::nats;
  program.definition.timeout = milliseconds(2000);
  request.call = "dset";
  request.capture_output = true;
}

RunnerFixture::Call& RunnerFixture::call(std::string argument) {
  Words& words = words_.emplace_back(Words{std::move(argument), {}});
  words.argv = {program.definition.name.data(), words.argument.data(), nullptr};
  engine::Invocation invocation = request;
  invocation.program = &program;
  invocation.argv = words.argv.data();
  invocation.deadline = after(now, program.definition.timeout);
  Call& call = calls.emplace_back();
  auto taken = runner->submit(invocation, [&call](RunResult result) {
    ++call.completions;
    call.result = std::move(result);
  });
  if (taken) {
    call.cancel = std::move(*taken);
  } else {
    call.at_once = std::move(taken.error());
  }
  return call;
}

void RunnerFixture::settle() {
  for (int round = 0; round < 3; ++round) {  // a step may send, and what it sends be answered
    server.settle();
    runner->step(now);
  }
}

void RunnerFixture::advance(milliseconds by) {
  now += by;
  runner->step(now);
  link->step();
  settle();
}

FakeWorker& RunnerFixture::worker(std::string id, FakeWorker::Behaviour behaviour,
                                  std::string zone) {
  return *workers.emplace_back(
      std::make_unique<FakeWorker>(server, std::move(id), std::move(behaviour), std::move(zone)));
}

}  // namespace kamexec::fleet::test
