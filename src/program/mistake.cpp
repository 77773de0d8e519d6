// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/mistake.h"

namespace kamexec::program {

std::string text_of(const Mistake& mistake, std::string_view program) {
  return program.empty() ? mistake.message
                         : "program " + std::string(program) + ": " + mistake.message;
}

std::size_t Origin::line_of(std::string_view attribute) const {
  const auto found = attribute_lines.find(attribute);
  return found == attribute_lines.end() ? line : found->second;
}

std::string Origin::place(std::string_view attribute) const {
  return file.empty() ? std::string() : file + ":" + std::to_string(line_of(attribute));
}

std::string text_of(const Mistake& mistake, std::string_view program, const Origin& origin) {
  const std::string place = origin.place(mistake.attribute);
  return (place.empty() ? "" : place + ": ") + text_of(mistake, program);
}

}  // namespace kamexec::program
