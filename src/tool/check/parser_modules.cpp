// SPDX-License-Identifier: GPL-2.0-or-later
// loadmodule and modparam.
#include <regex.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tool/check/parser.h"

namespace kamexec::tool::check {
namespace {

/// Modules that run scripts, and the parameters that name them.
struct Engine {
  std::string_view module;
  std::string_view parameter;
};
constexpr std::array<Engine, 11> kEngines = {{{"app_lua", "load"},
                                              {"app_python", "script_name"},
                                              {"app_python", "load"},
                                              {"app_python3", "load"},
                                              {"app_python3", "script_name"},
                                              {"app_python3s", "load"},
                                              {"app_jsdt", "load"},
                                              {"app_ruby", "load"},
                                              {"app_sqlang", "load"},
                                              {"app_perl", "filename"},
                                              {"app_mono", "load"}}};

/// modparam's first argument is a regular expression over modules' names (core/modparam.c).
bool names_module(const std::string& pattern, const char* module) {
  if (pattern == module) {
    return true;
  }
  // Intervals can take the regex library any time and memory; no module's name needs one.
  if (pattern.size() > 200 || pattern.find('{') != std::string::npos) {
    return false;
  }
  regex_t regex;
  if (::regcomp(&regex, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    return false;
  }
  const bool matches = ::regexec(&regex, module, 0, nullptr, 0) == 0;
  ::regfree(&regex);
  return matches;
}

}  // namespace

void Parser::load_module() {
  if (token_.kind != Token::Kind::string) {
    return;
  }
  std::string name = token_.text.substr(token_.text.rfind('/') + 1);
  if (name.size() > 3 && name.substr(name.size() - 3) == ".so") {
    name.resize(name.size() - 3);
  }
  lexer_.define_module(name);
  into_.modules.push_back(std::move(name));
}

/// modparam(MODULE, NAME, VALUE), at the '('.
void Parser::module_parameter() {
  const SourceLocation location = token_.location;
  std::array<std::string, 3> texts;
  bool is_known = true;
  advance();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Argument read = argument();
    texts[i] = read.text;
    is_known = is_known && !read.is_doubtful &&
               (read.kind == Argument::Kind::constant || (i == 2 && read.variables.empty()));
    if (i + 1 < texts.size()) {
      if (!token_.is_sign(',')) {
        return;
      }
      advance();
    }
  }
  if (names_module(texts[0], "exec")) {
    if (is_known) {
      into_.parameters.push_back({location, texts[1], texts[2]});
    } else {
      into_.notes.push_back({Note::Severity::unseen, location,
                             "the value of this parameter of exec is not known here"});
    }
  }
  for (const Engine& engine : kEngines) {
    if (engine.parameter == texts[1] &&
        names_module(texts[0], std::string(engine.module).c_str())) {
      into_.scripts.push_back({location, std::string(engine.module), texts[2]});
    }
  }
}

}  // namespace kamexec::tool::check
