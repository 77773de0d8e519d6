// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>

#include <cerrno>

#include "daemon/log.h"
#include "daemon/takeover.h"
#include "process/pipe.h"
#include "process/run_cgroup.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {
namespace {

/// A call that comes while NATS is being connected for the first time would fail. Longer than a
/// connection takes, and short where there is no server.
constexpr std::chrono::milliseconds kFirstConnection{1'000};

/// After what workers have said: at most so often clients are told of what they want.
constexpr std::chrono::milliseconds kNeedsInterval{100};
/// Beyond the programs' own grace, until what must end has ended.
constexpr std::chrono::seconds kEndTime{2};
/// For clients to take their last replies.
constexpr std::chrono::milliseconds kLastReplies{500};
/// Where the loop can't wait.
constexpr std::chrono::milliseconds kTroublePause{20};
/// Descriptors beside those of clients: pipes of programs and workers.
constexpr rlim_t kOtherFiles = 4096;

constexpr std::array<int, 3> kSignals{SIGTERM, SIGINT, SIGHUP};

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kSignals) {
    sigaddset(&signals, signal);
  }
  return signals;
}

/// The soft limit is for programs that use select(2); this one doesn't.
void allow_files(std::size_t connections) {
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    const rlim_t wanted = std::min<rlim_t>(files.rlim_max, connections + kOtherFiles);
    if (files.rlim_cur < wanted) {
      files.rlim_cur = wanted;
      ::setrlimit(RLIMIT_NOFILE, &files);
    }
  }
}

}  // namespace

void prepare_process() {
  const sigset_t handled = handled_signals();
  ::sigprocmask(SIG_BLOCK, &handled, nullptr);
  process::ignore_sigpipe();
  ::signal(SIGCHLD, SIG_DFL);  // ignored, children could not be waited for
  // execve would hand the ambient ones on (capabilities(7)). An old kernel has none.
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Daemon::Daemon(DaemonOptions options) : options_(std::move(options)) {}

Daemon::~Daemon() {
  fleet_.close();
}

Result<void> Daemon::start() {
  Result<EventLoop> loop = EventLoop::create();
  if (!loop) {
    return tl::unexpected<Error>(std::move(loop.error()));
  }
  loop_.emplace(std::move(*loop));
  clients_ = std::make_unique<Clients>(*loop_, service_);
  const sigset_t handled = handled_signals();
  signals_.reset(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) {
    return system_failure("signalfd", errno);
  }
  Controls controls;
  controls.status = [this](const Peer& asks) {
    return status_json(status_for(&asks), Clock::now());
  };
  controls.replace = [this](Connection& by, std::string id) {
    replacement_ = Replacement{&by, std::move(id)};
  };
  controls.fleet = [this](const auto& answer) { answer_fleet(answer); };
  service_.calls().set_fleet([this] { return fleet_.make_runner(); });
  if (Result<void> opened = service_.open(*clients_, std::move(controls)); !opened) {
    return opened;
  }
  for (const auto& [fd, told] : {std::pair{signals_.get(), &signal_told_},
                                 std::pair{service_.calls().fd(), &executor_told_}}) {
    if (const int error = loop_->add(fd, EPOLLIN, *told); error != 0) {
      return system_failure("epoll", error);
    }
  }
  if (Result<void> loaded = load(true); !loaded) {
    return loaded;
  }
  // From here on workers run.
  fleet_.wait_until_connected(after(Clock::now(), kFirstConnection));
  Result<Listener> listener = make_listener();
  Result<void> listens = listener ? clients_->listen(std::move(*listener))
                                  : tl::unexpected<Error>(std::move(listener.error()));
  if (!listens) {
    end();
    return listens;
  }
  publish_metrics(Clock::now());
  log_line(LogLevel::notice, "ready: " + in_words());
  manager_.ready(in_words());
  return {};
}

Result<Listener> Daemon::make_listener() {
  Result<std::optional<Listener>> passed = Listener::from_service_manager();
  if (!passed) {
    return tl::unexpected<Error>(std::move(passed.error()));
  }
  if (*passed) {
    if (options_.replace) {
      log_line(LogLevel::notice, "--replace has no effect: the service manager passes the socket");
    }
    return std::move(**passed);
  }
  if (options_.replace) {
    Result<std::optional<TakenSocket>> taken = take_socket_over(options_.socket);
    if (!taken) {
      return tl::unexpected<Error>(std::move(taken.error()));
    }
    if (*taken) {
      return Listener::taken_over(std::move((*taken)->fd),
                                  (*taken)->lent ? std::string() : options_.socket);
    }
  }
  SocketOptions socket;
  socket.path = options_.socket;
  socket.mode = settings_.socket_mode;
  socket.group = settings_.socket_gid;
  return Listener::make(socket);
}

/// Reads the files and serves what they say, all or nothing. The error: what was wrong is logged.
Result<void> Daemon::load(bool first) {
  Configuration loaded =
      load_configuration(options_.config, Rights::checked, options_.nats_servers);
  Result<ServedPrograms> next = ServedPrograms();
  if (loaded.mistakes.empty()) {
    next = next_programs(loaded.programs, service_.programs());
    if (!next) {
      loaded.mistakes.push_back(next.error().message);
    }
  }
  if (loaded.mistakes.empty()) {
    if (Result<void> opened = open_store(*next); !opened) {
      loaded.mistakes.push_back(std::move(opened.error().message));
    }
  }
  if (loaded.mistakes.empty()) {
    if (Result<void> opened = open_fleet(loaded.nats); !opened) {
      loaded.mistakes.push_back(std::move(opened.error().message));
    }
  }
  if (!loaded.mistakes.empty()) {
    for (const std::string& mistake : loaded.mistakes) {
      log_line(LogLevel::error, mistake);
    }
    return failure(first ? "the configuration has mistakes"
                         : "the configuration has mistakes; the one from before stays");
  }
  for (const std::string& warning : loaded.warnings) {
    log_line(LogLevel::warning, warning);
  }
  apply(loaded.settings);
  service_.serve(std::move(*next));
  // Where the file names no servers any more, the link stays, and nothing is offered.
  fleet_.serve(service_.programs(),
               loaded.nats.are_used() ? loaded.nats.offer : std::optional(false));
  return {};
}

/// With the first file that names servers. What changes later would take another link.
Result<void> Daemon::open_fleet(const NatsSettings& settings) {
  if (!fleet_.is_open()) {
    nats_settings_ = settings;
    Result<void> opened =
        settings.are_used() ? fleet_.open(*loop_, service_.calls(), settings) : Result<void>();
    service_.stored().set_publisher(fleet_.note_publisher());
    service_.stored().set_fleet_queue([this] { return fleet_.queue(); });
    return opened;
  }
  NatsSettings comparable = settings;
  comparable.offer = nats_settings_.offer;
  if (comparable != nats_settings_) {
    log_line(LogLevel::notice, "what has changed in [nats], but offer, counts at the next start");
  }
  return {};
}

/// Where one is needed, or there: what was stored before is tried, whatever the files say now.
Result<void> Daemon::open_store(const ServedPrograms& programs) {
  StoredCalls& stored = service_.stored();
  const bool needed = std::any_of(programs.begin(), programs.end(), [](const auto& one) {
    return one.second->program.definition.stored.stored;
  });
  if (stored.is_open() || (!needed && !StoredCalls::has_store(options_.state))) {
    return {};
  }
  if (Result<void> opened = stored.open(options_.state); !opened) {
    return opened;
  }
  if (const int error = loop_->add(stored.fd(), EPOLLIN, store_told_); error != 0) {
    return system_failure("epoll", error);
  }
  return {};
}

void Daemon::apply(const DaemonSettings& settings) {
  const bool other_socket =
      settings.socket_mode != settings_.socket_mode || settings.socket_gid != settings_.socket_gid;
  if (clients_->listener().valid() && other_socket) {
    log_line(LogLevel::notice,
             "socket_mode and socket_group count when a socket is made: at the next start");
  }
  settings_ = settings;
  allow_files(settings.connections);
  ClientLimits limits;
  limits.connections = settings.connections;
  limits.memory = settings.memory;
  limits.each.request_limit = settings.request_limit;
  limits.each.unread_most = settings.memory;
  clients_->set_limits(limits);
  service_.calls().set_log_calls(settings.log_calls);
  service_.stored().set_log_calls(settings.log_calls);
  metrics_fail_ = false;
  publish_at_ = TimePoint::min();
}

std::string Daemon::in_words() const {
  return std::to_string(service_.programs().size()) + " programs";
}

void Daemon::run() {
  while (phase_ != Phase::ended) {
    try {
      turn();
    } catch (const std::exception& thrown) {
      // One client's or one program's; the others go on.
      troubles_.line(LogLevel::error, thrown_in_words(thrown), Clock::now());
    }
  }
}

void Daemon::turn() {
  if (const Result<void> turned = loop_->turn(wake_at()); !turned) {
    troubles_.line(LogLevel::error, turned.error().message, Clock::now());
    std::this_thread::sleep_for(kTroublePause);
  }
  service_.stored().write();
  if (replacement_) {
    replace();
  }
  fleet_.settle();
  clients_->settle();
  const TimePoint now = Clock::now();
  if (now >= tell_needs_at_) {
    tell_needs_at_ = kNoDeadline;
    service_.tell_needs();
    fleet_.tell_wants();
    clients_->settle();
  }
  if (now >= service_.calls().wake_at()) {
    service_.calls().expire(now);
    clients_->settle();
  }
  service_.stored().settle();
  fleet_.tick(now);
  fleet_.settle();
  clients_->settle();
  clients_->check_time(now);
  if (now >= publish_at_) {
    publish_metrics(now);
  }
  manager_.sign_of_life(now);
  if (phase_ == Phase::draining) {
    if (service_.stored().attempts() == 0) {
      service_.stored().leave();  // the daemon that comes next need not wait for our clients
    }
    if ((clients_->empty() && !has_calls() && fleet_.is_drained()) || now >= end_at_) {
      end();
    }
  }
}

bool Daemon::has_calls() const {
  return service_.calls().in_flight() + service_.stored().attempts() > 0;
}

TimePoint Daemon::wake_at() const {
  return std::min({clients_->wake_at(), service_.calls().wake_at(), service_.stored().wake_at(),
                   fleet_.wake_at(), manager_.wake_at(), tell_needs_at_, publish_at_, end_at_});
}

void Daemon::on_executor() {
  service_.calls().step();
  if (tell_needs_at_ == kNoDeadline) {
    tell_needs_at_ = Clock::now() + kNeedsInterval;
  }
}

void Daemon::on_signal() {
  signalfd_siginfo signal = {};
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo == SIGHUP) {
      if (phase_ == Phase::serving) {
        reload();
      }
    } else if (phase_ == Phase::serving) {
      begin_stop("stopping");
    } else {
      end_at_ = TimePoint::min();  // a second time: what is under way isn't waited for
    }
  }
}

void Daemon::reload() {
  manager_.reloading();
  const Result<void> loaded = load(false);
  ++(loaded ? reloads_ : failed_reloads_);
  const std::string outcome = loaded ? "reloaded: " + in_words() : loaded.error().message;
  log_line(loaded ? LogLevel::notice : LogLevel::error, outcome);
  manager_.ready(loaded ? in_words() : outcome);
}

/// Another daemon has asked for the socket.
void Daemon::replace() {
  const Replacement wanted = std::move(*replacement_);
  replacement_.reset();
  bool there = false;
  clients_->for_each(
      [&](Connection& client) { there |= &client == wanted.by && !client.closed(); });
  if (!there || phase_ != Phase::serving) {
    return;
  }
  process::RunResult result;
  result.outcome.cause = process::Cause::ok;
  result.outcome.exit_status = 0;
  result.output = clients_->listener().outlives_us() ? kSocketIsLent : kSocketIsOurs;
  result.output += '\n';
  std::string reply;
  service::append_reply(reply, wanted.id, result);
  if (wanted.by->send_descriptor(reply, clients_->listener().fd())) {
    clients_->give_socket_away();
    begin_stop("replaced by process " + std::to_string(wanted.by->peer().pid) + ": stopping");
  }
}

/// Lets nobody in any more and finishes what is under way.
void Daemon::begin_stop(const std::string& why) {
  phase_ = Phase::draining;
  service_.stored().stop();
  fleet_.drain();
  end_at_ = after(Clock::now(), settings_.drain_time);
  const std::string words =
      why + ", " + std::to_string(service_.calls().in_flight() + service_.stored().attempts()) +
      " calls are under way";
  log_line(LogLevel::notice, words);
  manager_.stopping(words);
  // The port is for the daemon that comes next.
  settings_.metrics.clear();
  publish_at_ = TimePoint::min();
  clients_->stop();
}

/// Ends what is left, and with it this daemon.
void Daemon::end() {
  const std::size_t left = service_.calls().in_flight() + service_.stored().attempts();
  if (left > 0) {
    log_line(LogLevel::warning,
             std::to_string(left) + " calls were not over when drain_time was, and are ended");
  }
  std::chrono::milliseconds grace{0};
  for (const auto& [name, served] : service_.programs()) {
    const program::ProgramDefinition& definition = served->program.definition;
    grace = std::max({grace, definition.kill_grace, definition.pool.close_grace});
  }
  service_.stored().stop();
  service_.calls().stop_until(after(Clock::now(), grace + kEndTime));
  service_.stored().leave();
  fleet_.settle();
  clients_->settle();
  for (const TimePoint until = after(Clock::now(), kLastReplies);
       (!clients_->empty() || !fleet_.is_flushed()) && Clock::now() < until;) {
    if (!loop_->turn(until)) {
      break;
    }
    fleet_.settle();
    clients_->settle();
  }
  fleet_.close();
  clients_->close_all({});
  process::remove_all_ended_cgroups();
  phase_ = Phase::ended;
  log_line(LogLevel::notice, "ended");
}

}  // namespace kamexec::daemon
