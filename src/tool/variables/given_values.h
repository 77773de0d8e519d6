// SPDX-License-Identifier: GPL-2.0-or-later
// Values that the person gives for variables: --set '$avp(x)=…'.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tool/variables/value.h"

namespace kamexec::tool {

class GivenValues {
 public:
  /// "$avp(x)=value"; "$avp(x)" without '=': it has none (<null>). The last for a variable counts.
  /// The error: what stands before the '=' is no variable.
  [[nodiscard]] Result<void> add(std::string_view assignment);

  /// For the variable as written, transformations included, or, with @p without_transformations,
  /// for what they are applied to. $(rU) is $rU.
  [[nodiscard]] std::optional<Value> find(std::string_view written,
                                          bool without_transformations = false) const;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace kamexec::tool
