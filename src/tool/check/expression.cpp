// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/expression.h"

#include <array>
#include <climits>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>

#include "base/printable.h"

namespace kamexec::tool::check {
namespace {

constexpr int kDeepest = 200;  ///< operators and parentheses in one another
constexpr std::size_t kShown = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool begins_word(char c) {
  return (static_cast<unsigned char>(c) >= '@' && c != '^' && c != '|') || c == '$';
}

/// Binds closer, the lower @p rank is.
struct Operator {
  std::string_view sign;
  int rank;
};
// The longest first of those that begin alike.
constexpr std::array<Operator, 21> kOperators = {{
    {"**", 1}, {"<<", 4},  {">>", 4}, {"<=", 5}, {">=", 5}, {"==", 5}, {"!=", 5},
    {"&&", 9}, {"||", 10}, {"*", 2},  {"/", 2},  {"%", 2},  {"+", 3},  {"-", 3},
    {"<", 5},  {">", 5},   {"&", 6},  {"|", 7},  {"^", 8},  {"=", 11}, {",", 12},
}};
constexpr int kLast = 12;

/// Of these the right one of two is done first.
bool binds_right(std::string_view sign) {
  return sign == "**" || sign == "=" || sign == ",";
}

std::optional<float> number_of(std::string_view text) {
  float number = 0;
  float unit = 1;
  bool has_point = false;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (is_digit(c)) {
      number = number * 10 + static_cast<float>(c - '0');
      unit *= has_point ? 10 : 1;
      ++digits;
    } else {
      return std::nullopt;
    }
  }
  return digits > 0 ? std::optional(number / unit) : std::nullopt;
}

std::string text_of(float number) {
  std::array<char, 64> text{};
  if (std::fabs(number) < 9e18F && number == std::trunc(number)) {
    std::snprintf(text.data(), text.size(), "%lld", static_cast<long long>(number));
  } else {
    std::snprintf(text.data(), text.size(), "%.4g", static_cast<double>(number));
  }
  return text.data();
}

int integer_of(float number) {
  if (std::isnan(number)) {
    return 0;
  }
  constexpr auto kMost = static_cast<float>(INT_MAX);
  return number >= kMost ? INT_MAX : number <= -kMost ? -INT_MAX : static_cast<int>(number);
}

/// As x86 shifts.
int shifted(int value, int by, bool left) {
  const auto count = static_cast<unsigned>(by) % 32;
  return left ? static_cast<int>(static_cast<unsigned>(value) << count) : value >> count;
}

class Evaluator {
 public:
  Evaluator(std::string_view text, const Defines& defines) : rest_(text), defines_(defines) {}

  Result<Expression> all() {
    skip_spaces();
    if (rest_.empty()) {
      return Expression{0.0F, false};
    }
    const Value value = binary(kLast, 0);
    if (!value || !rest_.empty() || is_nothing(*value)) {
      return failure(problem_.empty()
                         ? "it is not an expression at '" + printable(rest_, kShown) + "'"
                         : problem_);
    }
    if (const auto* text = std::get_if<std::string>(&*value)) {
      return Expression{*text, is_doubtful_};
    }
    return Expression{std::get<float>(*value), is_doubtful_};
  }

 private:
  /// A number, a string, or nothing, where it can be read and not evaluated: that matters only
  /// where
  /// && and || get to it.
  using Evaluated = std::variant<std::monostate, float, std::string>;
  /// Absent: it can't be read.
  using Value = std::optional<Evaluated>;

  static bool is_nothing(const Evaluated& value) {
    return std::holds_alternative<std::monostate>(value);
  }

  /// '#' begins a comment.
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) {
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && rest_.front() == '#') {
      rest_ = {};
    }
  }

  Value fail(std::string problem) {
    problem_ = std::move(problem);
    return std::nullopt;
  }

  Evaluated nothing(std::string problem) {
    problem_ = problem_.empty() ? std::move(problem) : problem_;
    return {};
  }

  [[nodiscard]] const Operator* next_operator() const {
    for (const Operator& one : kOperators) {
      if (rest_.substr(0, one.sign.size()) == one.sign) {
        return &one;
      }
    }
    return nullptr;
  }

  /// An operand, and behind it operators that bind as @p rank or closer.
  Value binary(int rank, int depth) {
    std::string_view name;
    return binary(rank, depth, name);
  }

  /// @p name: where it is one alone, be it in parentheses.
  Value binary(int rank, int depth, std::string_view& name) {
    if (depth > kDeepest) {
      return fail("it is nested too deeply");
    }
    Value left = operand(depth, name);
    while (left) {
      skip_spaces();
      const Operator* const found = next_operator();
      if (found == nullptr || found->rank > rank) {
        return left;
      }
      rest_.remove_prefix(found->sign.size());
      skip_spaces();
      Value right = binary(found->rank - (binds_right(found->sign) ? 0 : 1), depth + 1);
      if (!right) {
        return right;
      }
      left = found->sign == "=" ? assigned(name, std::move(*right))
                                : applied(found->sign, std::move(*left), std::move(*right));
      name = {};
    }
    return left;
  }

  Value operand(int depth, std::string_view& name) {
    if (rest_.empty()) {
      return fail("it ends where a value is expected");
    }
    const char c = rest_.front();
    if (c == '-' || c == '!' || c == '^') {
      return unary(depth);
    }
    if (c == '(') {
      rest_.remove_prefix(1);
      skip_spaces();
      Value inner = binary(kLast, depth + 1, name);
      if (!inner) {
        return inner;
      }
      skip_spaces();
      if (rest_.empty() || rest_.front() != ')') {
        return fail("a parenthesis is not closed");
      }
      rest_.remove_prefix(1);
      return inner;
    }
    if (c == '"' || c == '\'') {
      return quoted();
    }
    if (is_digit(c)) {
      return number();
    }
    if (begins_word(c)) {
      name = word();
      return value_of(name);
    }
    return std::nullopt;
  }

  Value unary(int depth) {
    const char sign = rest_.front();
    rest_.remove_prefix(1);
    // The server's reader takes no single blank between the sign and its value, but two.
    if (!rest_.empty() && is_space(rest_.front()) && (rest_.size() < 2 || !is_space(rest_[1]))) {
      return fail(std::string("the server accepts no space after '") + sign + "'");
    }
    skip_spaces();
    std::string_view name;
    Value value = depth > kDeepest ? fail("it is nested too deeply") : operand(depth + 1, name);
    if (!value) {
      return value;
    }
    if (!std::holds_alternative<float>(*value)) {
      return nothing(std::string("'") + sign +
                     "' takes a number, and a define with a value is a string");
    }
    const float number = std::get<float>(*value);
    return sign == '-'   ? -number
           : sign == '!' ? static_cast<float>(number == 0)
                         : static_cast<float>(~integer_of(number));
  }

  Value quoted() {
    const char quote = rest_.front();
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      char c = rest_[i];
      if (c == quote) {
        rest_.remove_prefix(i + 1);
        return text;
      }
      if (c == '\\' && i + 1 < rest_.size()) {
        c = rest_[++i];
        c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
      }
      text += c;
    }
    return fail("a string is not closed");
  }

  Value number() {
    std::size_t size = 0;
    while (size < rest_.size() && (is_digit(rest_[size]) || rest_[size] == '.')) {
      ++size;
    }
    const std::string_view text = rest_.substr(0, size);
    const auto number = number_of(text);
    if (!number) {
      return fail("'" + printable(text, kShown) + "' is not a number");
    }
    rest_.remove_prefix(size);
    return *number;
  }

  std::string_view word() {
    std::size_t size = 0;
    while (size < rest_.size() &&
           (begins_word(rest_[size]) || rest_[size] == '#' || is_digit(rest_[size]))) {
      ++size;
    }
    const std::string_view name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return name;
  }

  Value value_of(std::string_view name) {
    skip_spaces();
    if (!rest_.empty() && rest_.front() == '(') {
      return fail("there are no functions: '" + printable(name, kShown) + "'");
    }
    if (const auto own = assigned_.find(name); own != assigned_.end()) {
      return own->second;
    }
    const Define* define = defines_.find(name);
    if (define == nullptr) {
      return 0.0F;
    }
    is_doubtful_ = is_doubtful_ || !define->is_known;
    const std::string& text = define->value;
    if (text.empty()) {
      return 1.0F;
    }
    const bool is_quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                           text.front() == text.back();
    return is_quoted ? text.substr(1, text.size() - 2) : text;
  }

  Value assigned(std::string_view name, Evaluated value) {
    if (name.empty()) {
      return fail("'=' needs a name before it");
    }
    return assigned_[std::string(name)] = std::move(value);
  }

  Evaluated applied(std::string_view sign, Evaluated left, Evaluated right) {
    if (sign == ",") {
      return right;
    }
    if (sign == "&&" || sign == "||") {
      return logical(sign == "&&", left, right);
    }
    if (is_nothing(left) || is_nothing(right)) {
      return {};
    }
    const bool compares =
        sign == "<" || sign == "<=" || sign == ">" || sign == ">=" || sign == "==" || sign == "!=";
    if (sign == "+" || compares) {
      return of_either(sign, left, right);
    }
    if (!std::holds_alternative<float>(left) || !std::holds_alternative<float>(right)) {
      return nothing("'" + std::string(sign) +
                     "' takes numbers, and a define with a value is a string");
    }
    return arithmetic(sign, std::get<float>(left), std::get<float>(right));
  }

  /// The one that decides. The server looks at the bytes of a string as if they were a number.
  Evaluated logical(bool is_and, const Evaluated& left, const Evaluated& right) {
    const auto number = [this](const Evaluated& value) {
      is_doubtful_ = is_doubtful_ || std::holds_alternative<std::string>(value);
      return std::holds_alternative<std::string>(value) ? 1.0F : std::get<float>(value);
    };
    if (is_nothing(left)) {
      return {};
    }
    const float first = number(left);
    if (is_and ? first == 0 : first != 0 && !std::isnan(first)) {
      return first;
    }
    return is_nothing(right) ? Evaluated() : Evaluated(number(right));
  }

  /// The kind of the left one decides.
  static Evaluated of_either(std::string_view sign, const Evaluated& left, const Evaluated& right) {
    if (const auto* text = std::get_if<std::string>(&left)) {
      const std::string other = std::holds_alternative<float>(right)
                                    ? text_of(std::get<float>(right))
                                    : std::get<std::string>(right);
      if (sign == "+") {
        return *text + other;
      }
      return compared(sign, text->compare(other), 0);
    }
    const float number = std::get<float>(left);
    const float other = std::holds_alternative<float>(right)
                            ? std::get<float>(right)
                            : number_of(std::get<std::string>(right)).value_or(NAN);
    return sign == "+" ? Evaluated(number + other) : compared(sign, number, other);
  }

  template <typename Number>
  static Evaluated compared(std::string_view sign, Number left, Number right) {
    return static_cast<float>(sign == "<"    ? left < right
                              : sign == "<=" ? left <= right
                              : sign == ">"  ? left > right
                              : sign == ">=" ? left >= right
                              : sign == "==" ? left == right
                                             : left != right);
  }

  Evaluated arithmetic(std::string_view sign, float left, float right) {
    if (sign == "**") {
      return std::pow(left, right);
    }
    if (sign == "/" && right == 0) {
      return nothing("it divides by 0");
    }
    switch (sign[0]) {
      case '*':
        return left * right;
      case '/':
        return left / right;
      case '%':
        return std::fmod(left, right);
      case '-':
        return left - right;
      default:
        break;
    }
    const int one = integer_of(left);
    const int other = integer_of(right);
    return static_cast<float>(sign == "<<" || sign == ">>" ? shifted(one, other, sign == "<<")
                              : sign == "&"                ? one & other
                              : sign == "|"                ? one | other
                                                           : one ^ other);
  }

  std::string_view rest_;
  const Defines& defines_;
  std::map<std::string, Evaluated, std::less<>> assigned_;
  std::string problem_;
  bool is_doubtful_ = false;
};

}  // namespace

bool Expression::is_true() const {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::get<float>(value) != 0 : !text->empty();
}

std::string Expression::text() const {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr) {
    return *text;
  }
  const float number = std::get<float>(value);
  // What is too large for a long becomes the smallest.
  return std::fabs(number) < 9e18F ? text_of(std::trunc(number)) : std::to_string(LLONG_MIN);
}

Result<Expression> evaluate(std::string_view text, const Defines& defines) {
  return Evaluator(text, defines).all();
}

}  // namespace kamexec::tool::check
