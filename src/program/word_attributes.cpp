// SPDX-License-Identifier: GPL-2.0-or-later
// The attributes whose values are words of their own kind.
#include <algorithm>

#include "program/attribute_rule.h"
#include "program/program_definition.h"

namespace kamexec::program {
namespace {

bool is_full_path(std::string_view path) {
  return path.substr(0, 1) == "/";
}

Result<void> read_word(const Attribute& attribute, std::string& into) {
  auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(std::move(word.error()));
  }
  into = std::move(*word);
  return {};
}

std::string write_word(const std::string& word) {
  return word.empty() ? std::string() : quoted_word(word);
}

const char* word_of(Via via) {
  switch (via) {
    case Via::spawn:
      return "spawn";
    case Via::pool:
      return "pool";
    case Via::nats:
      return "nats";
    case Via::service:
      break;
  }
  return "service";
}

constexpr std::string_view kUserPrefix = "user:";
constexpr std::string_view kGroupPrefix = "group:";

}  // namespace

Result<void> read_name(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (word->size() > kLongestProgramName) {
    return failure(shown(*word) + " is longer than " + std::to_string(kLongestProgramName) +
                   " bytes");
  }
  if (!std::all_of(word->begin(), word->end(), is_program_name_byte)) {
    return failure(shown(*word) + " is not a valid name: write letters, digits, '_' and '-'");
  }
  into.name = *word;
  return {};
}

std::string write_name(const ProgramDefinition& program) {
  return write_word(program.name);
}

Result<void> read_run(const Attribute& attribute, ProgramDefinition& into) {
  if (attribute.words.empty() || attribute.words.front().empty()) {
    return failure("it names no program");
  }
  const std::string& program = attribute.words.front();
  if (program.find('/') != program.npos && !is_full_path(program)) {
    return failure(shown(program) +
                   " depends on the directory of whoever starts it: write a full path, or a name "
                   "without a slash, which is looked up in PATH");
  }
  into.run = attribute.words;
  return {};
}

std::string write_run(const ProgramDefinition& program) {
  std::string text;
  for (const std::string& word : program.run) {
    text += (text.empty() ? "" : " ") + quoted_word(word);
  }
  return text;
}

Result<void> read_via(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  for (const Via via : {Via::spawn, Via::pool, Via::service, Via::nats}) {
    if (*word == word_of(via)) {
      into.via = via;
      return {};
    }
  }
  return failure(shown(*word) +
                 " is not a way to run a program: write spawn, pool, service or nats");
}

std::string write_via(const ProgramDefinition& program) {
  return word_of(program.via);
}

Result<void> read_directory(const Attribute& attribute, ProgramDefinition& into) {
  auto read = read_word(attribute, into.directory);
  if (read && !is_full_path(into.directory)) {
    return failure(shown(into.directory) +
                   " depends on the directory of whoever starts it: write a full path");
  }
  return read;
}

std::string write_directory(const ProgramDefinition& program) {
  return write_word(program.directory);
}

Result<void> read_user(const Attribute& attribute, ProgramDefinition& into) {
  return read_word(attribute, into.user);
}

std::string write_user(const ProgramDefinition& program) {
  return write_word(program.user);
}

Result<void> read_group(const Attribute& attribute, ProgramDefinition& into) {
  return read_word(attribute, into.group);
}

std::string write_group(const ProgramDefinition& program) {
  return write_word(program.group);
}

Result<void> read_wants(const Attribute& attribute, ProgramDefinition& into) {
  pool::Wants wants;
  for (const std::string& word : attribute.words) {
    if (word == "environment") {
      wants.environment = true;
    } else if (word == "message") {
      wants.message = true;
    } else if (word != "none" || attribute.words.size() > 1) {
      return failure(shown(word) + " is unknown: write environment, message, both, or none");
    }
  }
  if (attribute.words.empty()) {
    return failure("the value is missing: write environment, message, both, or none");
  }
  into.pool.always_send = wants;
  return {};
}

std::string write_wants(const ProgramDefinition& program) {
  const pool::Wants& wants = program.pool.always_send;
  if (wants.environment) {
    return wants.message ? "environment message" : "environment";
  }
  return wants.message ? "message" : "none";
}

Result<void> read_delivery(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected(word.error());
  }
  if (*word != "stored" && *word != "direct") {
    return failure(shown(*word) + " is unknown: write stored, or direct");
  }
  into.stored.stored = *word == "stored";
  return {};
}

std::string write_delivery(const ProgramDefinition& program) {
  return program.stored.stored ? "stored" : "direct";
}

Result<void> read_allow(const Attribute& attribute, ProgramDefinition& into) {
  constexpr const char* kRemedy =
      "write user:NAME, group:NAME, or NAME for a user, @NAME for a group";
  for (const std::string& word : attribute.words) {
    std::string_view name = word;
    auto* names = &into.allow_users;
    if (name.starts_with(kUserPrefix)) {
      name.remove_prefix(kUserPrefix.size());
    } else if (name.starts_with(kGroupPrefix) || name.starts_with('@')) {
      name.remove_prefix(name.front() == '@' ? 1 : kGroupPrefix.size());
      names = &into.allow_groups;
    }
    // The separators of passwd(5) and of lists: no name has them.
    if (name.empty() || name.find_first_of(":,") != name.npos) {
      return failure(shown(word) + " names neither a user nor a group: " + kRemedy);
    }
    names->emplace_back(name);
  }
  if (attribute.words.empty()) {
    return failure(std::string("the value is missing: ") + kRemedy);
  }
  return {};
}

std::string write_allow(const ProgramDefinition& program) {
  std::string text;
  const auto add = [&text](std::string_view prefix, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      text += (text.empty() ? "" : " ") + quoted_word(std::string(prefix) + name);
    }
  };
  add(kUserPrefix, program.allow_users);
  add(kGroupPrefix, program.allow_groups);
  return text;
}

}  // namespace kamexec::program
