// SPDX-License-Identifier: GPL-2.0-or-later
// A command's output as a URI set. The first byte says how many URIs and how long.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "output/uri_set.h"

namespace kamexec::output {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

bool accept(std::string_view uri, void* context) {
  const auto& options = *static_cast<const UriSetOptions*>(context);
  require(!uri.empty() && uri.size() <= options.longest_uri);
  require(std::all_of(uri.begin(), uri.end(), is_plain));
  require(uri.find_first_of("<>\"") == uri.npos);
  return uri.back() != 'x';
}

void check_entries(const UriSet& set, std::string_view output, const UriSetOptions& options) {
  require(set.entries.size() <= options.most);
  const char* after_last = output.data();
  std::size_t line = 0;
  for (const UriEntry& entry : set.entries) {
    require(entry.uri.data() >= after_last);
    after_last = entry.uri.data() + entry.uri.size();
    require(after_last <= output.data() + output.size());
    require(entry.line > line);
    line = entry.line;
    const auto breaks = std::count(output.data(), entry.uri.data(), '\n');
    require(line == static_cast<std::size_t>(breaks) + 1);
    require(entry.q == UriEntry::kNoQ || (entry.q >= 0 && entry.q <= 1000));
    require(entry.uri.back() != 'x');
  }
}

void check_skipped(const UriSet& set) {
  require(set.skipped.size() <= UriSet::kMostSkipped + 1);
  require(set.more_skipped == 0 || set.skipped.size() >= UriSet::kMostSkipped);
  std::size_t line = 0;
  for (const SkippedLine& skipped : set.skipped) {
    require(skipped.line > line);
    line = skipped.line;
    require(!skipped.reason.empty());
    require(!skipped.text.empty() && skipped.text.size() <= SkippedLine::kLongestText);
    require(std::all_of(skipped.text.begin(), skipped.text.end(),
                        [](char c) { return c >= 0x20 && c <= 0x7e; }));
    const bool among_entries =
        std::any_of(set.entries.begin(), set.entries.end(),
                    [&](const UriEntry& entry) { return entry.line == skipped.line; });
    require(among_entries == skipped.uri_used);
  }
}

void check(std::string_view input) {
  UriSetOptions options;
  if (!input.empty()) {
    const auto choice = static_cast<unsigned char>(input.front());
    options.most = choice & 0xf;
    options.longest_uri = choice & 0x10 ? 12 : 1023;
    input.remove_prefix(1);
  }
  options.check = accept;
  options.context = &options;
  const UriSet set = parse_uri_set(input, options);
  check_entries(set, input, options);
  check_skipped(set);
  if (set.entries.empty() && set.skipped.empty()) {
    require(input.find_first_not_of(" \t\r\n") == input.npos);
  }
}

}  // namespace
}  // namespace kamexec::output

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kamexec::output::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
