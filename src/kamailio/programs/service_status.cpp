// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/service_status.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "kamailio/programs/server_executor.h"

namespace kamexec::module {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kPatience{500};
/// Of a text of the daemon's that is shown.
constexpr std::size_t kLongestText = 300;
/// Hosts of a program that are shown.
constexpr std::size_t kMostWorkers = 20;

std::string text_of(const Json& value) {
  return printable(value.get_ref<const std::string&>(), kLongestText);
}

const Json* member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nullptr : &*found;
}

/// Numbers and texts; lists are too long for RPC.
ServiceStatus::Group group_of(const std::string& name, const Json& values) {
  ServiceStatus::Group group{printable(name, kLongestText), {}};
  for (const auto& [key, value] : values.items()) {
    if (value.is_number_unsigned()) {
      group.values.emplace_back(printable(key, kLongestText), value.get<std::uint64_t>());
    } else if (value.is_string()) {
      group.values.emplace_back(printable(key, kLongestText), text_of(value));
    }
  }
  return group;
}

/// Which hosts have answered how many calls of a program: a value for each.
void add_workers(const Json& fleet, ServiceStatus::Group& to) {
  const auto workers = fleet.find("workers");
  if (workers == fleet.end() || !workers->is_array()) {
    return;
  }
  std::size_t shown = 0;
  for (const Json& worker : *workers) {
    const Json* const id = member(worker, "id");
    const Json* const calls = member(worker, "calls");
    if (id == nullptr || !id->is_string() || calls == nullptr || !calls->is_number_unsigned()) {
      continue;
    }
    if (++shown > kMostWorkers) {
      return;
    }
    const Json* const zone = member(worker, "zone");
    const std::string place =
        zone != nullptr && zone->is_string() && !zone->get_ref<const std::string&>().empty()
            ? "_in_" + text_of(*zone)
            : "";
    to.values.emplace_back("by_" + text_of(*id) + place, calls->get<std::uint64_t>());
  }
}

std::vector<ServiceStatus::Group> groups_of(const Json& program) {
  std::vector<ServiceStatus::Group> groups;
  for (const auto& [key, value] : program.items()) {
    if (value.is_object()) {
      groups.push_back(group_of(key, value));
      if (key == "fleet") {
        add_workers(value, groups.back());
      }
    }
  }
  return groups;
}

}  // namespace

ServiceStatus ServiceStatus::ask() {
  ServiceStatus status;
  const Result<service::Client*> client = server_executor().service();
  if (!client) {
    status.state_ = client.error().message;
    return status;
  }
  process::RunResult result;
  (*client)->control("status", {}, after(Clock::now(), kPatience), result);
  if (result.outcome.cause != process::Cause::ok) {
    status.state_ = result.outcome.detail;
    return status;
  }
  const Json all = Json::parse(result.output, nullptr, false);
  const Json* const state = member(all, "state");
  const Json* const programs = member(all, "programs");
  if (state == nullptr || !state->is_string() || programs == nullptr || !programs->is_array()) {
    status.state_ = "the service has sent no status that can be read";
    return status;
  }
  status.state_ = text_of(*state);
  status.answered_ = true;
  for (const Json& program : *programs) {
    if (const Json* const name = member(program, "name"); name != nullptr && name->is_string()) {
      status.programs_[name->get<std::string>()] = groups_of(program);
    }
  }
  return status;
}

const std::vector<ServiceStatus::Group>* ServiceStatus::find(const std::string& program) const {
  const auto found = programs_.find(program);
  return found == programs_.end() ? nullptr : &found->second;
}

}  // namespace kamexec::module
