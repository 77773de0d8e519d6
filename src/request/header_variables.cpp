// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/header_variables.h"

#include <algorithm>

#include "request/header_name.h"
#include "request/name_key.h"

namespace kamexec::request {
namespace {

// White space before the colon (RFC 3261 section 7.3.1) is no part of the name.
std::string_view without_space_at_end(std::string_view name) {
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) {
    name.remove_suffix(1);
  }
  return name;
}

}  // namespace

HeaderVariables::HeaderVariables(const std::vector<HeaderField>& headers,
                                 std::pmr::memory_resource* memory)
    : names_(memory), places_(headers.size(), memory) {
  name_all(headers);
  link_same_names(memory);
}

void HeaderVariables::name_all(const std::vector<HeaderField>& headers) {
  std::size_t room = 0;
  for (const HeaderField& header : headers) {
    room += longest_header_variable(header.name.size());
  }
  names_.resize(room);  // once: the names are views of it
  char* at = names_.data();
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string_view name = without_space_at_end(headers[i].name);
    if (name.empty()) {
      continue;
    }
    const std::size_t size = write_header_variable(name, at);
    places_[i].name = std::string_view(at, size);
    at += size;
  }
}

void HeaderVariables::link_same_names(std::pmr::memory_resource* memory) {
  std::pmr::vector<NameKey> keys(memory);
  keys.reserve(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].name.empty()) {
      keys.push_back({name_hash(places_[i].name), places_[i].name, i});
    }
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[i].same_name(keys[i - 1])) {
      places_[keys[i - 1].index].next = keys[i].index;
    } else {
      places_[keys[i].index].first = true;
    }
  }
}

}  // namespace kamexec::request
