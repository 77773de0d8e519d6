// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/named_programs.h"

#include <unistd.h>

#include <cerrno>

#include "program/programs.h"
#include "program/programs_file.h"
#include "program/read_program.h"

namespace kamexec::tool::check {
namespace {

class Reader {
 public:
  NamedPrograms read(const Configuration& configuration) {
    for (const Parameter& parameter : configuration.parameters) {
      if (parameter.name == "program") {
        read_definition(parameter);
      } else if (parameter.name == "programs_file") {
        read_files(parameter);
      } else if (parameter.name == "service") {
        found_.may_be_others = true;
      }
    }
    for (const auto& [name, program] : programs_.all()) {
      found_.names.push_back(name);
      found_.permissions[name] =
          program::permissions(program.definition, program.definition.sandbox);
    }
    return std::move(found_);
  }

 private:
  void note(Note::Severity severity, const Parameter& parameter, const std::string& message) {
    found_.notes.push_back({severity, parameter.location, parameter.name + ": " + message});
  }

  void add(const Parameter& parameter, program::PlacedDefinition program) {
    const auto added = programs_.add(std::move(program.definition), std::move(program.origin));
    if (!added) {
      note(Note::Severity::error, parameter, added.error().message);
    }
  }

  void read_definition(const Parameter& parameter) {
    auto program = program::read_program(parameter.value);
    if (program) {
      add(parameter, {std::move(*program), {}});
    } else {
      note(Note::Severity::error, parameter, program.error().message);
    }
  }

  void read_files(const Parameter& parameter) {
    if (!parameter.value.starts_with('/')) {
      return note(Note::Severity::error, parameter,
                  "it depends on the directory in which the server is started: write a full path");
    }
    // The server may run elsewhere.
    if (::access(parameter.value.c_str(), R_OK) != 0) {
      found_.may_be_others = true;
      return note(Note::Severity::unseen, parameter,
                  system_error("the programs in " + parameter.value + " are not known here", errno)
                      .message);
    }
    program::ProgramsFiles files;
    program::read_programs_path(parameter.value, program::Reader::server, files);
    for (const std::string& mistake : files.mistakes) {
      note(Note::Severity::error, parameter, mistake);
    }
    for (const program::PlacedDefinition& program : files.mistaken) {
      found_.names.push_back(program.definition.name);
    }
    // A mistaken section may have been to define another.
    found_.may_be_others = found_.may_be_others || !files.mistakes.empty();
    for (program::PlacedDefinition& program : files.programs) {
      add(parameter, std::move(program));
    }
  }

  NamedPrograms found_;
  program::Programs programs_;
};

}  // namespace

NamedPrograms named_programs(const Configuration& configuration) {
  return Reader().read(configuration);
}

}  // namespace kamexec::tool::check
