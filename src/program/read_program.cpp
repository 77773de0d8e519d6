// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/read_program.h"

#include <algorithm>
#include <set>

#include "program/attribute.h"
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

/// The program's name in front of what is wrong with its definition.
Error of_program(const ProgramDefinition& program, Error error) {
  if (!program.name.empty()) {
    error.message = "program " + program.name + ": " + error.message;
  }
  return error;
}

Result<void> read_into(ProgramDefinition& program, const std::vector<Attribute>& attributes,
                       Reader reader) {
  std::set<std::string_view> given;
  for (const Attribute& attribute : attributes) {
    const AttributeRule* rule = find_rule(attribute.name);
    if (rule == nullptr) {
      return failure(unknown_attribute(attribute.name));
    }
    if (!given.insert(rule->name).second) {
      return failure(attribute.name + " is given twice: remove one of them");
    }
    if (auto read = read_value(*rule, attribute, program); !read) {
      return read;
    }
  }
  if (program.name.empty()) {
    return failure("name is missing: write name=NAME, by which the script calls the program");
  }
  if (program.run.empty() && program.via != Via::service) {
    return failure("run is missing: write run=PROGRAM with the program and its fixed arguments");
  }
  return settle(program, given, reader);
}

/// What says nothing beside another attribute's value.
bool is_moot(std::string_view attribute, const ProgramDefinition& program) {
  return (attribute == "breaker_time" && program.pool.breaker_failures == 0) ||
         (attribute.starts_with("cache_") && program.cache.yes.count() == 0);
}

}  // namespace

Result<ProgramDefinition> read_program(std::string_view text, Reader reader) {
  const auto attributes = split_attributes(text);
  if (!attributes) {
    return tl::unexpected(attributes.error());
  }
  ProgramDefinition program;
  if (auto read = read_into(program, *attributes, reader); !read) {
    return tl::unexpected(of_program(program, std::move(read.error())));
  }
  return program;
}

std::vector<AttributeText> describe(const ProgramDefinition& program, Reader reader) {
  std::vector<AttributeText> all;
  for (const AttributeRule& rule : attribute_rules()) {
    const bool means_something = rule.scope != Scope::daemon || reader == Reader::daemon;
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
    if (rule.scope == Scope::daemon && write_value(rule, program) != write_value(rule, plain)) {
      names += (names.empty() ? "" : ", ") + std::string(rule.name);
    }
  }
  return names;
}

}  // namespace kamexec::program
