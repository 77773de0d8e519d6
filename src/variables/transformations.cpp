// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/transformations.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/printable.h"

namespace kamexec::variables {
namespace {

constexpr std::size_t kShown = 60;
constexpr std::string_view kBlanks = " \t\n";

/// What the parser of a transformation reads behind its name, each behind a comma; '?' stands
/// before those that may be left out.
///   n a number or a variable          N the same, and not below 0
///   s text up to ',' '}' tab or line end, or a variable
///   m the same, and ',' is a text     M the same, of one byte
///   c one byte, or \\ \n \r \t        d one byte
///   r anything up to its '}', or a variable
struct Names {
  std::string_view class_name;
  std::string_view parameters;
  std::string_view names;  ///< separated by single spaces, in lower case: case does not count
};

// tr_parse_* of modules/pv/pv_trans.c, 5.6.3 to 6.1.4, and of other modules. {json.encode} and
// {s.sha1} are names in the sources that no text can match.
constexpr Names kNames[] = {
    {"s", "",
     "len int intv md5 rmws rmhdws rmhlws sha256 sha384 sha512 tolower toupper numeric encode.hexa "
     "decode.hexa encode.7bit decode.7bit encode.base58 decode.base58 encode.base64 decode.base64 "
     "encode.base64t decode.base64t encode.base64url decode.base64url encode.base64urlt "
     "decode.base64urlt escape.common unescape.common escape.user unescape.user escape.param "
     "unescape.param escape.csv escape.crlf unescape.crlf trim rtrim ltrim urlencode.param "
     "urldecode.param unquote unbracket crc32"},
    {"s", "?n", "prefixes prefixes.quoted corehash"},
    {"s", "n", "strip striptail charat byteat selectsw"},
    {"s", "nN", "substr"},
    {"s", "NN", "fmtlines fmtlinet"},
    {"s", "nc", "select"},
    {"s", "s", "stripto ftime rm"},
    {"s", "ss", "replace"},
    {"s", "?s", "sha3 keccak"},
    {"s", "m", "count before after rbefore rafter"},
    {"uri", "",
     "user host domain passwd port saor suri duri params headers transport ttl uparam maddr method "
     "lr r2 scheme tosocket"},
    {"uri", "s", "param rmparam"},
    {"param", "s?d", "value in"},
    {"param", "n?d", "valueat name"},
    {"param", "?M", "count"},
    {"nameaddr", "", "uri len name"},
    {"tobody", "", "uri tag user host params display"},
    {"line", "n", "at"},
    {"line", "s", "sw"},
    {"line", "", "count"},
    {"urialias", "", "encode decode"},
    {"val", "", "n0 ne json jsonqe"},
    {"num", "", "fdigit ldigit"},
    {"re", "r", "subst"},
    {"sql", "", "val val.int val.str"},
    {"sock", "", "host port proto touri"},
    {"json", "s", "parse"},
    {"kz", "", "encode"},
    {"kz", "s", "json json.count"},
    {"msrpuri", "", "user host port session proto scheme params userinfo"},
    {"url", "", "path querystring"},
};

bool is_blank(char c) {
  return kBlanks.find(c) != kBlanks.npos;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_name(std::string_view names, std::string_view name) {
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(' ', at), names.size());
    const std::string_view one = names.substr(at, end - at);
    if (std::equal(one.begin(), one.end(), name.begin(), name.end(),
                   [](char a, char b) { return a == lower(b); })) {
      return true;
    }
    at = end + 1;
  }
  return false;
}

/// "NUMBER,NUMBER" of "nN".
std::string usage(std::string_view parameters) {
  std::string all;
  bool optional = false;
  for (const char kind : parameters) {
    if (kind == '?') {
      optional = true;
      continue;
    }
    all += optional ? "[," : ",";
    switch (kind) {
      case 'n':
      case 'N':
        all += "NUMBER";
        break;
      case 'c':
      case 'd':
      case 'M':
        all += "CHARACTER";
        break;
      case 'r':
        all += "/EXPRESSION/REPLACEMENT/";
        break;
      default:
        all += "TEXT";
    }
    all += optional ? "]" : "";
  }
  return all;
}

class TransformationReader {
 public:
  TransformationReader(std::string_view class_name, std::string_view text, std::size_t limit,
                       const NestedVariable& nested)
      : class_name_(class_name), whole_(text), text_(text.substr(0, limit)), nested_(nested) {}

  tl::expected<std::size_t, TransformationProblem> size() {
    at_ = std::min(text_.find_first_of(",}"), text_.size());
    std::string_view name = text_.substr(0, at_);
    name.remove_prefix(std::min(name.find_first_not_of(" \t\r\n"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \t\r\n") + 1);
    const bool is_class_known =
        std::any_of(std::begin(kNames), std::end(kNames),
                    [&](const auto& e) { return e.class_name == class_name_; });
    if (!is_class_known) {
      return closing();
    }
    const auto* const known = std::find_if(
        std::begin(kNames), std::end(kNames),
        [&](const auto& e) { return e.class_name == class_name_ && has_name(e.names, name); });
    if (known == std::end(kNames)) {
      return problem("has an unknown transformation: " + shown(),
                     "write one that Kamailio's transformations document has");
    }
    if (!take(known->parameters) || peek() != '}') {
      if (nested_problem_) {
        return tl::unexpected<TransformationProblem>({true, *nested_problem_});
      }
      return problem("has a transformation that can't be read: " + shown(),
                     "write {" + std::string(class_name_) + "." + std::string(name) +
                         usage(known->parameters) + "}");
    }
    return at_;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < whole_.size() ? whole_[at_] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  /// Up to the '}' that closes it.
  [[nodiscard]] std::size_t closing() const {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '}' && depth-- == 0) {
        return i;
      }
      depth += text_[i] == '{' ? 1U : 0U;
    }
    return text_.size();
  }

  [[nodiscard]] std::string shown() const {
    return "{" + std::string(class_name_) + "." + printable(text_.substr(0, closing()), kShown) +
           "}";
  }

  [[nodiscard]] static tl::unexpected<TransformationProblem> problem(std::string message,
                                                                     std::string remedy) {
    return tl::unexpected<TransformationProblem>(
        {false, {std::move(message), std::move(remedy), {}}});
  }

  bool take(std::string_view parameters) {
    bool optional = false;
    for (const char kind : parameters) {
      if (kind == '?') {
        optional = true;
        continue;
      }
      if (peek() != ',') {
        return optional;
      }
      ++at_;
      if (!take_one(kind)) {
        return false;
      }
      // The blanks that the server passes over are no part of a name that has no parameter.
      skip_blanks();
    }
    return true;
  }

  bool take_one(char kind) {
    const std::size_t begin = at_;
    if (kind == 'c') {
      return take_byte();
    }
    if (kind == 'r') {
      if (peek() == '$') {
        return take_variable();
      }
      at_ = closing();
      return at_ > begin && at_ < text_.size();
    }
    skip_blanks();
    const bool is_variable = peek() == '$';
    if (is_variable && !take_variable()) {
      return false;
    }
    switch (kind) {
      case 'n':
      case 'N':
        return is_variable || take_number(kind == 'N');
      case 'd':
        return (is_variable || take_text(false)) && at_ - begin == 1;
      case 'M':
        return is_variable || (take_text(true) && at_ - begin == 1);
      default:
        return is_variable || take_text(kind == 'm');
    }
  }

  bool take_variable() {
    const auto size = nested_(text_.substr(std::min(at_, text_.size())));
    if (!size) {
      nested_problem_ = size.error();
      return false;
    }
    at_ += *size;
    return true;
  }

  /// A sign alone is 0 to the server.
  bool take_number(bool is_positive) {
    const char sign = peek();
    const bool is_signed = sign == '+' || sign == '-';
    if (!is_signed && (sign < '0' || sign > '9')) {
      return false;
    }
    at_ += is_signed ? 1 : 0;
    skip_blanks();
    bool is_zero = true;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      is_zero = is_zero && peek() == '0';
    }
    return !is_positive || sign != '-' || is_zero;
  }

  bool take_text(bool may_be_comma) {
    while (at_ < text_.size() && std::string_view("\t\n,}").find(text_[at_]) == std::string::npos) {
      ++at_;
    }
    at_ += may_be_comma && peek() == ',' ? 1U : 0U;
    return at_ < text_.size();
  }

  bool take_byte() {
    if (at_ >= text_.size()) {
      return false;
    }
    if (text_[at_] == '\\') {
      ++at_;
      if (std::string_view("\\nrt").find(peek()) == std::string::npos) {
        return false;
      }
    }
    ++at_;
    return true;
  }

  std::string_view class_name_;
  std::string_view whole_;
  std::string_view text_;  ///< as far as parameters go
  const NestedVariable& nested_;
  std::size_t at_ = 0;
  std::optional<VariableProblem> nested_problem_;
};

}  // namespace

tl::expected<std::size_t, TransformationProblem> transformation_size(std::string_view class_name,
                                                                     std::string_view text,
                                                                     std::size_t limit,
                                                                     const NestedVariable& nested) {
  return TransformationReader(class_name, text, limit, nested).size();
}

}  // namespace kamexec::variables
