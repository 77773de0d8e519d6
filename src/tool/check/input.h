// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of a configuration in the order in which the server's lexer sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tool/check/source_location.h"

namespace kamexec::tool::check {

/// Files on top of each other, as they include one another; on top of a file, what defines expand
/// to. A look ahead goes from an expansion on to what follows it, never out of a file.
class Input {
 public:
  static constexpr int kEnd = -1;                     ///< the end of the file on top
  static constexpr std::size_t kMostExpansions = 64;  ///< on top of each other

  void push_file(std::string text, std::uint32_t file);
  /// Leaves the file on top; false: it was the last.
  bool pop_file();
  /// Number of the file on top.
  [[nodiscard]] std::uint32_t file() const {
    return layers_.empty() ? 0 : file_layer().location.file;
  }
  /// How many files are open.
  [[nodiscard]] std::size_t depth() const { return files_.size(); }
  /// Whether file number @p file is open.
  [[nodiscard]] bool is_open(std::uint32_t file) const;

  /// To be read next, all of it at @p place. False: too many on top of each other.
  [[nodiscard]] bool push_expansion(std::string text, SourceLocation location);

  /// The byte @p ahead of the next one, or kEnd.
  [[nodiscard]] int peek(std::size_t ahead = 0) const;
  /// Takes the next byte; kEnd at the end, which stays there.
  int take();
  void skip(std::size_t count);
  /// Where the next byte stands.
  [[nodiscard]] SourceLocation location() const;
  /// Whether @p text comes next.
  [[nodiscard]] bool next_is(const char* text) const;

 private:
  struct Layer {
    std::string text;
    std::size_t at = 0;
    SourceLocation location;
    bool is_expansion = false;
  };
  [[nodiscard]] const Layer& file_layer() const { return layers_[files_.back()]; }
  void drop_used_expansions();

  std::vector<Layer> layers_;
  std::vector<std::size_t> files_;  ///< which layers are files
};

}  // namespace kamexec::tool::check
