// SPDX-License-Identifier: GPL-2.0-or-later
// What a program prints on one stream, kept up to a limit.
#pragma once

#include <cstddef>
#include <string>

namespace kamexec::process {

/// Not thread-safe.
class Capture {
 public:
  explicit Capture(std::size_t limit) : limit_(limit) {}

  /// Reads what is there now, at most @p most bytes (other events want their turn too). What goes
  /// past the limit is dropped. False at the stream's end.
  bool read_from(int fd, std::size_t most);

  /// True when something was dropped.
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void keep(const char* data, std::size_t size);

  std::size_t limit_;
  std::string bytes_;
  bool overflowed_ = false;
};

}  // namespace kamexec::process
