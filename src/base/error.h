// SPDX-License-Identifier: GPL-2.0-or-later
// Failures as values. Nothing in the engine throws across a room's public function, and nothing
// in it ends the process.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace kamexec {

/// Why something could not be done, in words for the operator, and the system's errno (0: none).
struct Error {
  std::string message;
  int system_errno = 0;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// The one place where errno becomes words: "what: No such file or directory".
/// @p number is passed by value, so that what was evaluated before it can't change it.
[[nodiscard]] Error system_error(std::string_view what, int number);

/// A failure with no errno behind it.
[[nodiscard]] inline tl::unexpected<Error> failure(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message), 0});
}

/// As system_error, ready to return from a function that gives a Result.
[[nodiscard]] inline tl::unexpected<Error> system_failure(std::string_view what, int number) {
  return tl::unexpected<Error>(system_error(what, number));
}

}  // namespace kamexec
