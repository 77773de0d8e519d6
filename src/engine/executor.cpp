// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/executor.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

#include "program/program_command.h"

extern "C" char** environ;

namespace kamexec::engine {

namespace {

/// Until what there was no memory for is tried again.
constexpr std::chrono::milliseconds kPause{50};

/// Does @p body; false where it threw, which is shortage of memory and nothing to other runners.
template <typename Body>
bool guarded(Body body) {
  try {
    body();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

Executor::Executor(ExecutorOptions options) : options_(std::move(options)) {
  take(commands_, std::make_unique<SpawnRunner>(options_.environment, process::SupervisorLimits()));
}

Result<Executor::Known*> Executor::known(const program::Program& program) {
  if (const auto found = programs_.find(&program); found != programs_.end()) {
    return found->second.get();
  }
  auto made = std::make_unique<Known>(
      Known{program, program::base_environment(program.definition, environ)});
  const std::vector<program::Mistake> mistakes =
      program::check_permission(made->program.definition, made->program.place);
  if (!mistakes.empty()) {
    return failure(program::text_of(mistakes.front(), made->program.definition.name));
  }
  return programs_.emplace(&program, std::move(made)).first->second.get();
}

Result<std::unique_ptr<Runner>> Executor::make_runner(const program::Program& program,
                                                      const Known& known, Way way) const {
  std::unique_ptr<ProgramHost> host =
      options_.program_hosts ? options_.program_hosts(program) : nullptr;
  switch (way) {
    case Way::command:
    case Way::spawn:
      return std::make_unique<SpawnRunner>(known.program, known.base, std::move(host));
    case Way::pool:
    case Way::service:  // these have one runner for all, services() and fleet()
    case Way::fleet:
      break;
  }
  return PoolRunner::create(known.program, known.base, std::move(host), options_.wrap_transport);
}

Result<Executor::Seat*> Executor::seat_for(const program::Program* program, bool unattended) {
  const Way way = way_of(program);
  if (way == Way::command) {
    return unattended && unattended_.runner ? &unattended_ : &commands_;
  }
  if (way == Way::service) {
    return services();
  }
  if (way == Way::fleet) {
    return fleet();
  }
  const Result<Known*> one = known(*program);
  if (!one) {
    return tl::unexpected<Error>(one.error());
  }
  return taken((*one)->seat, [&] { return make_runner(*program, **one, way); });
}

Result<Executor::Seat*> Executor::services() {
  if (options_.service_socket.empty()) {
    return failure("no service is set: via=service needs the socket of kamexecd");
  }
  return taken(service_, [this] {
    return ServiceRunner::create(options_.service_socket, options_.program_hosts);
  });
}

Result<Executor::Seat*> Executor::fleet() {
  if (!options_.make_fleet_runner) {
    return failure("NATS is not set up: via=nats needs servers in [nats]");
  }
  return taken(fleet_, options_.make_fleet_runner);
}

/// @p seat with its runner, which @p make makes, watched where this process has a loop.
template <typename Make>
Result<Executor::Seat*> Executor::taken(Seat& seat, Make make) {
  if (seat.runner == nullptr) {
    auto made = make();
    if (!made) {
      return tl::unexpected<Error>(std::move(made.error()));
    }
    take(seat, std::move(*made));
  }
  if (watches_ && !seat.watched && seat.runner->fd() >= 0) {
    if (Result<void> done = watch(seat); !done) {
      return tl::unexpected<Error>(std::move(done.error()));
    }
  }
  return &seat;
}

Result<service::Client*> Executor::service() {
  const Result<Seat*> seat = services();
  return seat ? Result<service::Client*>(
                    &static_cast<ServiceRunner*>((*seat)->runner.get())->client())
              : tl::unexpected<Error>(seat.error());
}

void Executor::take(Seat& seat, std::unique_ptr<Runner> runner) {
  auto place = std::find(runners_.begin(), runners_.end(), nullptr);
  if (place == runners_.end()) {
    place = runners_.insert(place, nullptr);
  }
  *place = runner.get();
  seat.runner = std::move(runner);
  seat.key = static_cast<Key>(place - runners_.begin());
}

/// Before the runner goes.
void Executor::leave(Seat& seat) {
  if (seat.watched) {
    watches_->remove(seat.runner->fd());
  }
  runners_[seat.key] = nullptr;
}

/// Has step() look at the runner.
Result<void> Executor::watch(Seat& seat) {
  if (Result<void> opened = seat.runner->open(); !opened) {
    return opened;
  }
  const int error = watches_->add(seat.runner->fd(), process::WatchSet::Readiness::read, seat.key);
  if (error != 0) {
    return system_failure("epoll", error);
  }
  seat.watched = true;
  return {};
}

Result<void> Executor::check(const program::Program* program) {
  switch (way_of(program)) {
    case Way::command:
      return {};
    case Way::service:
    case Way::fleet: {
      const Result<Seat*> seat = seat_for(program, false);
      return seat ? Result<void>() : tl::unexpected<Error>(seat.error());
    }
    case Way::spawn:
    case Way::pool:
      break;
  }
  const Result<Known*> one = known(*program);
  return one ? Result<void>() : tl::unexpected<Error>(one.error());
}

Result<Needs> Executor::needs(const program::Program* program) {
  const Result<Seat*> seat = seat_for(program, false);
  if (!seat) {
    return tl::unexpected<Error>(seat.error());
  }
  return *seat == &service_ ? static_cast<ServiceRunner*>(service_.runner.get())->needs_of(*program)
                            : (*seat)->runner->needs();
}

Result<void> Executor::make_ready(const program::Program& program) {
  const Result<Seat*> seat = seat_for(&program, false);
  return seat ? Result<void>() : tl::unexpected<Error>(seat.error());
}

void Executor::run(const Invocation& invocation, process::RunResult& result) {
  const Result<Seat*> seat = seat_for(invocation.program, invocation.unattended);
  if (!seat) {
    result = process::RunResult();
    result.outcome = process::Outcome::refused(seat.error());
    return;
  }
  (*seat)->runner->run(invocation, result);
}

process::RunResult Executor::run(const Invocation& invocation) {
  process::RunResult result;
  run(invocation, result);
  return result;
}

Result<void> Executor::open() {
  if (watches_) {
    return {};
  }
  Result<process::WatchSet> made = process::WatchSet::create();
  if (!made) {
    return tl::unexpected<Error>(std::move(made.error()));
  }
  watches_.emplace(std::move(*made));
  for (const auto& [program, one] : programs_) {
    // A runner that has nothing to be watched yet is watched when something is submitted.
    if (one->seat.runner == nullptr || one->seat.runner->fd() < 0) {
      continue;
    }
    if (Result<void> done = watch(one->seat); !done) {
      return done;
    }
  }
  return {};
}

Result<void> Executor::open_queues(const CommandQueues& queues) {
  if (Result<void> opened = open(); !opened) {
    return opened;
  }
  const auto replace = [this](Seat& seat, const process::SupervisorLimits& limits) {
    if (seat.runner != nullptr) {
      leave(seat);
    }
    seat = Seat{};
    take(seat, std::make_unique<SpawnRunner>(options_.environment, limits));
    return watch(seat);
  };
  Result<void> done = replace(commands_, queues.attended);
  return done ? replace(unattended_, queues.unattended) : done;
}

tl::expected<Cancel, process::Outcome> Executor::submit(const Invocation& invocation,
                                                        Completion completion) {
  if (Result<void> opened = open(); !opened) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(opened.error()));
  }
  const Result<Seat*> seat = seat_for(invocation.program, invocation.unattended);
  if (!seat) {
    return tl::unexpected<process::Outcome>(process::Outcome::refused(seat.error()));
  }
  if (!(*seat)->watched) {
    if (Result<void> done = watch(**seat); !done) {
      return tl::unexpected<process::Outcome>(process::Outcome::refused(done.error()));
    }
  }
  return (*seat)->runner->submit(invocation, std::move(completion));
}

/// Calls @p body for each, also where one threw. false: one did. @p body may have others come.
template <typename Body>
bool Executor::for_all(Body body) const {
  bool all = true;
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (Runner* const runner = runners_[i]) {
      all &= guarded([&] { body(*runner); });
    }
  }
  return all;
}

/// The same for those that the last step() found ready.
template <typename Body>
bool Executor::for_ready(Body body) const {
  bool all = true;
  for (const Key key : ready_) {
    if (Runner* const runner = runners_[key]) {
      all &= guarded([&] { body(*runner); });
    }
  }
  return all;
}

bool Executor::step() {
  if (!watches_) {
    return true;
  }
  bool all = true;
  if (options_.program_hosts) {
    all = for_all([](Runner& runner) {
      if (runner.is_asked()) {
        runner.step(Clock::now());
      }
    });
  }
  const auto step_one = [](Runner& runner) { runner.step(Clock::now()); };
  if (const auto ready = watches_->wait(TimePoint::min())) {
    ready_ = *ready;
    all &= for_ready(step_one);
  } else {
    ready_ = {};
    all &= for_all(step_one);  // what a runner can't wait for it ends
  }
  let_go_of_retired();
  return all;
}

bool Executor::start_some() {
  return for_ready([](Runner& runner) { runner.start_some(); });
}

void Executor::retire(const program::Program& program, std::function<void()> gone) {
  const auto found = programs_.find(&program);
  if (found == programs_.end() || found->second->seat.runner == nullptr) {
    if (found != programs_.end()) {
      programs_.erase(found);
    }
    gone();
    return;
  }
  retired_.push_back(nullptr);
  retired_.back() = std::move(found->second);
  retired_.back()->gone = std::move(gone);
  programs_.erase(found);
  if (watches_) {
    watches_->set_alarm(TimePoint::min());  // the next step() sees what is left of it
  }
}

/// Brings those that are retired one step nearer to their end.
void Executor::let_go_of_retired() {
  TimePoint again = kNoDeadline;
  for (std::size_t i = 0; i < retired_.size();) {
    Known& one = *retired_[i];
    Runner& runner = *one.seat.runner;
    if (!one.closing && !runner.has_calls()) {
      one.closing = guarded([&runner] { runner.stop_all(); });
      again = one.closing ? again : after(Clock::now(), kPause);
    }
    if (runner.has_calls() || runner.has_workers()) {
      ++i;
      continue;
    }
    leave(one.seat);
    const std::function<void()> gone = std::move(one.gone);
    retired_.erase(retired_.begin() + static_cast<std::ptrdiff_t>(i));
    gone();
  }
  if (watches_) {
    watches_->set_alarm(again);
  }
}

RunnerFigures Executor::figures(const program::Program& program) const {
  const auto found = programs_.find(&program);
  return found != programs_.end() && found->second->seat.runner != nullptr
             ? found->second->seat.runner->figures()
             : RunnerFigures();
}

void Executor::stop_until(TimePoint until) {
  static_cast<void>(for_all([](Runner& runner) { runner.stop_all(); }));
  static_cast<void>(for_all([until](Runner& runner) { runner.run_until(until); }));
  let_go_of_retired();
}

}  // namespace kamexec::engine
