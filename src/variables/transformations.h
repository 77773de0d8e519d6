// SPDX-License-Identifier: GPL-2.0-or-later
// What the server's parsers of transformations take: {s.substr,0,3}, {uri.param,tag}.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "variables/variable_problem.h"

namespace kamexec::variables {

/// How many bytes of a text the variable takes that stands at its beginning.
using NestedVariable =
    std::function<tl::expected<std::size_t, VariableProblem>(std::string_view text)>;

/// How many bytes of @p text the transformation takes whose class, @p class_name, and '.' stand in
/// front of it: "substr,0,3" of "substr,0,3}{s.len}". The byte behind them is the '}' that ends it.
/// The server looks for parameters in the first @p limit bytes, up to the end of the last
/// transformation as it counts braces, and for that '}' behind them too: {s.select,0,}} has one.
/// Names of all versions are known that this project knows of; those of classes that are not in the
/// table are taken as they are. The error of a variable in it is that of @p nested; any other lacks
/// the name of the variable that is transformed.
struct TransformationProblem {
  bool is_of_nested = false;
  VariableProblem problem;
};
[[nodiscard]] tl::expected<std::size_t, TransformationProblem> transformation_size(
    std::string_view class_name, std::string_view text, std::size_t limit,
    const NestedVariable& nested);

}  // namespace kamexec::variables
