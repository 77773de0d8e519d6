// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/workers.h"

#include <algorithm>

namespace kamexec::fleet {
namespace {

bool has_answered_lately(const Workers::Known& known, TimePoint now) {
  return !known.failed && now - known.answered <= Workers::kLately;
}

void add(engine::Needs& to, const engine::Needs& wanted) {
  to.uri = to.uri || wanted.uri;
  to.variables = to.variables || wanted.variables;
  to.message = to.message || wanted.message;
  to.input = to.input || wanted.input;
}

}  // namespace

Workers::Known& Workers::entry(std::vector<Known>& all, std::string_view id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [id](const Known& known) { return known.id == id; });
  if (found != all.end()) {
    return *found;
  }
  Known fresh;
  fresh.id = id;
  if (all.size() < kMost) {
    return all.emplace_back(std::move(fresh));
  }
  const auto oldest = std::min_element(
      all.begin(), all.end(),
      [](const Known& one, const Known& other) { return one.answered < other.answered; });
  *oldest = std::move(fresh);
  return *oldest;
}

void Workers::answered(std::string_view program, const Answer& answer, bool refused,
                       TimePoint now) {
  auto place = programs_.find(program);
  if (place == programs_.end()) {
    place = programs_.emplace(program, std::vector<Known>()).first;
  }
  // All that have no ID are one: they can't be asked, but what they want is known.
  Known& known = entry(place->second, answer.worker.id);
  known.zone = answer.worker.zone;
  known.answered = now;
  known.refused = refused;
  known.failed = false;
  known.calls += refused ? 0 : 1;
  known.wants = answer.wants;
}

void Workers::failed(std::string_view program, std::string_view worker) {
  const auto place = programs_.find(program);
  if (place == programs_.end() || worker.empty()) {
    return;
  }
  for (Known& known : place->second) {
    if (known.id == worker) {
      known.failed = true;
    }
  }
}

std::string_view Workers::choose(std::string_view program, std::string_view zone,
                                 std::span<const std::string> tried, TimePoint now,
                                 Among among) const {
  const auto place = programs_.find(program);
  if (place == programs_.end()) {
    return {};
  }
  const Known* best = nullptr;
  const auto is_better = [&](const Known& known) {
    if (best == nullptr) {
      return true;
    }
    const bool near = !zone.empty() && known.zone == zone;
    const bool best_is_near = !zone.empty() && best->zone == zone;
    return near != best_is_near ? near : known.answered > best->answered;
  };
  for (const Known& known : place->second) {
    if (!known.id.empty() && (among == Among::all || !known.refused) &&
        has_answered_lately(known, now) &&
        std::find(tried.begin(), tried.end(), known.id) == tried.end() && is_better(known)) {
      best = &known;
    }
  }
  return best != nullptr ? std::string_view(best->id) : std::string_view();
}

bool Workers::has_answered_since(std::string_view program, std::string_view worker,
                                 TimePoint time) const {
  const auto place = programs_.find(program);
  return place != programs_.end() &&
         std::any_of(place->second.begin(), place->second.end(), [&](const Known& known) {
           return known.id == worker && !known.failed && known.answered >= time;
         });
}

std::optional<engine::Needs> Workers::needs(std::string_view program, TimePoint now) const {
  std::optional<engine::Needs> wanted;
  const auto place = programs_.find(program);
  if (place == programs_.end()) {
    return wanted;
  }
  for (const Known& known : place->second) {
    if (has_answered_lately(known, now)) {
      if (!wanted) {
        wanted.emplace(parts_named({}));
      }
      add(*wanted, known.wants);
    }
  }
  return wanted;
}

std::vector<Workers::Known> Workers::known(std::string_view program) const {
  const auto place = programs_.find(program);
  return place != programs_.end() ? place->second : std::vector<Known>();
}

}  // namespace kamexec::fleet
