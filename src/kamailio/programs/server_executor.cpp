// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/server_executor.h"

#include <memory>
#include <string>

#include "engine/prepare_options.h"
#include "kamailio/programs/program_shared.h"
#include "kamailio/state/state.h"

extern "C" char** environ;

namespace kamexec::module {
namespace {

bool count_up_to(ProgramShared::Counter& count, std::size_t most) {
  if (count.fetch_add(1) < most) {
    return true;
  }
  count.fetch_sub(1);
  return false;
}

/// A program's slots in the server, as `max` and `queue` of its definition say, and what RPC and
/// statistics show of it.
class ServerProgram final : public engine::ProgramHost, private process::SharedSlots {
 public:
  explicit ServerProgram(const program::Program& program)
      : most_running_(program.definition.most_running),
        most_queued_(program.definition.most_queued),
        shared_(ProgramShared::of(program)),
        report_(shared_) {}

  [[nodiscard]] process::SharedSlots& slots() override { return *this; }
  [[nodiscard]] std::uint64_t generation() const override { return shared_.generation.load(); }
  void call_began() override { shared_.running.fetch_add(1); }
  void call_ended() override { shared_.running.fetch_sub(1); }
  void pool_changed(const pool::PoolGauges& gauges, const pool::PoolCounters& counters) override {
    report_.tell(gauges, counters);
  }

 private:
  [[nodiscard]] bool take() override { return count_up_to(shared_.running, most_running_); }
  void give_back() override { shared_.running.fetch_sub(1); }
  [[nodiscard]] bool join_queue() override { return count_up_to(shared_.waiting, most_queued_); }
  void leave_queue() override { shared_.waiting.fetch_sub(1); }

  const std::size_t most_running_;
  const std::size_t most_queued_;
  ProgramShared& shared_;
  PoolReport report_;
};

engine::ExecutorOptions options() {
  engine::ExecutorOptions made;
  made.environment = settings().inherit_all
                         ? request::InheritedEnvironment::everything(environ)
                         : request::InheritedEnvironment::only(environ, settings().inherited_names);
  made.program_hosts = [](const program::Program& program) -> std::unique_ptr<engine::ProgramHost> {
    return ProgramShared::find(program) != nullptr ? std::make_unique<ServerProgram>(program)
                                                   : nullptr;
  };
  made.service_socket = settings().service;
  return made;
}

}  // namespace

struct ServerExecutor {
  engine::Executor executor{options()};
};

engine::Executor& server_executor() {
  return process_state().executor.get().executor;
}

std::string_view search_path() {
  std::string& path = server_state().search_path;
  if (path.empty()) {
    path = engine::search_path_of(request::InheritedEnvironment::everything(environ).value("PATH"));
  }
  return path;
}

}  // namespace kamexec::module
