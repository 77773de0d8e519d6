// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a definition, and where it stands.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace kamexec::program {

struct Mistake {
  std::string attribute;  ///< the one to change; empty: it is about the whole definition
  std::string message;    ///< what is wrong, with the attribute's name, and what to write
};

/// "program NAME: MESSAGE"; the message alone where @p program has no name.
[[nodiscard]] std::string text_of(const Mistake& mistake, std::string_view program);

/// Where a definition stands in a file.
struct Origin {
  std::string file;      ///< empty: in the server's configuration or on a command line
  std::size_t line = 0;  ///< of its section, from 1 on
  std::map<std::string, std::size_t, std::less<>> attribute_lines;

  /// Of @p attribute, or of the section where the definition has none of that name.
  [[nodiscard]] std::size_t line_of(std::string_view attribute) const;
  /// "FILE:LINE", with that line; empty where there is no file.
  [[nodiscard]] std::string place(std::string_view attribute = {}) const;
};

/// What is told of a mistake: "FILE:LINE: program NAME: MESSAGE".
[[nodiscard]] std::string text_of(const Mistake& mistake, std::string_view program,
                                  const Origin& origin);

}  // namespace kamexec::program
