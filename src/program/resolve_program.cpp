// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <cerrno>

#include "base/interpreter.h"
#include "command/argv.h"
#include "process/cgroup_preparation.h"
#include "process/sandbox.h"
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
                   " that can be executed in PATH: install it, or give its full path");
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
std::optional<process::Identity> find_identity(const ProgramDefinition& program,
                                               std::vector<Mistake>& mistakes) {
  if (program.user.empty() && program.group.empty()) {
    return std::nullopt;
  }
  process::Identity identity;
  identity.user = ::geteuid();
  if (!program.user.empty()) {
    auto account = find_user(program.user);
    if (!account) {
      mistakes.push_back({"user", "user: " + account.error().message});
    } else if (!account->group && program.group.empty()) {
      mistakes.push_back(
          {"user", "user: " + shown(program.user) +
                       " is a number without an account, so it has no group: write group, too"});
    } else {
      identity.user = account->user;
      identity.group = account->group.value_or(0);
      identity.supplementary = std::move(account->groups);
    }
  }
  if (!program.group.empty()) {
    const auto group = find_group(program.group);
    if (!group) {
      mistakes.push_back({"group", "group: " + group.error().message});
      return identity;
    }
    // The user's own group stays among the others: its files are to be read as before.
    identity.group = *group;
    if (program.user.empty()) {
      identity.supplementary = {*group};
    }
  }
  return identity;
}

std::shared_ptr<const process::Sandbox> prepare_sandbox(const ProgramDefinition& program,
                                                        const ResolvedProgram& place,
                                                        const process::KernelAbilities& abilities,
                                                        std::vector<Mistake>& mistakes) {
  process::SandboxedProgram sandboxed;
  sandboxed.path = place.path;
  sandboxed.has_own_user =
      place.identity && place.identity->user != 0 && place.identity->user != ::geteuid();
  std::vector<process::SandboxMistake> found;
  auto sandbox = process::Sandbox::prepare(program.sandbox, sandboxed, abilities, found);
  for (process::SandboxMistake& mistake : found) {
    mistakes.push_back({std::move(mistake.attribute), std::move(mistake.message)});
  }
  return sandbox;
}

}  // namespace

std::vector<Mistake> resolve_program(const ProgramDefinition& program, std::string_view search_path,
                                     ResolvedProgram& place,
                                     const process::KernelAbilities& abilities) {
  std::vector<Mistake> mistakes;
  if (program.via == Via::service || program.via == Via::nats) {
    return mistakes;
  }
  if (auto path = find_run(program, search_path)) {
    place.path = std::move(*path);
  } else {
    mistakes.push_back({"run", std::move(path.error().message)});
  }
  if (auto checked = check_directory(program.directory); !checked) {
    mistakes.push_back({"directory", std::move(checked.error().message)});
  }
  place.identity = find_identity(program, mistakes);
  place.sandbox = prepare_sandbox(program, place, abilities, mistakes);
  if (!program.cgroup.empty()) {
    if (const Result<void> checked = process::check_cgroups(program.cgroup, program.cgroup_limits);
        !checked) {
      mistakes.push_back({"cgroup", "cgroup: " + checked.error().message});
    }
  }
  return mistakes;
}

}  // namespace kamexec::program
