// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/permissions.h"

#include <initializer_list>

#include "program/read_program.h"

namespace kamexec::program {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

Permission user_of(const ProgramDefinition& program) {
  if (program.user.empty() && program.group.empty()) {
    return {"user", "the server's", false};
  }
  const std::string user = program.user.empty() ? "the server's" : program.user;
  return {"user", user + (program.group.empty() ? "" : ", group " + program.group), true};
}

Permission privileges_of(const ProgramDefinition& program, bool sandboxed) {
  const bool kept = program.no_new_privileges || sandboxed;
  return {"privileges", kept ? "no more by running a file" : "more by running a setuid program",
          kept};
}

Permission files_of(const process::SandboxRule& sandbox) {
  if (!sandbox.files) {
    return {"files", "any that its user may use", false};
  }
  std::string text = "the system's and its own";
  if (!sandbox.read.empty()) {
    text += "; reads and runs " + list_of(sandbox.read);
  }
  if (!sandbox.write.empty()) {
    text += "; changes " + list_of(sandbox.write);
  }
  return {"files", text, true};
}

Permission network_of(const process::SandboxRule& sandbox) {
  const process::NetworkRule& allowed = sandbox.allowed_network;
  if (!sandbox.network || allowed.all) {
    return {"network", "any sockets", false};
  }
  std::vector<std::string> names;
  if (allowed.unix_sockets) {
    names.emplace_back("unix");
  }
  if (allowed.udp) {
    names.emplace_back("udp");
  }
  if (allowed.tcp) {
    names.emplace_back("tcp");
  }
  for (const std::uint16_t port : allowed.tcp_ports) {
    names.push_back("tcp:" + std::to_string(port));
  }
  return {"network", names.empty() ? "none" : list_of(names), true};
}

/// Of the attributes that are set among @p names: "cpu=10s memory=1G".
std::string set_of(const std::vector<AttributeText>& attributes,
                   std::initializer_list<std::string_view> names) {
  std::string text;
  for (const AttributeText& attribute : attributes) {
    for (const std::string_view name : names) {
      if (attribute.name == name && !attribute.value.empty()) {
        text += (text.empty() ? "" : " ") + std::string(name) + "=" + attribute.value;
      }
    }
  }
  return text;
}

}  // namespace

std::vector<Permission> permissions(const ProgramDefinition& program,
                                    const process::SandboxRule& sandbox) {
  if (program.via == Via::service || program.via == Via::nats) {
    return {};
  }
  const std::vector<AttributeText> attributes = describe(program, Reader::server);
  const std::string limits = set_of(attributes, {"cpu", "memory", "files", "processes", "nice"});
  std::string cgroup = "none";
  if (!program.cgroup.empty()) {
    cgroup = set_of(attributes, {"cgroup", "memory_total", "processes_total", "cpu_total"});
  }
  return {user_of(program),
          privileges_of(program, program.sandbox.any()),
          files_of(sandbox),
          network_of(sandbox),
          {"system calls", sandbox.system_calls ? "those of ordinary programs" : "any",
           sandbox.system_calls},
          {"signals",
           sandbox.signals ? "to what it has started" : "to all processes that its user may signal",
           sandbox.signals},
          {"limits", limits.empty() ? "the server's" : limits, !limits.empty()},
          {"cgroup", cgroup, !program.cgroup.empty()}};
}

}  // namespace kamexec::program
