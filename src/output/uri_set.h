// SPDX-License-Identifier: GPL-2.0-or-later
// A command's output read as a set of URIs, one a line (exec_dset).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kamexec::output {

/// Whether the host can use @p uri (bare, without <>), NUL-free and of bounded length. @p context
/// is what the caller gave to parse_uri_set. Must not throw.
using UriCheck = bool (*)(std::string_view uri, void* context);

struct UriSetOptions {
  UriCheck check = nullptr;  ///< nullptr: every URI will do
  void* context = nullptr;
  std::size_t longest_uri = 1023;  ///< bytes; Kamailio's MAX_URI_SIZE less its NUL
  std::size_t most = 12;           ///< R-URI and branches; the host's limit of branches
};

struct UriEntry {
  static constexpr int kNoQ = -1;
  std::string_view uri;  ///< points into the output
  int q = kNoQ;          ///< thousandths, 0 … 1000 (RFC 3261 section 20.10), kNoQ: not given
  std::size_t line = 0;
};

/// A line that was left out, or of which more than the URI was, and why, in words for a log.
struct SkippedLine {
  std::size_t line = 0;
  std::string reason;
  std::string text;       ///< the line, printable ASCII, at most kLongestText bytes
  bool uri_used = false;  ///< the URI is among the entries; only what stood behind it is not used

  static constexpr std::size_t kLongestText = 80;
};

struct UriSet {
  std::vector<UriEntry> entries;  ///< the first is the R-URI, the others are branches
  /// The first kMostSkipped, and one more that speaks for all lines past the limit of URIs.
  std::vector<SkippedLine> skipped;
  std::size_t more_skipped = 0;  ///< how many more would stand in skipped, were it not bounded

  static constexpr std::size_t kMostSkipped = 8;
};

/// Reads lines such as `sip:a@b` and `"Name" <sip:a@b;transport=tcp>;q=0.7` (name-addr, RFC 3261
/// section 25.1). What the program printed is hostile: nothing in it is trusted. A line with a
/// control byte (tab excepted) and a URI with white space, `<`, `>` or `"` in it, too long, empty,
/// or refused by the host, is left out; a fault behind the URI costs only what stands there.
/// Linear in the size of @p output.
[[nodiscard]] UriSet parse_uri_set(std::string_view output, const UriSetOptions& options);

}  // namespace kamexec::output
