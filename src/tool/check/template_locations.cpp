// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <tuple>

#include "tool/check/uses.h"

namespace kamexec::tool::check {
namespace {

/// How many bytes as written make the template's byte @p c at @p rest: "$$" and "$($)" are one '$'.
std::size_t written_size(std::string_view rest, char c) {
  if (c != '$') {
    return 1;
  }
  return rest.substr(0, 2) == "$$" ? 2 : rest.substr(0, 4) == "$($)" ? 4 : 1;
}

}  // namespace

TemplateLocations::TemplateLocations(const Argument& argument,
                                     const command::CommandTemplate& parts,
                                     SourceLocation otherwise)
    : otherwise_(otherwise) {
  if (argument.locations.size() != argument.text.size()) {
    return;
  }
  std::size_t at = 0;
  Mark mark;
  for (const command::TemplatePart& part : parts) {
    firsts_.push_back(marks_.size());
    if (part.is_variable) {
      mark.location = at < argument.locations.size() ? argument.locations[at] : otherwise;
      marks_.push_back(mark);
      at += part.text.size();
      mark.column += static_cast<unsigned>(part.text.size());
      continue;
    }
    for (const char c : part.text) {
      mark.location = at < argument.locations.size() ? argument.locations[at] : otherwise;
      marks_.push_back(mark);
      at += at < argument.text.size() ? written_size(std::string_view(argument.text).substr(at), c)
                                      : 0;
      mark.column = c == '\n' ? 1 : mark.column + 1;
      mark.line += c == '\n' ? 1 : 0;
    }
  }
}

SourceLocation TemplateLocations::of_part(std::size_t part) const {
  return part < firsts_.size() && firsts_[part] < marks_.size() ? marks_[firsts_[part]].location
                                                                : otherwise_;
}

SourceLocation TemplateLocations::of_text(unsigned line, unsigned column) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), std::tie(line, column),
                                      [](const auto& wanted, const Mark& mark) {
                                        return wanted < std::tie(mark.line, mark.column);
                                      });
  return after == marks_.begin() ? otherwise_ : (after - 1)->location;
}

}  // namespace kamexec::tool::check
