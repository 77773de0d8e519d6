// SPDX-License-Identifier: GPL-2.0-or-later
// Every context in which a value can stand, each as a text that prints what arrived.
#pragma once

#include <string>
#include <vector>

namespace kamexec::command {

struct DeliveryTemplate {
  std::string name;
  std::string text;
  /// The records that `show` and `show_input` print, "¤" for the value.
  std::vector<std::string> records;
  /// The text has a use for $1, $@ … of its own: values have names in its constant text.
  bool is_positional = false;
  /// Shells that can't parse the text, whatever stands in it.
  std::string not_in = {};
};

[[nodiscard]] const std::vector<DeliveryTemplate>& delivery_templates();

}  // namespace kamexec::command
