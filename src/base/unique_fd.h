// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <utility>

namespace kamexec {

/// Owns one file descriptor and closes it. Move-only. Not thread-safe.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  /// The descriptor, -1 when there is none. Ownership stays here.
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

  /// Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  /// Closes what is held and takes @p fd. errno is left as it was.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace kamexec
