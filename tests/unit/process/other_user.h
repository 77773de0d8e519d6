// SPDX-License-Identifier: GPL-2.0-or-later
// What tests need that run things as another user.
#pragma once

#include <string>

namespace kamexec::process {

/// A directory of mode 0700, empty again when it goes.
class PrivateDirectory {
 public:
  PrivateDirectory();
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/kamexec-test-XXXXXX";
};

/// A copy of the helper program where every user may run it: the build may be in a home directory.
class ProgramForAll {
 public:
  ProgramForAll();
  ~ProgramForAll();
  ProgramForAll(const ProgramForAll&) = delete;
  ProgramForAll& operator=(const ProgramForAll&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  PrivateDirectory directory_;
  std::string path_;
};

}  // namespace kamexec::process
