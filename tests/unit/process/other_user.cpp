// SPDX-License-Identifier: GPL-2.0-or-later
#include "other_user.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "fixture.h"

namespace kamexec::process {

PrivateDirectory::PrivateDirectory() {
  EXPECT_NE(::mkdtemp(path_.data()), nullptr);
}

PrivateDirectory::~PrivateDirectory() {
  ::rmdir(path_.c_str());
}

ProgramForAll::ProgramForAll() : path_(directory_.path() + "/child") {
  std::error_code error;
  std::filesystem::copy_file(child_program(), path_, error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(::chmod(path_.c_str(), 0755), 0);
  EXPECT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
}

ProgramForAll::~ProgramForAll() {
  ::unlink(path_.c_str());
}

}  // namespace kamexec::process
