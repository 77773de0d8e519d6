// SPDX-License-Identifier: GPL-2.0-or-later
#include "other_user.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "fixture.h"

namespace kamexec::test {

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

std::string said_as(uid_t user, const std::function<std::string()>& function) {
  int said[2];
  if (::pipe(said) != 0)
    return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    const gid_t group = user;
    const bool changed = ::setgroups(1, &group) == 0 && ::setresgid(group, group, group) == 0 &&
                         ::setresuid(user, user, user) == 0;
    const std::string text = changed ? function() : "could not change";
    ::_exit(::write(said[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  ::close(said[1]);
  std::string text(4096, '\0');
  const ssize_t size = ::read(said[0], text.data(), text.size());
  ::close(said[0]);
  ::waitpid(child, nullptr, 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace kamexec::test
