// SPDX-License-Identifier: GPL-2.0-or-later
// The environment of a request, from a hostile message: its lines as they come are the fields, so
// that mutations of a real message go through.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "request/envp.h"
#include "request/header_name.h"
#include "request/request_variables.h"

namespace kamexec::request {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// The first lines are URIs, tags and so on; the others header fields, of which one that begins with
// white space goes on with the one before.
RequestFacts read(std::string_view input) {
  RequestFacts facts;
  facts.is_reply = input.starts_with("SIP/2.0");
  for (std::string_view* field :
       {&facts.method, &facts.current_uri, &facts.original_uri, &facts.user, &facts.original_user,
        &facts.source_ip, &facts.to_tag, &facts.via_branch, &facts.via_host, &facts.via_port,
        &facts.from_tag, &facts.call_id, &facts.cseq_number}) {
    *field = take_line(input);
  }
  while (!input.empty()) {
    const char* start = input.data();
    std::string_view line = take_line(input);
    while (!input.empty() && (input.front() == ' ' || input.front() == '\t')) {
      take_line(input);
      line = {start, static_cast<std::size_t>(input.data() - start)};
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    facts.headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
  }
  return facts;
}

std::string without_space(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\0') {
      out += c;
    }
  }
  return out;
}

// What each variable holds but for white space, made the plain way. For bash_safety off.
std::map<std::string, std::string> expected_headers(const RequestFacts& facts) {
  std::map<std::string, std::string> expected;
  for (const HeaderField& header : facts.headers) {
    const std::size_t end = header.name.find_last_not_of(" \t");
    if (end == header.name.npos) {
      continue;
    }
    std::string name(longest_header_variable(end + 1), '\0');
    name.resize(write_header_variable(header.name.substr(0, end + 1), name.data()));
    const auto [place, first] = expected.try_emplace(name);
    place->second += (first ? "" : ",") + without_space(header.body);
  }
  return expected;
}

void check_entries(const RequestVariables& environment, Envp& envp, bool bash_safety) {
  std::vector<std::string> names;
  for (char* const* entry = envp.fill({}, environment.packed()); *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    require(equals != text.npos);
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    require(name.starts_with("SIP_"));
    require(std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }));
    require(value.find_first_of("\r\n") == value.npos);
    require(!bash_safety || !value.starts_with("() {"));
    require(environment.value(name) == value);  // a NUL inside would show here
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  require(std::adjacent_find(names.begin(), names.end()) == names.end());
}

void check(std::string_view input) {
  static RequestVariables environment;  // reused, as in a server
  static Envp envp;
  const RequestFacts facts = read(input);
  for (const bool bash_safety : {true, false}) {
    environment.clear();
    add_request(facts, {.bash_safety = bash_safety}, environment);
    check_entries(environment, envp, bash_safety);
  }
  std::size_t headers = 0;
  for (const auto& [name, value] : expected_headers(facts)) {
    require(without_space(environment.value(name)) == value);
    ++headers;
  }
  const std::size_t others = facts.is_reply ? 3 : 8;
  static_cast<void>(envp.fill({}, environment.packed()));
  require(envp.size() == headers + others);
}

}  // namespace
}  // namespace kamexec::request

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::request::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
