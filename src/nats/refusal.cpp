// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/refusal.h"

namespace kamexec::nats {

Refusal read_refusal(std::string_view text) {
  constexpr std::string_view kPublish = "permissions violation for publish to ";
  Refusal refusal;
  if (text.size() <= kPublish.size()) {
    return refusal;
  }
  for (std::size_t i = 0; i < kPublish.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kPublish[i]) {
      return refusal;
    }
  }
  // The library may have taken the last quote with those around the whole.
  std::string_view subject = text.substr(kPublish.size());
  while (!subject.empty() && (subject.front() == '"' || subject.front() == '\'')) {
    subject.remove_prefix(1);
  }
  while (!subject.empty() && (subject.back() == '"' || subject.back() == '\'')) {
    subject.remove_suffix(1);
  }
  refusal.publishes = true;
  refusal.subject = subject;
  return refusal;
}

}  // namespace kamexec::nats
