// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/read_program.h"

#include <algorithm>
#include <set>

#include "program/attribute_rule.h"
#include "program/contradictions.h"

namespace kamexec::program {
namespace {

const AttributeRule* find_rule(std::string_view name) {
  const auto rules = attribute_rules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [name](const AttributeRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

Result<void> take(const Attribute& attribute, std::set<std::string_view>& given,
                  ProgramDefinition& into) {
  const AttributeRule* rule = find_rule(attribute.name);
  if (rule == nullptr) {
    std::vector<std::string_view> names;
    for (const AttributeRule& known : attribute_rules()) {
      names.push_back(known.name);
    }
    return failure(unknown_attribute(attribute.name, names));
  }
  if (!given.insert(rule->name).second) {
    return failure(attribute.name + " is given twice: remove one of them");
  }
  return read_value(*rule, attribute, into);
}

bool is_of_stored(std::string_view attribute) {
  constexpr std::string_view kNames[] = {"store_timeout", "store_most", "retry",     "retry_most",
                                         "attempts",      "keep",       "keep_done", "order_by"};
  return std::find(std::begin(kNames), std::end(kNames), attribute) != std::end(kNames);
}

/// What says nothing beside another attribute's value.
bool is_moot(std::string_view attribute, const ProgramDefinition& program) {
  return (attribute == "breaker_time" && program.pool.breaker_failures == 0) ||
         (attribute.starts_with("cache_") && program.cache.yes.count() == 0) ||
         (!program.stored.stored && is_of_stored(attribute)) ||
         (attribute == "network" && !program.sandbox.network) ||
         (attribute == "no_new_privileges" && program.sandbox.any() && !program.no_new_privileges);
}

}  // namespace

ReadDefinition read_definition(std::string_view name, const std::vector<Attribute>& attributes,
                               Reader reader) {
  ReadDefinition result;
  ProgramDefinition& program = result.program;
  std::vector<Mistake>& mistakes = result.mistakes;
  program.name = name;
  std::set<std::string_view> given;
  for (const Attribute& attribute : attributes) {
    if (auto taken = take(attribute, given, program); !taken) {
      mistakes.push_back({attribute.name, std::move(taken.error().message)});
    }
  }
  const auto is_wrong = [&mistakes](std::string_view attribute) {
    return std::any_of(mistakes.begin(), mistakes.end(), [attribute](const Mistake& mistake) {
      return mistake.attribute == attribute;
    });
  };
  if (name.empty() && !given.contains("name")) {
    mistakes.push_back(
        {"name", "name is missing: write name=NAME, by which the script calls the program"});
  }
  if (!given.contains("run") && (program.via == Via::spawn || program.via == Via::pool) &&
      !is_wrong("via")) {
    mistakes.push_back(
        {"run", "run is missing: write run=PROGRAM with the program and its fixed arguments"});
  }
  if (mistakes.empty()) {
    mistakes = settle(program, given, reader);
  }
  return result;
}

Result<ProgramDefinition> read_program(std::string_view text, Reader reader) {
  const auto attributes = split_attributes(text);
  if (!attributes) {
    return tl::unexpected(attributes.error());
  }
  ReadDefinition read = read_definition({}, *attributes, reader);
  if (!read.mistakes.empty()) {
    return failure(text_of(read.mistakes.front(), read.program.name));
  }
  return std::move(read.program);
}

std::vector<AttributeText> describe(const ProgramDefinition& program, Reader reader) {
  std::vector<AttributeText> all;
  for (const AttributeRule& rule : attribute_rules()) {
    const bool means_something = !is_for_daemon_alone(rule.scope) || reader == Reader::daemon;
    if (means_something && applies(rule.scope, program.via)) {
      all.push_back({rule.name, write_value(rule, program)});
    }
  }
  return all;
}

std::string definition_text(const ProgramDefinition& program) {
  std::string text;
  for (const AttributeText& attribute : describe(program, Reader::daemon)) {
    if (!attribute.value.empty() && !is_moot(attribute.name, program)) {
      text += (text.empty() ? "" : "; ") + std::string(attribute.name) + "=" + attribute.value;
    }
  }
  return text;
}

std::string without_effect(const ProgramDefinition& program) {
  const ProgramDefinition plain = {};
  std::string names;
  for (const AttributeRule& rule : attribute_rules()) {
    if (is_for_daemon_alone(rule.scope) && write_value(rule, program) != write_value(rule, plain)) {
      names += (names.empty() ? "" : ", ") + std::string(rule.name);
    }
  }
  return names;
}

}  // namespace kamexec::program
