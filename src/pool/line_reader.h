// SPDX-License-Identifier: GPL-2.0-or-later
// Lines out of bytes that come in any pieces. A line that came in one piece is not copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kamexec::pool {

/// Not thread-safe. Holds no more than the beginning of one line.
class LineReader {
 public:
  struct Line {
    std::string_view text;  ///< without its LF
    bool cut = false;       ///< it is longer: these are its first bytes
  };

  /// Takes a line off the front of @p bytes; its text is valid while these are, until the next
  /// call. Nothing: all of @p bytes was taken, and is the beginning of a line. No more than @p most
  /// bytes of a line are kept and told.
  [[nodiscard]] std::optional<Line> next(std::string_view& bytes, std::size_t most) {
    if (told_) {
      clear();
    }
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (end == bytes.npos) {
      bytes = {};
      keep(piece, most);
      return std::nullopt;
    }
    bytes.remove_prefix(end + 1);
    if (!begun()) {
      return Line{piece.substr(0, most), piece.size() > most};
    }
    keep(piece, most);
    told_ = true;
    return Line{begun_, cut_};
  }

  /// Whether a line has begun and not ended.
  [[nodiscard]] bool in_line() const { return !told_ && begun(); }
  /// Whether that line is longer already than it may be.
  [[nodiscard]] bool is_cut() const { return !told_ && cut_; }

  /// Forgets a line that has begun. Memory is kept.
  void clear() {
    begun_.clear();
    cut_ = false;
    told_ = false;
  }
  /// Gives memory back, unless a line has begun.
  void release() {
    if (!in_line()) {
      clear();
      std::string().swap(begun_);
    }
  }
  /// Bytes of memory that it holds.
  [[nodiscard]] std::size_t held() const { return begun_.capacity(); }

 private:
  [[nodiscard]] bool begun() const { return !begun_.empty() || cut_; }

  void keep(std::string_view piece, std::size_t most) {
    const std::size_t room = most - std::min(most, begun_.size());
    begun_ += piece.substr(0, room);
    cut_ = cut_ || piece.size() > room;
  }

  std::string begun_;
  bool cut_ = false;
  bool told_ = false;  // what begun_ holds
};

}  // namespace kamexec::pool
