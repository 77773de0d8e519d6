// SPDX-License-Identifier: GPL-2.0-or-later
// One pseudo-variable as written: $rU, $var(x), $(hdr(Via)[1]{s.len}).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "variables/known_variables.h"
#include "variables/variable_problem.h"

namespace kamexec::variables {

/// Its parts; views of the text that was read.
struct Variable {
  std::string_view class_name;                    ///< "hdr"
  std::optional<std::string_view> inner;          ///< "Via"
  std::optional<std::string_view> index;          ///< "1", "-1", "*", "$var(i)"
  std::vector<std::string_view> transformations;  ///< "s.len": what stands between the braces
  bool is_marker = false;                         ///< $$: no variable, but a '$'
};

/// How many bytes of @p text, which begins with '$', the server takes for one variable (its
/// pv_locate_name); 0 where a parenthesis does not end.
[[nodiscard]] std::size_t variable_size(std::string_view text);

/// Reads @p text, from its '$' to its end, as the server does (its pv_parse_spec), with what
/// stands in it: an index, transformations with their parameters, variables in these, and those
/// names in parentheses that the server looks at.
[[nodiscard]] tl::expected<Variable, VariableProblem> read_variable(
    std::string_view text, const KnownModules& modules = {});

}  // namespace kamexec::variables
