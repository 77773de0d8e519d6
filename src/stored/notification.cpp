// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/notification.h"

#include <array>

namespace kamexec::stored {
namespace {

constexpr std::array<std::string_view, 4> kWords{"waiting", "running", "done", "dead"};

}  // namespace

std::string_view word(State state) {
  return kWords[static_cast<std::size_t>(state)];
}

std::optional<State> state_of(std::string_view word) {
  for (std::size_t at = 0; at < kWords.size(); ++at) {
    if (kWords[at] == word) {
      return static_cast<State>(at);
    }
  }
  return std::nullopt;
}

std::size_t Notification::size() const {
  std::size_t bytes = sizeof(Notification) + id.size() + program.size() + call.size() +
                      variables.size() + uri.size() + message.size() + input.size();
  for (const std::string& argument : arguments) {
    bytes += sizeof(std::string) + argument.size();
  }
  return order ? bytes + order->size() : bytes;
}

}  // namespace kamexec::stored
