// SPDX-License-Identifier: GPL-2.0-or-later
// Transformations of pseudo-variables: {s.len}, {uri.user}, {param.value,tag} …
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tool/variables/value.h"

namespace kamexec::tool {

/// Gives the value of a variable that stands in a transformation's parameters.
using ValueOf = std::function<Result<Value>(std::string_view written)>;

/// What stands behind a transformation's name, ",0,;" of {s.select,0,;}, taken from the left as the
/// server takes it. One that isn't as asked for makes the whole unusable: see failed().
class TransformationParameters {
 public:
  TransformationParameters(std::string_view text, const ValueOf& value_of)
      : rest_(text), value_of_(value_of) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  /// A number, or a variable with one.
  long number();
  /// Text up to the next ',', or a variable's.
  std::string text();
  /// One byte, a ',' too; \n, \r, \t and \\ with @p escapes.
  char byte(bool escapes);
  /// All that is left, ',' too.
  std::string rest();

  [[nodiscard]] bool failed() const { return failed_ || error_.has_value(); }
  /// Why a variable in it has no value; nothing where that is not the reason.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  [[nodiscard]] bool take_comma();
  [[nodiscard]] std::optional<std::string> variable();

  std::string_view rest_;
  const ValueOf& value_of_;
  std::optional<Error> error_;
  bool failed_ = false;
};

/// Changes @p value, which has a text; may make it unreadable, as the server does where a
/// transformation can't be applied.
using Transform = void (*)(Value& value, TransformationParameters& parameters);
struct NamedTransform {
  std::string_view name;  ///< "s.len"
  Transform transform;
};

/// By room: strings, escapes, what is taken out of URIs, addresses and parameter lists.
[[nodiscard]] Transform find_string_transformation(std::string_view name);
[[nodiscard]] Transform find_escape(std::string_view name);
[[nodiscard]] Transform find_body_transformation(std::string_view name);
/// {re.subst,/expression/replacement/flags}, with POSIX extended expressions.
void substitute(Value& value, TransformationParameters& parameters);

/// @p value after @p transformation ("s.len"), as Kamailio 5.6 evaluates it. The error: it is one
/// that this tool can't apply, or a parameter's variable has no value; to be put behind the
/// variable's name.
[[nodiscard]] Result<Value> transformed(Value value, std::string_view transformation,
                                        const ValueOf& value_of);

}  // namespace kamexec::tool
