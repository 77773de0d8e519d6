// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/name_addr.h"

#include <cstddef>

#include "output/qvalue.h"

namespace kamexec {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_token(char c) {
  return is_alphanumeric(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}

// Names such as José are sent without quotes, and harm nobody.
bool is_word(char c) {
  return is_token(c) || static_cast<unsigned char>(c) >= 0x80;
}

// What may stand in a parameter's value without quotes: token or host (RFC 3261, gen-value).
bool is_value(char c) {
  return is_token(c) || c == ':' || c == '[' || c == ']';
}

// Reads a text from left to right; each function takes something off the front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) {
    const bool there = at(c);
    if (there) {
      rest_.remove_prefix(1);
    }
    return there;
  }

  template <typename Predicate>
  std::string_view take_while(Predicate wanted) {
    std::size_t size = 0;
    while (size < rest_.size() && wanted(rest_[size])) {
      ++size;
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  void take_space() { take_while(is_space); }

  // A quoted string, its first quote taken already. False: it does not end.
  bool take_quoted_rest() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        return true;
      }
      if (c == '\\' && !rest_.empty()) {
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

 private:
  std::string_view rest_;
};

// Reads `*( SEMI generic-param )` to its end or its first fault.
void parse_parameters(Scanner scanner, Address& address) {
  scanner.take_space();
  while (!scanner.at_end()) {
    if (!scanner.take(';')) {
      address.complaint = scanner.at(',') ? "only the first address of a line is used"
                                          : "what follows the address is no parameter";
      return;
    }
    scanner.take_space();
    const std::string_view name = scanner.take_while(is_token);
    scanner.take_space();
    if (name.empty()) {
      address.complaint = "a parameter has no name";
      return;
    }
    std::string_view value;
    if (scanner.take('=')) {
      scanner.take_space();
      if (scanner.take('"')) {
        if (!scanner.take_quoted_rest()) {
          address.complaint = "a parameter's quoted value does not end";
          return;
        }
      } else {
        value = scanner.take_while(is_value);
      }
      scanner.take_space();
    }
    if (name == "q" || name == "Q") {
      if (address.q.has_value()) {
        address.complaint = "q is given twice, the first one counts";
        return;
      }
      address.q = parse_qvalue(value);
      if (!address.q.has_value()) {
        address.complaint = "q is not a number from 0 to 1 with up to three decimals";
        return;
      }
    }
  }
}

}  // namespace

Result<Address> parse_address(std::string_view line) {
  Scanner scanner(line);
  scanner.take_space();
  const bool quoted = scanner.take('"');
  if (!quoted && line.find('<') == line.npos) {
    Address address;
    address.uri = scanner.take_while([](char) { return true; });
    return address;
  }
  if (quoted) {
    if (!scanner.take_quoted_rest()) {
      return failure("the quoted display name does not end");
    }
    scanner.take_space();
  } else {
    scanner.take_while([](char c) { return is_word(c) || is_space(c); });
  }
  if (!scanner.take('<')) {
    return failure(quoted ? "no <URI> follows the display name"
                          : "what stands before < is no display name");
  }
  Address address;
  address.uri = scanner.take_while([](char c) { return c != '>'; });
  if (!scanner.take('>')) {
    return failure("no > ends the URI");
  }
  parse_parameters(scanner, address);
  return address;
}

}  // namespace kamexec
