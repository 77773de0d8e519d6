// SPDX-License-Identifier: GPL-2.0-or-later
// A file of programs. What is read holds what the reader promises and stands where it says; what is
// refused says so in words that a terminal can show.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "program/programs_file.h"
#include "program/read_program.h"

namespace kamexec::program {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_place(std::size_t line, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  require(line >= 1 && line <= lines);
}

void check(std::string_view text, Reader reader) {
  ProgramsFiles files;
  read_programs_text(text, "f", reader, files);
  for (const std::string& mistake : files.mistakes) {
    require(mistake.starts_with("f:"));
    require(std::all_of(mistake.begin(), mistake.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }));
  }
  for (const PlacedDefinition& program : files.programs) {
    require(!program.definition.name.empty() && program.definition.name != kDaemonSection);
    require(program.definition.run.empty() == (program.definition.via == Via::service));
    require(reader == Reader::server || program.definition.via != Via::service);
    check_place(program.origin.line, text);
    for (const auto& [attribute, line] : program.origin.attribute_lines) {
      check_place(line, text);
      require(line > program.origin.line);
    }
    const std::string written = definition_text(program.definition);
    if (written.size() <= kLongestDefinition) {  // quotes and defaults take room
      const auto again = read_program(written, reader);
      require(again.has_value() && *again == program.definition);
    }
  }
  for (const PlacedAttribute& setting : files.daemon) {
    require(!setting.attribute.name.empty());
    check_place(setting.attribute.line, text);
  }
}

}  // namespace
}  // namespace kamexec::program

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kamexec::program::check(text, kamexec::program::Reader::server);
  kamexec::program::check(text, kamexec::program::Reader::daemon);
  return 0;
}
