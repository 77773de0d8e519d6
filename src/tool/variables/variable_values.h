// SPDX-License-Identifier: GPL-2.0-or-later
// The values of a command's variables without a server.
#pragma once

#include <string_view>

#include "base/error.h"
#include "tool/sip/sip_message.h"
#include "tool/variables/given_values.h"
#include "tool/variables/value.h"
#include "variables/read_variable.h"

namespace kamexec::tool {

class VariableValues {
 public:
  /// @p message (nullptr: there is none) and @p given must outlive this.
  VariableValues(const SipMessage* message, const GivenValues& given)
      : message_(message), given_(given) {}

  /// Of a variable as written: what is given for it, else what the message tells, its
  /// transformations applied. $var is "0" and $avp has no value where none is given, as before a
  /// script set them. An error names the variable and what to do about it.
  [[nodiscard]] Result<Value> value_of(std::string_view written) const;

 private:
  [[nodiscard]] Result<Value> value_of(std::string_view written, int depth) const;
  [[nodiscard]] Result<Value> before_transformations(std::string_view written,
                                                     const variables::Variable& variable,
                                                     int depth) const;
  [[nodiscard]] Result<Value> header(std::string_view written, const variables::Variable& variable,
                                     int depth) const;
  [[nodiscard]] Result<std::string> name_text(std::string_view name, int depth) const;

  const SipMessage* message_;
  const GivenValues& given_;
};

}  // namespace kamexec::tool
