// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/taint_state.h"

#include <algorithm>

namespace kamexec::command::taint {

Taint Traces::source(std::string name, int variable) {
  const auto taint = static_cast<Taint>(all_.size());
  all_.push_back({kClean, std::move(name), variable, taint});
  return taint;
}

Taint Traces::step(Taint from, const std::string& name) {
  if (all_[static_cast<std::size_t>(from)].name == name) {
    return from;
  }
  all_.push_back({from, name, -1, all_[static_cast<std::size_t>(from)].first});
  return static_cast<Taint>(all_.size()) - 1;
}

const Traces::Trace& Traces::first(Taint taint) const {
  return all_[static_cast<std::size_t>(all_[static_cast<std::size_t>(taint)].first)];
}

const std::string& Traces::source_of(Taint taint) const {
  return first(taint).name;
}

int Traces::variable_of(Taint taint) const {
  return first(taint).variable;
}

std::string Traces::way(Taint taint, const std::string& sink) const {
  constexpr int kMostSteps = 6;
  std::string way = sink;
  int steps = 0;
  for (Taint at = taint; at != kClean; at = all_[static_cast<std::size_t>(at)].from) {
    const Trace& trace = all_[static_cast<std::size_t>(at)];
    if (++steps <= kMostSteps || trace.from == kClean) {
      way.insert(0, trace.name + " -> ");
    } else if (steps == kMostSteps + 1) {
      way.insert(0, "... -> ");
    }
  }
  return way;
}

void State::mark(Taint& place, Taint taint) {
  if (place == kClean && taint != kClean) {
    place = taint;
    changed = true;
  }
}

void State::mark_step(Taint& place, Taint taint, const std::string& name) {
  if (place == kClean && taint != kClean) {
    mark(place, traces.step(taint, name));
  }
}

void State::mark_variable(const std::string& name, Taint taint) {
  if (name.empty() || taint == kClean) {
    return;
  }
  Taint& place = variables.try_emplace(name, kClean).first->second;
  mark_step(place, taint, name);
  first_variable = either(first_variable, place);
}

void State::mark_file(const std::string& name, Taint taint) {
  const std::string key = file_key(name);
  if (key.empty() || taint == kClean) {
    return;
  }
  mark_step(files.try_emplace(key, kClean).first->second, taint, key);
}

Taint State::file(const std::string& name) const {
  const auto entry = files.find(file_key(name));
  return entry == files.end() ? kClean : entry->second;
}

Taint State::any_variable() const {
  return first_variable;
}

const KnownProgram* State::program(const std::string& name) {
  const auto [place, is_new] = known.try_emplace(name, nullptr);
  if (is_new) {
    place->second = known_program(name, options.interpreters);
  }
  return place->second;
}

Text::Text(const Scan& scanned, int how_deep)
    : scan(scanned),
      depth(how_deep),
      group_input(scanned.groups.size(), kClean),
      group_output(scanned.groups.size(), kClean),
      command_output(scanned.commands.size(), kClean) {}

std::string file_key(const std::string& name) {
  const std::size_t end = name.find_last_not_of('/');
  if (end == std::string::npos) {
    return {};
  }
  const std::size_t slash = name.find_last_of('/', end);
  return name.substr(slash + 1, end - slash);  // npos + 1 is 0
}

bool has_option(const Arguments& args, char letter) {
  return std::any_of(args.begin() + 1, args.end(), [letter](const Argument& arg) {
    return arg.beginning.size() > 1 && arg.beginning[0] == '-' && arg.beginning[1] != '-' &&
           arg.beginning.find(letter) != std::string::npos;
  });
}

Taint any_of(const Arguments& args, std::size_t from) {
  for (std::size_t i = from; i < args.size(); ++i) {
    if (args[i].taint != kClean) {
      return args[i].taint;
    }
  }
  return kClean;
}

}  // namespace kamexec::command::taint
