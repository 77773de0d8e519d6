// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/fleet_words.h"

#include <cerrno>

#include "base/printable.h"

namespace kamexec::fleet {
namespace {

using nats::Failure;
using process::Outcome;

constexpr std::size_t kLongestTrouble = 300;

std::string in_brackets(std::string_view text) {
  return text.empty() ? std::string() : " (" + printable(text, kLongestTrouble) + ")";
}

}  // namespace

std::string in_words(const WorkerName& worker) {
  if (worker.id.empty()) {
    return "a worker daemon";
  }
  return "worker daemon " + worker.id +
         (worker.zone.empty() ? std::string() : " (zone " + worker.zone + ")");
}

Outcome outcome_of(const nats::Trouble& trouble, std::string_view program, std::string_view subject,
                   const nats::LinkState& link) {
  const std::string name(program);
  const std::string what(in_words(trouble.failure));
  const std::string_view why = trouble.detail.empty() ? link.trouble : trouble.detail;
  switch (trouble.failure) {
    case Failure::not_connected:
      return Outcome::not_started(
          {what + ": " + (why.empty() ? "" : printable(why, kLongestTrouble) + ": ") + name +
           " was not called; see servers in [nats], and whether they run"});
    case Failure::no_responders:
      return Outcome::not_started({"nobody serves " + name +
                                   ": no worker daemon has subscribed to " + std::string(subject) +
                                   "; start kamexecd where the program is, with the same servers "
                                   "and prefix in [nats]"});
    case Failure::not_permitted:
      return Outcome::not_started({what + in_brackets(why) + ": permit our user to publish to " +
                                   std::string(subject) + ", so that " + name + " can be called"});
    case Failure::too_large:
      return Outcome::refused("the call of " + name + " is larger than the NATS server takes (" +
                                  std::to_string(link.max_payload) +
                                  " bytes): raise its max_payload, or pass less",
                              EMSGSIZE);
    case Failure::no_memory:
      return Outcome::no_room(what + in_brackets(trouble.detail) + ": " + name +
                              " was not called; the NATS server is slow, or gets too much");
    case Failure::connection_lost:
      return Outcome::unusable("the connection to NATS" + in_brackets(link.server) +
                               " was lost after the call was sent: " + name + " may have run");
    case Failure::timed_out:
      break;
  }
  return unanswered(program, {}, false);
}

Outcome unanswered(std::string_view program, const WorkerName& by, bool lost) {
  const std::string name(program);
  if (lost) {
    return Outcome::deadline_passed(
        "the connection to NATS was lost after the call of " + name +
        " was sent, and it was not answered by the deadline when sent again");
  }
  return Outcome::deadline_passed(
      by.id.empty() ? "no worker daemon has answered the call of " + name + " by the deadline"
                    : in_words(by) + " has not answered the call of " + name + " by the deadline");
}

Outcome too_many(std::string_view program, std::size_t most) {
  return Outcome::no_room("the queue is full: " + std::to_string(most) + " calls of " +
                          std::string(program) + " are under way in the fleet (calls_most)");
}

std::string detail_of(const Answer& answer, std::size_t asked) {
  if (answer.incomplete) {
    return in_words(answer.worker) +
           ": says that a part of the request is missing, and was sent all";
  }
  const std::string& said = answer.result.outcome.detail;
  std::string detail =
      in_words(answer.worker) + ": " + (said.empty() ? "no reason was given" : said);
  if (answer.elsewhere && asked > 1) {
    detail += " (" + std::to_string(asked) + " were asked)";
  }
  return detail;
}

}  // namespace kamexec::fleet
