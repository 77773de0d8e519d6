// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/name_addr.h"

#include "output/address_scanner.h"

namespace kamexec::output {
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

struct Parameter {
  std::string_view name;
  std::string_view value;  ///< empty where there is none, or it is quoted
};

// Reads `SEMI generic-param`, white space around each part. The error is a string literal.
tl::expected<Parameter, std::string_view> parse_parameter(AddressScanner& scanner) {
  Parameter parameter;
  if (!scanner.take(';')) {
    return tl::unexpected<std::string_view>(scanner.at(',')
                                                ? "only the first address of a line is used"
                                                : "the text after the address is not a parameter");
  }
  scanner.take_while(is_space);
  parameter.name = scanner.take_while(is_token);
  if (parameter.name.empty()) {
    return tl::unexpected<std::string_view>("a parameter has no name");
  }
  scanner.take_while(is_space);
  if (scanner.take('=')) {
    scanner.take_while(is_space);
    if (!scanner.take('"')) {
      parameter.value = scanner.take_while(is_value);
    } else if (!scanner.take_quoted_rest()) {
      return tl::unexpected<std::string_view>("a parameter's quoted value does not end");
    }
    scanner.take_while(is_space);
  }
  return parameter;
}

// Takes q from what stands behind the `>`, up to the end or the first fault. Gives the fault.
std::string_view parse_parameters(AddressScanner& scanner, std::optional<int>& q) {
  scanner.take_while(is_space);
  while (!scanner.at_end()) {
    const auto parameter = parse_parameter(scanner);
    if (!parameter) {
      return parameter.error();
    }
    if (parameter->name != "q" && parameter->name != "Q") {
      continue;
    }
    if (q.has_value()) {
      return "q is given twice: the first one is used";
    }
    q = parse_qvalue(parameter->value);
    if (!q.has_value()) {
      return "q is not a number from 0 to 1 with up to three decimals";
    }
  }
  return {};
}

}  // namespace

Result<Address> parse_address(std::string_view line) {
  AddressScanner scanner(line);
  scanner.take_while(is_space);
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
    scanner.take_while(is_space);
  } else {
    scanner.take_while([](char c) { return is_word(c) || is_space(c); });
  }
  if (!scanner.take('<')) {
    return failure(quoted ? "no <URI> follows the display name"
                          : "the text before < is not a display name");
  }
  Address address;
  address.uri = scanner.take_while([](char c) { return c != '>'; });
  if (!scanner.take('>')) {
    return failure("no > ends the URI");
  }
  address.complaint = parse_parameters(scanner, address.q);
  return address;
}

std::optional<int> parse_qvalue(std::string_view text) {
  constexpr std::size_t kLongest = std::string_view("0.000").size();
  constexpr int kOne = 1000;
  if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1') ||
      (text.size() > 1 && text[1] != '.')) {
    return std::nullopt;
  }
  int value = (text[0] - '0') * kOne;
  int weight = kOne / 10;
  for (const char digit : text.size() > 2 ? text.substr(2) : std::string_view{}) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value += (digit - '0') * weight;
    weight /= 10;
  }
  return value <= kOne ? std::optional(value) : std::nullopt;
}

}  // namespace kamexec::output
