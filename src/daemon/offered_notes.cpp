// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/offered_notes.h"

#include <charconv>
#include <utility>

#include "base/clock.h"

namespace kamexec::daemon {
namespace {

fleet::NoteEnd::Kind kind_of(AttemptEnd::Kind kind) {
  using Kind = fleet::NoteEnd::Kind;
  switch (kind) {
    case AttemptEnd::Kind::done:
      return Kind::done;
    case AttemptEnd::Kind::failed:
      return Kind::failed;
    case AttemptEnd::Kind::not_run:
      return Kind::not_run;
    case AttemptEnd::Kind::killed:
      break;
  }
  return Kind::killed;
}

}  // namespace

fleet::NoteRule note_rule_of(const ServedProgram& served) {
  const program::ProgramDefinition& definition = served.program.definition;
  fleet::NoteRule rule;
  rule.program = definition.name;
  rule.at_once = most_at_once(definition);
  rule.retry = definition.stored.retry;
  rule.retry_most = definition.stored.retry_most;
  rule.attempts = definition.stored.attempts;
  return rule;
}

OfferedNotes::OfferedNotes(engine::Executor& executor, Ended ended)
    : attempts_(executor, [this](const std::string& key,
                                 const process::RunResult& result) { has_run(key, result); }),
      ended_(std::move(ended)) {}

std::vector<fleet::NoteRule> OfferedNotes::serve(const ServedPrograms& offered) {
  programs_.clear();
  std::vector<fleet::NoteRule> rules;
  for (const auto& [name, served] : offered) {
    if (served->program.definition.stored.stored) {
      programs_.emplace(name, served);
      rules.push_back(note_rule_of(*served));
    }
  }
  return rules;
}

void OfferedNotes::on_note(fleet::NoteId id, std::string_view program,
                           const fleet::ReceivedCall& received, std::uint32_t attempt) {
  const auto found = programs_.find(program);
  if (found == programs_.end()) {
    ended_(id, {fleet::NoteEnd::Kind::not_run, "not-started",
                "this kamexecd doesn't offer the program " + std::string(program)});
    return;
  }
  const service::CallRequest& request = received.request();
  stored::Notification notification;
  notification.id = request.id;
  notification.program = program;
  notification.call = request.call;
  notification.arguments.assign(request.arguments.begin(), request.arguments.end());
  notification.variables = request.variables;
  notification.uri = request.uri;
  notification.message = request.message;
  notification.input = request.input;
  notification.attempts = attempt - 1;
  // Two notes may have the same call's id, where it was sent again after a long time.
  running_.emplace(id, "notification " + notification.id + ": program " + notification.program);
  attempts_.begin(found->second, notification, std::to_string(id));
}

void OfferedNotes::has_run(const std::string& key, const process::RunResult& result) {
  fleet::NoteId id = 0;
  std::from_chars(key.data(), key.data() + key.size(), id);
  AttemptEnd end = end_of(result, stored::wall_now());
  std::string words;
  if (const auto found = running_.find(id); found != running_.end()) {
    words = std::move(found->second);
    running_.erase(found);
  }
  if (end.kind != AttemptEnd::Kind::done) {
    failures_.line(
        LogLevel::warning,
        words + ": " + end.last.outcome + (end.last.detail.empty() ? "" : ": ") + end.last.detail,
        Clock::now());
  }
  ended_(id, {kind_of(end.kind), std::move(end.last.outcome), std::move(end.last.detail)});
}

void OfferedNotes::on_dead(std::string_view program, std::string_view call_id,
                           std::string_view why) {
  failures_.line(LogLevel::warning,
                 "notification " + std::string(call_id) + ": program " + std::string(program) +
                     ": dead, kept by the fleet for a person: " + std::string(why),
                 Clock::now());
}

}  // namespace kamexec::daemon
