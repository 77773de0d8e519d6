// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <cerrno>

#include "base/interpreter.h"
#include "command/argv.h"
#include "program/accounts.h"
#include "program/attribute_rule.h"
#include "program/resolved_program.h"

namespace kamexec::program {
namespace {

Result<std::string> find_run(const ProgramDefinition& program, std::string_view search_path) {
  if (program.run.empty()) {
    return failure("run: it names no program");
  }
  const std::string& name = program.run.front();
  std::string path = command::find_program(name, search_path);
  if (!path.empty()) {
    const std::string missing = missing_interpreter(path);
    return missing.empty() ? Result<std::string>(std::move(path))
                           : failure("run: can't run " + shown(path) + ": " + missing);
  }
  if (name.find('/') == name.npos) {
    return failure("run: there is no program " + shown(name) +
                   " that can be executed in the server's PATH: install it, or give its full path");
  }
  struct stat status = {};
  if (::stat(name.c_str(), &status) < 0) {
    return system_failure("run: can't find " + shown(name), errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return failure("run: " + shown(name) + " is not a file");
  }
  return failure("run: " + shown(name) + " may not be executed: chmod +x makes it executable");
}

Result<void> check_directory(const std::string& directory) {
  if (directory.empty()) {
    return {};
  }
  struct stat status = {};
  if (::stat(directory.c_str(), &status) < 0) {
    return system_failure("directory: can't find " + shown(directory), errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    return failure("directory: " + shown(directory) + " is not a directory");
  }
  return {};
}

/// A user brings its groups; a group alone is all that there is.
Result<std::optional<process::Identity>> find_identity(const ProgramDefinition& program) {
  if (program.user.empty() && program.group.empty()) {
    return std::optional<process::Identity>();
  }
  process::Identity identity;
  identity.user = ::geteuid();
  if (!program.user.empty()) {
    auto account = find_user(program.user);
    if (!account) {
      return failure("user: " + account.error().message);
    }
    if (!account->group && program.group.empty()) {
      return failure("user: " + shown(program.user) +
                     " is a number without an account, so it has no group: write group, too");
    }
    identity.user = account->user;
    identity.group = account->group.value_or(0);
    identity.supplementary = std::move(account->groups);
  }
  if (!program.group.empty()) {
    const auto group = find_group(program.group);
    if (!group) {
      return failure("group: " + group.error().message);
    }
    // The user's own group stays among the others: its files are to be read as before.
    identity.group = *group;
    if (program.user.empty()) {
      identity.supplementary = {*group};
    }
  }
  return std::optional<process::Identity>(std::move(identity));
}

}  // namespace

Result<ResolvedProgram> resolve_program(const ProgramDefinition& program,
                                        std::string_view search_path) {
  const auto of_program = [&program](Error error) {
    error.message = "program " + program.name + ": " + error.message;
    return tl::unexpected(std::move(error));
  };
  ResolvedProgram place;
  if (program.via == Via::service) {
    return place;
  }
  auto path = find_run(program, search_path);
  if (!path) {
    return of_program(std::move(path.error()));
  }
  place.path = std::move(*path);
  if (auto checked = check_directory(program.directory); !checked) {
    return of_program(std::move(checked.error()));
  }
  auto identity = find_identity(program);
  if (!identity) {
    return of_program(std::move(identity.error()));
  }
  place.identity = std::move(*identity);
  return place;
}

}  // namespace kamexec::program
