// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/service_runner.h"

#include <utility>

namespace kamexec::engine {
namespace {

/// What the daemon has told within such a time may as well be on its way still: a look for it costs
/// each call a system call.
constexpr std::chrono::milliseconds kFresh{1};

/// A definition without a time-out leaves it to the daemon's.
service::CallLimit limit_of(const Invocation& invocation) {
  return {invocation.deadline, invocation.program->definition.timeout.count() == 0};
}

}  // namespace

Result<std::unique_ptr<ServiceRunner>> ServiceRunner::create(const std::string& socket,
                                                             ProgramHosts hosts) {
  service::ClientOptions options;
  options.socket = socket;
  Result<std::unique_ptr<service::Client>> client = service::Client::create(std::move(options));
  if (!client) {
    return tl::unexpected<Error>(std::move(client.error()));
  }
  return std::unique_ptr<ServiceRunner>(new ServiceRunner(std::move(*client), std::move(hosts)));
}

Needs ServiceRunner::needs() const {
  return {.variables = true, .input = true, .uri = true, .message = true};
}

Needs ServiceRunner::needs_of(const program::Program& program) {
  if (const TimePoint now = Clock::now(); now - looked_at_ > kFresh) {
    client_->refresh();  // it may have changed since the last call
    looked_at_ = now;
  }
  const service::ProgramNotice* const told = client_->notice(program.definition.name);
  if (told == nullptr) {
    return needs();
  }
  return {.variables = told->variables,
          .input = told->input,
          .uri = told->uri,
          .message = told->message};
}

service::CallRequest ServiceRunner::request_of(const Invocation& invocation) {
  arguments_.clear();
  for (char* const* word = invocation.argv + 1; *word != nullptr; ++word) {
    arguments_.emplace_back(*word);
  }
  service::CallRequest request;
  request.call = invocation.call;
  request.program = invocation.program->definition.name;
  request.arguments = arguments_;
  request.uri = invocation.uri;
  request.variables = invocation.variables;
  request.message = invocation.message;
  request.input = invocation.input;
  return request;
}

ProgramHost* ServiceRunner::host_of(const program::Program& program) {
  if (const auto known = known_hosts_.find(&program); known != known_hosts_.end()) {
    return known->second.get();
  }
  std::unique_ptr<ProgramHost> made = hosts_ ? hosts_(program) : nullptr;
  return made ? known_hosts_.emplace(&program, std::move(made)).first->second.get() : nullptr;
}

void ServiceRunner::run(const Invocation& invocation, process::RunResult& result) {
  const ToldCall told(host_of(*invocation.program));
  client_->run(request_of(invocation), limit_of(invocation), result);
  looked_at_ = Clock::now();
  if (!invocation.capture_output) {
    result.output.clear();
  }
}

tl::expected<Cancel, process::Outcome> ServiceRunner::submit(const Invocation& invocation,
                                                             Completion completion) {
  // Told of for as long as somebody has the completion, whether it is called or not.
  const auto told = std::make_shared<ToldCall>(host_of(*invocation.program));
  const auto id = client_->submit(
      request_of(invocation), limit_of(invocation),
      [told, wants_output = invocation.capture_output, done = std::move(completion)](
          service::Client::JobId, process::RunResult result) {
        if (!wants_output) {
          result.output.clear();
        }
        done(std::move(result));
      });
  if (!id) {
    return tl::unexpected<process::Outcome>(id.error());
  }
  return Cancel([this, id = *id] { client_->cancel(id); });
}

}  // namespace kamexec::engine
