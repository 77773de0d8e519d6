// SPDX-License-Identifier: GPL-2.0-or-later
// Definitions in files: /etc/kamexec/programs.conf and programs.d/*.conf. Their form is described
// in docs/reference/programs.md, "In a file"; why no library reads it, in
// docs/decisions/files-of-programs-are-read-by-hand.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "program/attribute.h"
#include "program/mistake.h"
#include "program/program_definition.h"

namespace kamexec::program {

/// Bounds, each far above what a server needs: beyond them something else than a file of programs
/// was named.
inline constexpr std::size_t kLargestProgramsFile = std::size_t{1} << 20;  ///< bytes
inline constexpr std::size_t kMostProgramsFiles = 1000;                    ///< in one programs.d
inline constexpr std::size_t kMostPrograms = 1000;  ///< in all files of one path
/// More mistakes are not looked for.
inline constexpr std::size_t kMostMistakes = 100;

/// Sections that are about the daemon, and no programs.
inline constexpr std::string_view kDaemonSection = "kamexecd";
inline constexpr std::string_view kNatsSection = "nats";

struct PlacedDefinition {
  ProgramDefinition definition;
  Origin origin;
};

struct PlacedAttribute {
  Attribute attribute;
  std::string file;  ///< its line is in the attribute

  [[nodiscard]] std::string place() const;  ///< "FILE:LINE"
};

/// What files say. With mistakes it is not to be used, but for finding more of them.
struct ProgramsFiles {
  std::vector<PlacedDefinition> programs;  ///< as they stand; a name may come twice
  /// With mistakes, and as far as they could be read: to find what else is wrong with them.
  std::vector<PlacedDefinition> mistaken;
  // Of all sections of that name, not looked at.
  std::vector<PlacedAttribute> daemon;
  std::vector<PlacedAttribute> nats;
  /// "FILE:LINE: program NAME: attribute: what is wrong: remedy", printable, by file and line.
  std::vector<std::string> mistakes;
};

/// Reads the text of one file, which messages call @p file, and adds what it says. Pure.
void read_programs_text(std::string_view text, const std::string& file, Reader reader,
                        ProgramsFiles& into);

/// Reads @p path and adds what it says: a file; or a directory, of which programs.conf, if it is
/// there, and then programs.d/*.conf in the order of their names' bytes are read. Waits for no
/// writer: what is not an ordinary file is a mistake.
void read_programs_path(const std::string& path, Reader reader, ProgramsFiles& into);

}  // namespace kamexec::program
