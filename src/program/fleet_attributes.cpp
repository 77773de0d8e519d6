// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes of a fleet whose values are words.
#include "program/attribute_rule.h"

namespace kamexec::program {
namespace {

std::string yes_or_no(bool yes) {
  return yes ? "yes" : "no";
}

}  // namespace

Result<void> read_idempotent(const Attribute& attribute, ProgramDefinition& into) {
  return read_yes_no(attribute).map([&](bool yes) { into.fleet.idempotent = yes; });
}

std::string write_idempotent(const ProgramDefinition& program) {
  return yes_or_no(program.fleet.idempotent);
}

Result<void> read_offer(const Attribute& attribute, ProgramDefinition& into) {
  return read_yes_no(attribute).map([&](bool yes) { into.offer = yes; });
}

std::string write_offer(const ProgramDefinition& program) {
  return program.offer ? yes_or_no(*program.offer) : std::string();
}

}  // namespace kamexec::program
