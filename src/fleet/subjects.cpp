// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/subjects.h"

#include <algorithm>

#include "program/program_definition.h"

namespace kamexec::fleet {
namespace {

constexpr std::size_t kLongestToken = 32;
constexpr std::size_t kLongestPrefix = 128;

std::string joined(std::string_view prefix, std::string_view kind, std::string_view name) {
  std::string subject;
  subject.reserve(prefix.size() + kind.size() + name.size() + 2);
  subject.append(prefix).append(".").append(kind).append(".").append(name);
  return subject;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), program::is_program_name_byte);
}

bool is_prefix(std::string_view text) {
  if (text.size() > kLongestPrefix) {
    return false;
  }
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (!is_token(text.substr(0, dot))) {
      return false;
    }
    if (dot == text.size()) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

std::string Subjects::call(std::string_view program) const {
  return joined(prefix_, "call", program);
}

std::string Subjects::call_in_zone(std::string_view program, std::string_view zone) const {
  return call(program).append(".zone.").append(zone);
}

std::string Subjects::to(std::string_view worker, std::string_view program) const {
  return joined(prefix_, "to", worker).append(".").append(program);
}

std::string Subjects::to_any_of(std::string_view worker) const {
  return to(worker, "*");
}

std::string Subjects::cancel(std::string_view program) const {
  return joined(prefix_, "cancel", program);
}

std::string Subjects::note(std::string_view program) const {
  return joined(prefix_, "note", program);
}

std::string Subjects::dead(std::string_view program) const {
  return joined(prefix_, "dead", program);
}

std::string Subjects::any_note() const {
  return note("*");
}

std::string Subjects::any_dead() const {
  return dead("*");
}

std::string_view Subjects::last(std::string_view subject) {
  return subject.substr(subject.rfind('.') + 1);  // npos + 1 is 0
}

}  // namespace kamexec::fleet
