// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/uri_set.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "output/lines.h"
#include "output/name_addr.h"

namespace kamexec::output {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// Bytes that no URI may hold, and that would end it early where it is written between <>.
bool ends_uri(char c) {
  return c == ' ' || c == '\t' || c == '<' || c == '>' || c == '"';
}

// Why @p uri can't be used; empty: it can.
std::string objection(std::string_view uri, const UriSetOptions& options) {
  if (uri.empty()) {
    return "the URI is empty";
  }
  if (uri.size() > options.longest_uri) {
    return "the URI has " + std::to_string(uri.size()) + " bytes, the limit is " +
           std::to_string(options.longest_uri);
  }
  if (std::any_of(uri.begin(), uri.end(), ends_uri)) {
    return "white space, <, > or \" in the URI";
  }
  if (options.check != nullptr && !options.check(uri, options.context)) {
    return "the server does not accept it as a URI";
  }
  return {};
}

class Reader {
 public:
  Reader(std::string_view output, const UriSetOptions& options)
      : lines_(output), options_(options) {}

  UriSet read() {
    LineReader::Line line;
    while (lines_.next(line)) {
      if (set_.entries.size() >= options_.most) {
        skip_rest(line);
        break;
      }
      read_line(line);
    }
    return std::move(set_);
  }

 private:
  void read_line(const LineReader::Line& line) {
    if (std::any_of(line.text.begin(), line.text.end(), is_control)) {
      skip(line, "a control byte in the line");
      return;
    }
    const Result<Address> address = parse_address(line.text);
    if (!address) {
      skip(line, address.error().message);
      return;
    }
    if (std::string reason = objection(address->uri, options_); !reason.empty()) {
      skip(line, std::move(reason));
      return;
    }
    set_.entries.push_back({address->uri, address->q.value_or(UriEntry::kNoQ), line.number});
    if (!address->complaint.empty()) {
      skip(line, std::string(address->complaint), true);
    }
  }

  void skip(const LineReader::Line& line, std::string reason, bool uri_used = false) {
    if (set_.skipped.size() < UriSet::kMostSkipped) {
      set_.skipped.push_back({line.number, std::move(reason),
                              printable(line.text, SkippedLine::kLongestText), uri_used});
    } else {
      ++set_.more_skipped;
    }
  }

  // One entry for all lines from @p first on.
  void skip_rest(const LineReader::Line& first) {
    std::size_t count = 1;
    for (LineReader::Line line; lines_.next(line);) {
      ++count;
    }
    set_.skipped.push_back({first.number,
                            "the limit is " + std::to_string(options_.most) +
                                " URIs; from here on " + std::to_string(count) +
                                (count == 1 ? " line" : " lines") + " not used",
                            printable(first.text, SkippedLine::kLongestText)});
  }

  LineReader lines_;
  const UriSetOptions& options_;
  UriSet set_;
};

}  // namespace

UriSet parse_uri_set(std::string_view output, const UriSetOptions& options) {
  return Reader(output, options).read();
}

}  // namespace kamexec::output
