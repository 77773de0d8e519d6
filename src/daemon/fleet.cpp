// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fleet.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <utility>

#include <cerrno>

#include "process/poll_until.h"

namespace kamexec::daemon {
namespace {

/// Letters and digits of an ID: 131 bits, so that no two daemons of a fleet ever have the same.
constexpr std::size_t kIdLength = 22;
constexpr std::chrono::milliseconds kCensusTime{500};
/// Troubles that are remembered so as to be logged once.
constexpr std::size_t kMostTold = 64;

Result<std::string> random_id() {
  constexpr std::string_view kBytes =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kFair = 256 / kBytes.size() * kBytes.size();
  std::string id;
  while (id.size() < kIdLength) {
    std::array<unsigned char, 2 * kIdLength> random{};
    const ssize_t count = ::getrandom(random.data(), random.size(), 0);
    if (count < 0 && errno != EINTR) {
      return system_failure("getrandom", errno);
    }
    for (ssize_t i = 0; i < count && id.size() < kIdLength; ++i) {
      if (random[static_cast<std::size_t>(i)] < kFair) {
        id += kBytes[random[static_cast<std::size_t>(i)] % kBytes.size()];
      }
    }
  }
  return id;
}

std::string host_name() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.nodename) : std::string();
}

/// Whether calls of it go to the fleet's store.
bool hands_notes_on(const ServedPrograms::value_type& one) {
  const program::ProgramDefinition& definition = one.second->program.definition;
  return definition.via == program::Via::nats && definition.stored.stored;
}

}  // namespace

Fleet::Fleet(std::string version, MakeLink make_link)
    : version_(std::move(version)), make_link_(std::move(make_link)) {}

Fleet::~Fleet() {
  close();
}

Result<void> Fleet::open(EventLoop& loop, CallRunner& runner, const NatsSettings& settings) {
  Result<std::string> id = random_id();
  if (!id) {
    return tl::unexpected<Error>(std::move(id.error()));
  }
  nats::LinkOptions options = settings.link;
  if (options.name.empty()) {
    options.name = "kamexecd " + host_name();
  }
  Result<std::unique_ptr<nats::Link>> made = make_link_(std::move(options));
  if (!made) {
    return failure("[nats]: " + made.error().message);
  }
  if (const int error = loop.add((*made)->fd(), EPOLLIN, *this); error != 0) {
    return system_failure("epoll", error);
  }
  loop_ = &loop;
  runner_ = &runner;
  link_ = std::move(*made);
  link_->on_change([this] { look_at_link(); });
  name_ = {std::move(*id), settings.zone};
  subjects_ = fleet::Subjects(settings.prefix);
  calls_ = std::make_unique<OfferedCalls>(
      runner, [this](fleet::OfferedCallId call, const process::RunResult& result, bool elsewhere) {
        if (offers_) {
          offers_->answer(call, result, elsewhere);
        }
      });
  offers_ = std::make_unique<fleet::Offers>(
      *link_, fleet::OffersOptions{.subjects = subjects_, .name = name_}, *calls_);
  discovery_ =
      std::make_unique<fleet::Discovery>(*link_, subjects_, *offers_, [this] { return self(); });
  census_ = std::make_unique<fleet::Census>(*link_, settings.link.inbox);
  fleet::NoteStreamRule rule;
  rule.replicas = settings.replicas;
  notes_ =
      std::make_unique<FleetNotes>(*link_, runner.executor(), subjects_, settings.link.inbox, rule);
  return {};
}

void Fleet::wait_until_connected(TimePoint until) {
  while (link_ && !link_->state().connected && Clock::now() < until) {
    pollfd ready{link_->fd(), POLLIN, 0};
    static_cast<void>(process::poll_until(&ready, 1, until));
    link_->step();
  }
  if (link_) {
    notes_->tick(Clock::now());
    link_->settle();  // the loop does so only when it has had something to do
    look_at_link();
  }
}

void Fleet::serve(const ServedPrograms& programs, std::optional<bool> offer) {
  if (!offers_ || draining_) {
    return;
  }
  const bool passes_on = std::any_of(programs.begin(), programs.end(), [](const auto& one) {
    return one.second->program.definition.via == program::Via::nats;
  });
  calls_->serve(offered_programs(programs, offer.value_or(!passes_on)));
  std::vector<std::string> names;
  for (const auto& [name, served] : calls_->programs()) {
    names.push_back(name);
  }
  offers_->offer(names);
  notes_->serve(calls_->programs(), std::any_of(programs.begin(), programs.end(), hands_notes_on));
  tell_wants();
}

void Fleet::tell_wants() {
  if (!offers_) {
    return;
  }
  for (const auto& [name, served] : calls_->programs()) {
    offers_->set_wants(name, wants_of(*served));
  }
}

Result<std::unique_ptr<engine::Runner>> Fleet::make_runner() {
  if (!link_) {
    return failure("NATS is not set up: via=nats needs servers in [nats], and a restart");
  }
  Result<std::unique_ptr<fleet::FleetRunner>> made = fleet::FleetRunner::create(
      *link_, fleet::FleetRunnerOptions{.subjects = subjects_, .zone = name_.zone});
  if (!made) {
    return tl::unexpected<Error>(std::move(made.error()));
  }
  fleet_runner_ = made->get();
  return std::move(*made);
}

fleet::NotePublisher* Fleet::note_publisher() {
  return notes_ ? &notes_->publisher() : nullptr;
}

FleetQueue* Fleet::queue() {
  return notes_ && notes_->is_used() && link_->state().connected ? &notes_->queue() : nullptr;
}

fleet::FleetFigures Fleet::figures_of(const std::string& program) const {
  return fleet_runner_ != nullptr ? fleet_runner_->figures_of(program) : fleet::FleetFigures();
}

void Fleet::ask_all(std::function<void(std::vector<std::string>)> done) {
  if (!census_ || draining_) {
    done({});
    return;
  }
  asking_.push_back(std::move(done));
  if (asking_.size() > 1) {
    return;  // what comes is for all who ask meanwhile
  }
  census_->ask(kCensusTime, [this](const std::vector<std::string>& answers) {
    for (const auto& waits : std::exchange(asking_, {})) {
      waits(answers);
    }
  });
}

std::optional<FleetStatus> Fleet::status() const {
  if (!link_) {
    return std::nullopt;
  }
  FleetStatus status;
  status.id = name_.id;
  status.zone = name_.zone;
  status.link = link_->state();
  if (offers_) {
    status.offers = offers_->figures();
  }
  status.store = notes_->status();
  return status;
}

fleet::Self Fleet::self() const {
  fleet::Self self;
  self.name = name_;
  self.version = version_;
  self.host = host_name();
  self.started = started_;
  for (const auto& [name, served] : calls_->programs()) {
    const engine::RunnerFigures now = runner_->executor().figures(served->program);
    fleet::Self::Load& load = self.load.emplace_back();
    load.program = name;
    load.running = now.running;
    load.queued = now.queued;
    load.most = most_at_once(served->program.definition);
  }
  return self;
}

void Fleet::on_events(std::uint32_t /*events*/) {
  link_->step();
  complete_calls();
  look_at_link();
}

/// Those that the link has brought the ends of.
void Fleet::complete_calls() {
  if (fleet_runner_ != nullptr && fleet_runner_->has_results()) {
    guarded(log_, [this] { fleet_runner_->complete(); });
  }
}

/// Tells the operator once of each change, and of each trouble.
void Fleet::look_at_link() {
  const nats::LinkState& state = link_->state();
  const TimePoint now = Clock::now();
  if (state.connected && !was_connected_) {
    told_.clear();
    log_.line(LogLevel::notice,
              "NATS: connected to " + state.server +
                  (state.server_version.empty() ? "" : ", version " + state.server_version),
              now);
  } else if (!state.connected && was_connected_) {
    told_.insert(state.trouble);
    log_.line(LogLevel::warning,
              "NATS: not connected any more: " +
                  (state.trouble.empty() ? "no reason is known" : state.trouble) + "; trying again",
              now);
  } else if (!state.trouble.empty() && told_.size() < kMostTold &&
             told_.insert(state.trouble).second) {
    log_.line(LogLevel::warning,
              "NATS: " + state.trouble + (state.connected ? "" : "; trying again"), now);
  }
  was_connected_ = state.connected;
}

void Fleet::settle() {
  if (link_) {
    link_->settle();
    complete_calls();
  }
}

TimePoint Fleet::wake_at() const {
  return std::min(census_ ? census_->wake_at() : kNoDeadline,
                  notes_ ? notes_->wake_at() : kNoDeadline);
}

void Fleet::tick(TimePoint now) {
  if (census_ && now >= census_->wake_at()) {
    census_->tick(now);
  }
  if (notes_) {
    notes_->tick(now);
  }
}

void Fleet::drain() {
  draining_ = true;
  if (discovery_) {
    discovery_->stop();
  }
  if (offers_) {
    offers_->drain();
  }
  if (notes_) {
    notes_->drain();
  }
}

bool Fleet::is_drained() const {
  return !link_ || ((!offers_ || offers_->is_drained()) && notes_->is_drained() && is_flushed());
}

void Fleet::close() {
  census_.reset();
  asking_.clear();
  discovery_.reset();
  offers_.reset();
  calls_.reset();
  if (notes_) {
    notes_->close();
  }
  if (loop_ != nullptr) {
    std::exchange(loop_, nullptr)->remove(link_->fd(), *this);
  }
}

}  // namespace kamexec::daemon
