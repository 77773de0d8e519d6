// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/service_programs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kamailio/host/log.h"
#include "kamailio/programs/named_programs.h"
#include "kamailio/state/state.h"
#include "service/client.h"

namespace kamexec::module {
namespace {

/// A daemon that takes longer is told of like one that isn't there.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::size_t kMostListed = 20;

/// "it offers a, b and 3 more".
std::string offered(const std::vector<std::string>& names) {
  if (names.empty()) {
    return "it offers none to this user";
  }
  std::string text = "it offers ";
  for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  return names.size() <= kMostListed
             ? text
             : text + " and " + std::to_string(names.size() - kMostListed) + " more";
}

/// Where it is called, if that is all that is known of it.
std::string place_of(const std::string& name) {
  const auto found = server_state().asked_programs.find(name);
  return found == server_state().asked_programs.end() || found->second.empty()
             ? std::string()
             : found->second + ": ";
}

std::vector<const program::Program*> service_programs() {
  std::vector<const program::Program*> found;
  for (const auto& [name, program] : named_programs().all()) {
    if (program.definition.via == program::Via::service) {
      found.push_back(&program);
    }
  }
  return found;
}

void report(const std::string& line, bool strict) {
  if (strict) {
    log_error(line);
  } else {
    log_warning(line);
  }
}

/// Calls that want the output of what runs when they are over. How many.
int wants_stored_output(const service::Client& client, bool strict) {
  int found = 0;
  for (const auto& [name, label] : server_state().output_wanted) {
    const service::ProgramNotice* const told = client.notice(name);
    if (told != nullptr && told->stored) {
      ++found;
      report(label + ": the program " + name +
                 " is stored by kamexecd (delivery=stored): it runs later, and nobody gets its "
                 "output: call it by exec_cmd, exec_cmd_async or exec_msg",
             strict);
    }
  }
  return found;
}

}  // namespace

void note_called_name(std::string_view name, const std::string& place) {
  if (settings().service.empty() || name.empty() || named_programs().find(name) != nullptr) {
    return;
  }
  // There is none of that name, so that it can't fail.
  static_cast<void>(named_programs().add(program::served_program(name)));
  server_state().asked_programs.emplace(name, place);
}

void note_output_wanted(const program::Program& program, const std::string& label) {
  if (program.definition.via == program::Via::service) {
    server_state().output_wanted.emplace(program.definition.name, label);
  }
}

std::unique_ptr<const program::Program> asked_program(std::string_view name) {
  auto program = std::make_unique<program::Program>();
  program->definition = program::served_program(name);
  return program;
}

int unknown_to_service(bool strict) {
  const std::vector<const program::Program*> asked = service_programs();
  if (asked.empty()) {
    return 0;
  }
  service::ClientOptions options;
  options.socket = settings().service;
  const auto client = service::Client::create(std::move(options));
  const Result<void> met = client ? (*client)->meet(after(Clock::now(), kPatience))
                                  : tl::unexpected<Error>(client.error());
  if (!met) {
    log_warning("it can't be checked whether kamexecd has the programs that are called: " +
                met.error().message);
    return 0;
  }
  int unknown = wants_stored_output(**client, strict);
  for (const program::Program* program : asked) {
    const std::string& name = program->definition.name;
    if ((*client)->notice(name) != nullptr) {
      continue;
    }
    ++unknown;
    const std::string line =
        place_of(name) + "there is no program " + name + ": kamexecd at " + settings().service +
        " has none of that name that this user may call; " + offered((*client)->programs());
    report(line, strict);
  }
  return unknown;
}

}  // namespace kamexec::module
