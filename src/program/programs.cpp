// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/programs.h"

#include "process/sandbox.h"
#include "program/attribute_rule.h"

namespace kamexec::program {

Result<void> Programs::add(ProgramDefinition definition, Origin origin) {
  const std::string name = definition.name;
  const auto [known, added] = programs_.try_emplace(name);
  if (!added) {
    const std::string first = known->second.origin.place();
    const Mistake twice{{},
                        "it is defined twice" +
                            (first.empty() ? std::string() : " (also at " + first + ")") +
                            ": name one of them differently, or remove one"};
    return failure(text_of(twice, name, origin));
  }
  known->second.definition = std::move(definition);
  known->second.origin = std::move(origin);
  return {};
}

template <typename Check>
std::vector<std::string> Programs::for_each(Check check) {
  std::vector<std::string> mistakes;
  for (auto& [name, program] : programs_) {
    for (const Mistake& mistake : check(program)) {
      mistakes.push_back(text_of(mistake, name, program.origin));
    }
  }
  return mistakes;
}

std::vector<std::string> Programs::locate(std::string_view search_path) {
  return for_each([search_path](Program& program) {
    return resolve_program(program.definition, search_path, program.place);
  });
}

std::vector<std::string> Programs::left_out() const {
  std::vector<std::string> all;
  for (const auto& [name, program] : programs_) {
    if (program.place.sandbox == nullptr) {
      continue;
    }
    for (const process::SandboxOmission& omission : program.place.sandbox->left_out()) {
      all.push_back(text_of({omission.attribute, omission.message}, name, program.origin));
    }
  }
  return all;
}

std::vector<std::string> Programs::check_permissions() {
  return for_each(
      [](Program& program) { return check_permission(program.definition, program.place); });
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
