// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/read_configuration.h"

#include <utility>

#include "cli/check/lexer.h"
#include "cli/check/parser.h"
#include "cli/check/read_text.h"

namespace kamexec::check {
namespace {

/// What the server defines before it reads (pp_define_core): KAMAILIO_5, KAMAILIO_5_6,
/// KAMAILIO_5_6_3.
void define_version(Lexer& lexer, std::string_view version) {
  std::string name = "KAMAILIO_";
  for (const char c : version) {
    if (c == '.') {
      lexer.define(name);
    }
    name += c == '.' ? '_' : c;
  }
  lexer.define(name);
}

}  // namespace

Configuration read_configuration_text(std::string text, const std::string& name,
                                      const ReadOptions& options) {
  Configuration configuration;
  Lexer lexer(configuration.files, configuration.notes);
  lexer.follow_includes(options.follow_includes);
  define_version(lexer, options.version);
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

}  // namespace kamexec::check
