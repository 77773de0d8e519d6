// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes that say what a program may touch and use up.
#include <algorithm>
#include <charconv>

#include "program/attribute_rule.h"
#include "program/program_definition.h"

namespace kamexec::program {
namespace {

constexpr std::string_view kTry = "try:";
constexpr std::string_view kTcpPort = "tcp:";
constexpr std::uint32_t kMostPercent = 100'000;  // of a thousand processors

Result<void> read_paths(const Attribute& attribute, std::vector<std::string>& into) {
  if (attribute.words.empty()) {
    return failure("the value is missing: write full paths, separated by spaces");
  }
  for (const std::string& word : attribute.words) {
    if (!word.starts_with('/')) {
      return failure(shown(word) +
                     " depends on the directory of whoever starts it: write a full path");
    }
  }
  into = attribute.words;
  return {};
}

std::string write_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + quoted_word(word);
  }
  return text;
}

template <typename Number>
bool read_whole(std::string_view text, Number& into) {
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, into);
  return error == std::errc() && read_to == end;
}

}  // namespace

Result<void> read_no_new_privileges(const Attribute& attribute, ProgramDefinition& into) {
  return read_yes_no(attribute).map([&](bool yes) { into.no_new_privileges = yes; });
}

std::string write_no_new_privileges(const ProgramDefinition& program) {
  return program.no_new_privileges || program.sandbox.any() ? "yes" : "no";
}

Result<void> read_sandbox(const Attribute& attribute, ProgramDefinition& into) {
  constexpr const char* kRemedy =
      "write strict, none, or some of files, network, system-calls and signals; with try: before "
      "the first word, what the kernel can't do is left out";
  process::SandboxRule& sandbox = into.sandbox;
  for (std::size_t i = 0; i < attribute.words.size(); ++i) {
    std::string_view word = attribute.words[i];
    if (i == 0 && word.starts_with(kTry)) {
      sandbox.as_far_as_possible = true;
      word.remove_prefix(kTry.size());
    }
    const bool alone = attribute.words.size() == 1;
    if (word == "files") {
      sandbox.files = true;
    } else if (word == "network") {
      sandbox.network = true;
    } else if (word == "system-calls") {
      sandbox.system_calls = true;
    } else if (word == "signals") {
      sandbox.signals = true;
    } else if (word == "strict" && alone) {
      sandbox.files = sandbox.network = sandbox.system_calls = sandbox.signals = true;
    } else if (word != "none" || !alone || sandbox.as_far_as_possible) {
      return failure(shown(attribute.words[i]) + " is unknown here: " + kRemedy);
    }
  }
  if (attribute.words.empty()) {
    return failure(std::string("the value is missing: ") + kRemedy);
  }
  return {};
}

std::string write_sandbox(const ProgramDefinition& program) {
  const process::SandboxRule& sandbox = program.sandbox;
  if (!sandbox.any()) {
    return "none";
  }
  const std::string prefix(sandbox.as_far_as_possible ? kTry : std::string_view());
  if (sandbox.files && sandbox.network && sandbox.system_calls && sandbox.signals) {
    return prefix + "strict";
  }
  std::string text;
  const auto add = [&text](bool wanted, const char* word) {
    if (wanted) {
      text += (text.empty() ? "" : " ") + std::string(word);
    }
  };
  add(sandbox.files, "files");
  add(sandbox.network, "network");
  add(sandbox.system_calls, "system-calls");
  add(sandbox.signals, "signals");
  return prefix + text;
}

Result<void> read_read(const Attribute& attribute, ProgramDefinition& into) {
  return read_paths(attribute, into.sandbox.read);
}

std::string write_read(const ProgramDefinition& program) {
  return write_words(program.sandbox.read);
}

Result<void> read_write(const Attribute& attribute, ProgramDefinition& into) {
  return read_paths(attribute, into.sandbox.write);
}

std::string write_write(const ProgramDefinition& program) {
  return write_words(program.sandbox.write);
}

Result<void> read_network(const Attribute& attribute, ProgramDefinition& into) {
  constexpr const char* kRemedy =
      "write none, all, or some of unix, udp, tcp and tcp:PORT, separated by spaces";
  process::NetworkRule network;
  for (const std::string& word : attribute.words) {
    const bool alone = attribute.words.size() == 1;
    std::uint16_t port = 0;
    if (word == "unix") {
      network.unix_sockets = true;
    } else if (word == "udp") {
      network.udp = true;
    } else if (word == "tcp") {
      network.tcp = true;
    } else if (word.starts_with(kTcpPort) &&
               read_whole(std::string_view(word).substr(kTcpPort.size()), port) && port > 0) {
      network.tcp_ports.push_back(port);
    } else if (word == "all" && alone) {
      network.all = true;
    } else if (word != "none" || !alone) {
      return failure(shown(word) + " is unknown here: " + kRemedy);
    }
  }
  if (attribute.words.empty()) {
    return failure(std::string("the value is missing: ") + kRemedy);
  }
  if (network.tcp && !network.tcp_ports.empty()) {
    return failure("tcp allows every port, so tcp:PORT says nothing beside it: remove one of them");
  }
  into.sandbox.allowed_network = std::move(network);
  return {};
}

std::string write_network(const ProgramDefinition& program) {
  const process::NetworkRule& network = program.sandbox.allowed_network;
  if (network.all) {
    return "all";
  }
  std::vector<std::string> words;
  if (network.unix_sockets) {
    words.emplace_back("unix");
  }
  if (network.udp) {
    words.emplace_back("udp");
  }
  if (network.tcp) {
    words.emplace_back("tcp");
  }
  for (const std::uint16_t port : network.tcp_ports) {
    words.push_back(std::string(kTcpPort) + std::to_string(port));
  }
  return words.empty() ? "none" : write_words(words);
}

Result<void> read_cgroup(const Attribute& attribute, ProgramDefinition& into) {
  auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (*word != "auto" && *word != "none" && !word->starts_with('/')) {
    return failure(shown(*word) +
                   " is unknown: write auto, none, or the full path of a directory "
                   "of cgroup v2, as in /sys/fs/cgroup/kamexec");
  }
  into.cgroup = *word == "none" ? std::string() : std::move(*word);
  return {};
}

std::string write_cgroup(const ProgramDefinition& program) {
  return program.cgroup.empty() ? "none" : quoted_word(program.cgroup);
}

Result<void> read_cpu_total(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  std::string_view text = *word;
  std::uint32_t percent = 0;
  if (!text.ends_with('%') || !read_whole(text.substr(0, text.size() - 1), percent) ||
      percent == 0 || percent > kMostPercent) {
    return failure(shown(*word) +
                   " is no share of a processor: write a whole number and %, as in "
                   "50%, or 200% for two processors, up to " +
                   std::to_string(kMostPercent) + "%");
  }
  into.cgroup_limits.cpu_percent = percent;
  return {};
}

std::string write_cpu_total(const ProgramDefinition& program) {
  const std::optional<std::uint32_t>& percent = program.cgroup_limits.cpu_percent;
  return percent ? std::to_string(*percent) + "%" : std::string();
}

}  // namespace kamexec::program
