// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/variables/transformation.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "tool/sip/text.h"
#include "variables/read_variable.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 60;
constexpr std::string_view kBlanks = " \t\n";

std::string_view without_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

Transform find(std::string_view name) {
  if (const Transform found = find_string_transformation(name)) {
    return found;
  }
  if (const Transform found = find_escape(name)) {
    return found;
  }
  if (name == "re.subst") {
    return substitute;
  }
  return find_body_transformation(name);
}

}  // namespace

bool TransformationParameters::take_comma() {
  const bool there = !rest_.empty() && rest_.front() == ',';
  failed_ = failed_ || !there;
  if (there) {
    rest_.remove_prefix(1);
  }
  return there;
}

std::optional<std::string> TransformationParameters::variable() {
  if (rest_.empty() || rest_.front() != '$') {
    return std::nullopt;
  }
  const std::size_t size = variables::variable_size(rest_);
  Result<Value> value = value_of_(rest_.substr(0, size));
  rest_.remove_prefix(size == 0 ? rest_.size() : size);
  if (!value) {
    error_ = std::move(value.error());
    return std::string();
  }
  failed_ = failed_ || value->kind != Value::Kind::text || value->text.empty();
  return std::move(value->text);
}

long TransformationParameters::number() {
  if (!take_comma()) {
    return 0;
  }
  rest_ = without_blanks(rest_);
  const auto named = variable();
  std::string_view text = named ? std::string_view(*named) : rest_.substr(0, rest_.find(','));
  if (!named) {
    rest_.remove_prefix(text.size());
    text = trimmed(text);
  }
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  long number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  failed_ = failed_ || read.ec != std::errc() || read.ptr != text.data() + text.size();
  return number;
}

std::string TransformationParameters::text() {
  if (!take_comma()) {
    return {};
  }
  rest_ = without_blanks(rest_);
  if (auto named = variable()) {
    return *named;
  }
  const std::string_view text = rest_.substr(0, rest_.find(','));
  rest_.remove_prefix(text.size());
  return std::string(text);
}

char TransformationParameters::byte(bool escapes) {
  if (!take_comma() || rest_.empty()) {
    failed_ = true;
    return '\0';
  }
  char c = rest_.front();
  rest_.remove_prefix(1);
  if (escapes && c == '\\') {
    constexpr std::string_view kNames = "nrt\\";
    constexpr std::string_view kBytes = "\n\r\t\\";
    const std::size_t at = rest_.empty() ? kNames.npos : kNames.find(rest_.front());
    failed_ = failed_ || at == kNames.npos;
    c = at == kNames.npos ? '\0' : kBytes[at];
    rest_.remove_prefix(at == kNames.npos ? 0 : 1);
  }
  return c;
}

std::string TransformationParameters::rest() {
  if (!take_comma()) {
    return {};
  }
  std::string all(rest_);
  rest_ = {};
  return all;
}

Result<Value> transformed(Value value, std::string_view transformation, const ValueOf& value_of) {
  const std::size_t comma = std::min(transformation.find(','), transformation.size());
  std::string name(trimmed(transformation.substr(0, comma)));
  std::transform(name.begin(), name.end(), name.begin(), lower_case);
  const Transform transform = find(name);
  if (transform == nullptr) {
    return failure("has a transformation that can't be applied here, {" +
                   printable(transformation, kShown) + "}");
  }
  if (value.kind == Value::Kind::null) {
    return Value::unreadable();
  }
  TransformationParameters parameters(transformation.substr(comma), value_of);
  transform(value, parameters);
  if (parameters.error()) {
    return tl::unexpected<Error>(*parameters.error());
  }
  return parameters.failed() ? Value::unreadable() : std::move(value);
}

}  // namespace kamexec::tool
