// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of each attribute. Used by this room alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "program/attribute_value.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// Which ways of running an attribute means something to.
enum class Scope {
  any,     ///< all of them
  run,     ///< those that run the program themselves: spawn and pool
  spawn,   ///< spawn
  pool,    ///< pool
  answer,  ///< spawn, pool and nats: what they get as an answer
  daemon,  ///< spawn, pool and nats, in kamexecd alone
  offer,   ///< spawn and pool, in kamexecd alone
  fleet,   ///< nats
};
/// Of attributes that kamexecd alone acts on, and that the module checks and ignores.
[[nodiscard]] constexpr bool is_for_daemon_alone(Scope scope) {
  return scope == Scope::daemon || scope == Scope::offer;
}
[[nodiscard]] bool applies(Scope scope, Via via);

struct NumberField {
  NumberRange range;           ///< in the member's unit
  bool unset_is_zero = false;  ///< a member that is 0 is not set
  std::optional<std::int64_t> (*get)(const ProgramDefinition& program) = nullptr;
  void (*set)(ProgramDefinition& program, std::int64_t value) = nullptr;
};

/// A value that has a form of its own. An error's message is without the attribute's name.
struct OwnField {
  Result<void> (*read)(const Attribute& attribute, ProgramDefinition& into) = nullptr;
  std::string (*write)(const ProgramDefinition& program) = nullptr;
};

struct AttributeRule {
  std::string_view name;
  Scope scope = Scope::run;
  std::variant<NumberField, OwnField> field;
};

/// All, in the order in which they are described.
[[nodiscard]] std::span<const AttributeRule> attribute_rules();

/// Reads the value into its member; an error's message begins with the attribute's name.
[[nodiscard]] Result<void> read_value(const AttributeRule& rule, const Attribute& attribute,
                                      ProgramDefinition& into);
/// As read_value takes it. Empty: not set.
[[nodiscard]] std::string write_value(const AttributeRule& rule, const ProgramDefinition& program);

// Values with a form of their own, in word_attributes.cpp and environment_attribute.cpp.
[[nodiscard]] Result<void> read_name(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_run(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_via(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_environment(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_directory(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_user(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_group(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_wants(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_allow(const Attribute& attribute, ProgramDefinition& into);
// In containment_attributes.cpp.
[[nodiscard]] Result<void> read_no_new_privileges(const Attribute& attribute,
                                                  ProgramDefinition& into);
[[nodiscard]] Result<void> read_sandbox(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_read(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_write(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_network(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_cgroup(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_cpu_total(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] std::string write_no_new_privileges(const ProgramDefinition& program);
[[nodiscard]] std::string write_sandbox(const ProgramDefinition& program);
[[nodiscard]] std::string write_read(const ProgramDefinition& program);
[[nodiscard]] std::string write_write(const ProgramDefinition& program);
[[nodiscard]] std::string write_network(const ProgramDefinition& program);
[[nodiscard]] std::string write_cgroup(const ProgramDefinition& program);
[[nodiscard]] std::string write_cpu_total(const ProgramDefinition& program);

// In fleet_attributes.cpp.
[[nodiscard]] Result<void> read_idempotent(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] Result<void> read_offer(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] std::string write_idempotent(const ProgramDefinition& program);
[[nodiscard]] std::string write_offer(const ProgramDefinition& program);

[[nodiscard]] Result<void> read_delivery(const Attribute& attribute, ProgramDefinition& into);
[[nodiscard]] std::string write_delivery(const ProgramDefinition& program);
[[nodiscard]] std::string write_name(const ProgramDefinition& program);
[[nodiscard]] std::string write_run(const ProgramDefinition& program);
[[nodiscard]] std::string write_via(const ProgramDefinition& program);
[[nodiscard]] std::string write_environment(const ProgramDefinition& program);
[[nodiscard]] std::string write_directory(const ProgramDefinition& program);
[[nodiscard]] std::string write_user(const ProgramDefinition& program);
[[nodiscard]] std::string write_group(const ProgramDefinition& program);
[[nodiscard]] std::string write_wants(const ProgramDefinition& program);
[[nodiscard]] std::string write_allow(const ProgramDefinition& program);

}  // namespace kamexec::program
