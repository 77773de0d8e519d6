// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/read_configuration.h"

#include <utility>

#include "tool/check/lexer.h"
#include "tool/check/parser.h"
#include "tool/check/read_text.h"

namespace kamexec::tool::check {
Configuration read_configuration_text(std::string text, const std::string& name,
                                      const ReadOptions& options) {
  Configuration configuration;
  Lexer lexer(configuration.files, configuration.notes);
  lexer.follow_includes(options.follow_includes);
  lexer.assume(options.version);
  configuration.version = options.version;
  for (const std::string& define : options.defines) {
    lexer.define(define);
  }
  lexer.begin(std::move(text), name);
  Parser(lexer, configuration).parse();
  return configuration;
}

Result<Configuration> read_configuration(const std::string& path, const ReadOptions& options) {
  Result<std::string> text = read_text(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return read_configuration_text(std::move(*text), path, options);
}

}  // namespace kamexec::tool::check
