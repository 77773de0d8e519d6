// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/kemi_commands.h"

#include <string>
#include <unordered_map>

#include "command/template.h"
#include "kamailio/calls/function_names.h"
#include "kamailio/host/log.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

constexpr std::size_t kMostTexts = 256;

KemiCommand prepare_text(KamexecFunction function, std::string_view text) {
  KemiCommand made;
  command::PositionalTemplate read = command::read_positional(text);
  made.order = std::move(read.order);
  // What a script hands to standard input isn't known when its text is.
  const std::string_view input = function == KAMEXEC_MSG   ? "the message on standard input"
                                 : function == KAMEXEC_RUN ? "standard input"
                                                           : "";
  made.command = command_from_parts(function, text, read.parts, input, KamexecLocation{nullptr, 0});
  return made;
}

}  // namespace

/// Those of a process, by the function's name and the text.
class KemiCommands {
 public:
  std::unordered_map<std::string, KemiCommand> by_text;
};

const KemiCommand& kemi_command(KamexecFunction function, std::string_view text) {
  std::unordered_map<std::string, KemiCommand>& texts = process_state().kemi_commands.get().by_text;
  std::string key(name_of(function));
  key += text;
  if (const auto known = texts.find(key); known != texts.end()) {
    return known->second;
  }
  if (texts.size() >= kMostTexts) {
    texts.clear();
  }
  return texts.emplace(std::move(key), prepare_text(function, text)).first->second;
}

}  // namespace kamexec::module
