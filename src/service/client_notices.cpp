// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a Client that listens: what the daemon tells of its programs, and its replies.
#include <poll.h>

#include <utility>

#include "process/poll_until.h"
#include "service/client_calls.h"

namespace kamexec::service {
namespace {

/// More than any file defines; each costs some hundred bytes.
constexpr std::size_t kMostPrograms = 10'000;

}  // namespace

Result<void> Client::meet(TimePoint until) {
  const auto connection = connected();
  if (!connection) {
    return tl::unexpected<Error>(Error{connection.error().detail, connection.error().system_errno});
  }
  flush();
  while (current_ && !current_->ready) {
    const short events = current_->unsent() > 0 ? POLLIN | POLLOUT : POLLIN;
    pollfd entry{current_->fd(), events, 0};
    if (const Result<int> waited = process::poll_until(&entry, 1, until); !waited) {
      return tl::unexpected<Error>(waited.error());
    }
    receive(*current_);
    flush();
    if (current_ && !current_->ready && Clock::now() >= until) {
      return failure("the service at " + options_.socket + " does not answer");
    }
  }
  return current_ ? Result<void>()
                  : failure("the service at " + options_.socket + ": " + last_fault_);
}

void Client::refresh() {
  if (current_) {
    receive(*current_);
    if (!jobs_.empty()) {
      set_alarm();
    }
  }
}

const ProgramNotice* Client::notice(std::string_view program) const {
  const auto found = programs_.find(program);
  return found == programs_.end() ? nullptr : &found->second.notice;
}

std::vector<std::string> Client::programs() const {
  std::vector<std::string> names;
  for (const auto& [name, program] : programs_) {
    names.push_back(name);
  }
  return names;
}

void Client::on_hello(std::uint32_t) {
  reading_->greeted = true;
}

void Client::on_notice(ProgramNotice told) {
  if (reading_ != current_.get()) {
    return;
  }
  const auto known = programs_.find(told.name);
  if (known == programs_.end() && programs_.size() >= kMostPrograms) {
    reading_->fault("has more than " + std::to_string(kMostPrograms) + " programs");
    return;
  }
  KnownProgram& program = known != programs_.end() ? known->second : programs_[told.name];
  program.notice = std::move(told);
  program.connection = reading_->number();
  take_new_timeout(program.notice);
}

/// Calls of the program that were made before its time-out was known have it from now on.
void Client::take_new_timeout(const ProgramNotice& told) {
  if (waited_for_ != nullptr && waited_for_->first_timeout && waited_for_->program == told.name) {
    waited_for_->first_timeout = false;
    waited_for_->deadline = deadline_of(waited_for_->limit, waited_for_->requested, &told);
  }
  jobs_.for_each([&](Job& job) {
    if (job.first_timeout && job.state != process::JobState::finished && job.program == told.name) {
      job.first_timeout = false;
      job.deadline = deadline_of(job.limit, job.requested, &told);
      jobs_.set_time(job, job.deadline);
    }
  });
}

void Client::on_gone(std::string_view name) {
  if (reading_ != current_.get()) {
    return;
  }
  if (const auto known = programs_.find(name); known != programs_.end()) {
    programs_.erase(known);
  }
}

void Client::on_ready() {
  if (reading_ != current_.get()) {
    return;
  }
  reading_->ready = true;
  // What an earlier connection has told, and this one has not, is gone.
  std::erase_if(programs_, [this](const auto& known) {
    return known.second.connection != reading_->number();
  });
}

void Client::on_reply(std::string_view id, process::RunResult& result) {
  const std::optional<std::uint64_t> number = number_of(id);
  const Key key = number.value_or(first_id_) - first_id_;
  Call* const call = key == Connection::kNobody ? nullptr : find(key);
  if (call == nullptr || !call->sent || call->connection != reading_->number()) {
    if (reading_->abandoned == 0) {
      reading_->fault("replied to a request that was not made");
      return;
    }
    --reading_->abandoned;
    ++counters_.late;
    return;
  }
  if (key % 2 != 0) {
    std::swap(*waited_for_->result, result);
  } else {
    Job& job = static_cast<Job&>(*call);
    job.result = std::move(result);
    job.result.outcome.duration = time_since(job.requested);
  }
  end(key, *call);
}

}  // namespace kamexec::service
