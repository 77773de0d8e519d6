// SPDX-License-Identifier: GPL-2.0-or-later
// The text of a definition, read and written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "program/attribute.h"
#include "program/mistake.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// Reads "name=lcr; run=/usr/local/bin/lcr --fast; timeout=200ms": the grammar of attribute.h, the
/// attributes of docs/reference/programs.md. Pure: whether the program is there is for
/// resolve_program to say. An error names the attribute and what to write instead.
[[nodiscard]] Result<ProgramDefinition> read_program(std::string_view text,
                                                     Reader reader = Reader::server);

/// What read_definition has made of a definition. With mistakes, the program is not to be used.
struct ReadDefinition {
  ProgramDefinition program;
  std::vector<Mistake> mistakes;  ///< in the order of the attributes
};

/// As read_program, of attributes that are split already, and with all their mistakes.
/// @p name: of the program, where it stands apart from them; empty: one of them is "name".
[[nodiscard]] ReadDefinition read_definition(std::string_view name,
                                             const std::vector<Attribute>& attributes,
                                             Reader reader);

/// One attribute as read_program takes it.
struct AttributeText {
  std::string_view name;  ///< static
  std::string value;      ///< empty: not set, and there is no default
};

/// Every attribute that means something to @p program and to @p reader, with its value, defaults
/// too: what an operator is shown.
[[nodiscard]] std::vector<AttributeText> describe(const ProgramDefinition& program, Reader reader);

/// The definition as text; read_program makes the same of it.
[[nodiscard]] std::string definition_text(const ProgramDefinition& program);

/// Names of the attributes that the server must warn of, because only kamexecd acts on them:
/// "cache, allow". Empty: there are none.
[[nodiscard]] std::string without_effect(const ProgramDefinition& program);

}  // namespace kamexec::program
