// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/configuration.h"

#include <cstdlib>
#include <iterator>
#include <utility>

#include "engine/prepare_options.h"
#include "program/accounts.h"
#include "program/programs_file.h"

namespace kamexec::daemon {
namespace {

void add(std::vector<std::string>& mistakes, std::vector<std::string> more) {
  mistakes.insert(mistakes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

/// Who may call a program are users and groups of this machine.
void check_allowed(const program::ProgramDefinition& definition, const program::Origin& origin,
                   std::vector<std::string>& mistakes) {
  const auto check = [&](const auto& found) {
    if (!found) {
      mistakes.push_back(
          program::text_of({"allow", "allow: " + found.error().message}, definition.name, origin));
    }
  };
  for (const std::string& user : definition.allow_users) {
    check(program::find_user(user));
  }
  for (const std::string& group : definition.allow_groups) {
    check(program::find_group(group));
  }
}

/// Programs that have to do with other hosts need a way to them.
void check_fleet(const program::Program& program, const NatsSettings& nats,
                 std::vector<std::string>& mistakes) {
  const program::ProgramDefinition& definition = program.definition;
  const char* const remedy =
      "write servers = nats://HOST:4222 in a section [nats], or start kamexecd with --nats";
  if (nats.are_used()) {
    return;
  }
  if (definition.via == program::Via::nats) {
    mistakes.push_back(program::text_of(
        {"via",
         std::string("via=nats passes calls on by a NATS server, and none is named: ") + remedy},
        definition.name, program.origin));
  }
  if (definition.offer.value_or(false)) {
    mistakes.push_back(program::text_of(
        {"offer", std::string("offer=yes takes calls from a NATS server, and none is named: ") +
                      remedy + ", or remove offer"},
        definition.name, program.origin));
  }
}

/// What else is wrong with a program that can't be taken as it stands.
void check_mistaken(const program::PlacedDefinition& program, std::string_view search_path,
                    std::vector<std::string>& mistakes) {
  const program::ProgramDefinition& definition = program.definition;
  program::ResolvedProgram place;
  for (const auto& mistake : program::resolve_program(definition, search_path, place)) {
    if (mistake.attribute != "run" || !definition.run.empty()) {  // that was told already
      mistakes.push_back(text_of(mistake, definition.name, program.origin));
    }
  }
  check_allowed(definition, program.origin, mistakes);
}

}  // namespace

Configuration load_configuration(const std::vector<std::string>& paths, Rights rights,
                                 const std::vector<std::string>& nats_servers) {
  Configuration loaded;
  program::ProgramsFiles files;
  for (const std::string& path : paths) {
    program::read_programs_path(path, program::Reader::daemon, files);
  }
  loaded.mistakes = std::move(files.mistakes);
  loaded.settings = read_daemon_settings(files.daemon, loaded.mistakes);
  loaded.nats = read_nats_settings(files.nats, nats_servers, loaded.mistakes);
  for (program::PlacedDefinition& program : files.programs) {
    auto added = loaded.programs.add(std::move(program.definition), std::move(program.origin));
    if (!added) {
      loaded.mistakes.push_back(std::move(added.error().message));
    }
  }
  const char* const path = std::getenv("PATH");
  const std::string_view search_path = engine::search_path_of(path == nullptr ? "" : path);
  add(loaded.mistakes, loaded.programs.locate(search_path));
  for (const auto& [name, program] : loaded.programs.all()) {
    check_allowed(program.definition, program.origin, loaded.mistakes);
    check_fleet(program, loaded.nats, loaded.mistakes);
  }
  for (const program::PlacedDefinition& program : files.mistaken) {
    check_mistaken(program, search_path, loaded.mistakes);
  }
  loaded.warnings = loaded.programs.left_out();
  // What isn't found here has no rights to be asked for.
  if (rights == Rights::checked && loaded.mistakes.empty()) {
    add(loaded.mistakes, loaded.programs.check_permissions());
  }
  return loaded;
}

}  // namespace kamexec::daemon
