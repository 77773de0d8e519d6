// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/outcome.h"

#include <utility>

#include <cerrno>

namespace kamexec::process {
namespace {

Outcome outcome_of(Cause cause, std::string detail, int system_errno = 0) {
  Outcome outcome;
  outcome.cause = cause;
  outcome.system_errno = system_errno;
  outcome.detail = std::move(detail);
  return outcome;
}

}  // namespace

Outcome Outcome::refused(std::string detail, int system_errno) {
  return outcome_of(Cause::refused, std::move(detail), system_errno);
}

Outcome Outcome::refused(Error error) {
  return outcome_of(Cause::refused, std::move(error.message), error.system_errno);
}

Outcome Outcome::no_room(std::string detail) {
  return outcome_of(Cause::refused, std::move(detail), EAGAIN);
}

Outcome Outcome::not_started(Error error) {
  return outcome_of(Cause::not_started, std::move(error.message), error.system_errno);
}

Outcome Outcome::unusable(std::string detail, int system_errno) {
  return outcome_of(Cause::unusable, std::move(detail), system_errno);
}

Outcome Outcome::deadline_passed(std::string detail) {
  return outcome_of(Cause::deadline, std::move(detail));
}

Outcome Outcome::cancelled() {
  return outcome_of(Cause::deadline, std::string(kCancelled));
}

Outcome Outcome::host_stops() {
  return outcome_of(Cause::deadline, std::string(kHostStops));
}

Outcome Outcome::short_of_memory(Cause cause) noexcept {
  // std::string keeps so short a text in itself.
  return outcome_of(cause, std::string(kShortOfMemory), ENOMEM);
}

bool may_run_elsewhere(const Outcome& outcome) {
  switch (outcome.cause) {
    case Cause::not_started:
      return outcome.system_errno != E2BIG;
    case Cause::refused:
      return outcome.system_errno != EINVAL && outcome.system_errno != E2BIG &&
             outcome.system_errno != EMSGSIZE;
    case Cause::ok:
    case Cause::nonzero_exit:
    case Cause::deadline:
    case Cause::unusable:
      break;
  }
  return false;
}

int code(Cause cause) {
  switch (cause) {
    case Cause::ok:
      return 1;
    case Cause::nonzero_exit:
      return -1;
    case Cause::deadline:
      return -2;
    case Cause::not_started:
      return -3;
    case Cause::refused:
      return -4;
    case Cause::unusable:
      return -5;
  }
  return -5;
}

std::string_view word(Cause cause) {
  switch (cause) {
    case Cause::ok:
      return "ok";
    case Cause::nonzero_exit:
      return "no";
    case Cause::deadline:
      return "deadline";
    case Cause::not_started:
      return "not-started";
    case Cause::refused:
      return "refused";
    case Cause::unusable:
      return "unusable";
  }
  return "unusable";
}

}  // namespace kamexec::process
