// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tool/check/read_configuration.h"

namespace kamexec::tool::check {

Directory::Directory() {
  std::string name = (std::filesystem::temp_directory_path() / "kamexec-check-XXXXXX").string();
  path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
  EXPECT_FALSE(path_.empty());
}

Directory::~Directory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string Directory::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

Configuration read(const std::string& text, std::vector<std::string> defines) {
  return read_configuration_text(text, "test.cfg", {std::move(defines)});
}

Configuration read_for(const char* version, const std::string& text) {
  ReadOptions options;
  options.version = variables::ServerVersion::read(version).value_or(variables::ServerVersion());
  EXPECT_FALSE(options.version.is_none()) << version;
  return read_configuration_text(text, "test.cfg", options);
}

Configuration read_route(const std::string& statements) {
  return read("request_route {\n" + statements + "\n}\n");
}

std::vector<std::string> commands(const Configuration& configuration) {
  std::vector<std::string> texts;
  for (const Call& call : configuration.calls) {
    texts.push_back(call.arguments.empty() ? "(none)" : call.arguments.front().text);
  }
  return texts;
}

std::vector<std::string> messages(const Configuration& configuration, Note::Severity severity) {
  std::vector<std::string> texts;
  for (const Note& note : configuration.notes) {
    if (note.severity == severity) {
      texts.push_back(note.message);
    }
  }
  return texts;
}

Assessment assess_one(const std::string& statements) {
  const Configuration configuration = read_route(statements);
  EXPECT_EQ(configuration.calls.size(), 1U) << statements;
  return configuration.calls.empty()
             ? Assessment()
             : assess(configuration.calls.front(), surroundings_of(configuration));
}

}  // namespace kamexec::tool::check
