// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/programs.h"

#include "program/attribute_rule.h"

namespace kamexec::program {

Result<void> Programs::add(ProgramDefinition definition) {
  const std::string name = definition.name;
  const auto [place, added] = programs_.try_emplace(name);
  if (!added) {
    return failure("program " + name + " is defined twice: name one of them differently");
  }
  place->second.definition = std::move(definition);
  return {};
}

Result<void> Programs::locate(std::string_view search_path) {
  for (auto& [name, program] : programs_) {
    auto place = resolve_program(program.definition, search_path);
    if (!place) {
      return tl::unexpected(std::move(place.error()));
    }
    program.place = std::move(*place);
  }
  return {};
}

Result<void> Programs::check_permissions() {
  for (auto& [name, program] : programs_) {
    if (auto checked = check_permission(program.definition, program.place); !checked) {
      return checked;
    }
  }
  return {};
}

const Program* Programs::find(std::string_view name) const {
  const auto found = programs_.find(name);
  return found == programs_.end() ? nullptr : &found->second;
}

Error Programs::unknown(std::string_view name) const {
  constexpr std::size_t kMostListed = 20;
  Error error{"there is no program " + shown(name) + ": ", 0};
  if (programs_.empty()) {
    error.message += "none is defined";
    return error;
  }
  error.message += "there are";
  std::size_t listed = 0;
  for (const auto& [known, program] : programs_) {
    if (listed == kMostListed) {
      error.message += " and " + std::to_string(programs_.size() - listed) + " more";
      break;
    }
    error.message += (listed++ == 0 ? " " : ", ") + known;
  }
  return error;
}

}  // namespace kamexec::program
