// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/whole_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace kamexec::tool {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WholeFileTest : public testing::Test {
 protected:
  WholeFileTest() { fs::create_directory(directory_); }
  ~WholeFileTest() override { fs::remove_all(directory_); }

  static std::string text_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  const fs::path directory_ =
      fs::path(testing::TempDir()) / ("whole-file-" + std::to_string(::getpid()));
  const fs::path path_ = directory_ / "out";
};

TEST_F(WholeFileTest, IsThereAtTheEnd) {
  {
    Result<WholeFile> file = WholeFile::create(path_);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("one "));
    EXPECT_FALSE(fs::exists(path_));
    ASSERT_TRUE(file->write("two"));
    ASSERT_TRUE(file->finish());
  }
  EXPECT_EQ(text_of(path_), "one two");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(WholeFileTest, LeavesWhatWasThereWithoutAnEnd) {
  std::ofstream(path_) << "before";
  {
    Result<WholeFile> file = WholeFile::create(path_);
    ASSERT_TRUE(file && file->write("half"));
    const WholeFile moved = std::move(*file);
  }
  EXPECT_EQ(text_of(path_), "before");
  EXPECT_EQ(files(), 1U);
}

TEST_F(WholeFileTest, ReplacesWhatALinkLeadsTo) {
  std::ofstream(directory_ / "real") << "before";
  fs::create_symlink("real", path_);
  Result<WholeFile> file = WholeFile::create(path_);
  ASSERT_TRUE(file && file->write("after") && file->finish());
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_EQ(text_of(directory_ / "real"), "after");
}

TEST_F(WholeFileTest, NeverReplacesWhatIsNoFile) {
  const Result<WholeFile> null = WholeFile::create("/dev/null");
  ASSERT_FALSE(null);
  EXPECT_THAT(null.error().message, HasSubstr("/dev/null is not a file"));
  EXPECT_FALSE(WholeFile::create(directory_));
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(WholeFile::create(path_));
  fs::create_symlink("nowhere", directory_ / "dangling");
  EXPECT_FALSE(WholeFile::create(directory_ / "dangling"));
}

TEST_F(WholeFileTest, SaysWhyItCannotBeWritten) {
  const Result<WholeFile> file = WholeFile::create(directory_ / "no" / "out");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("/no/out can't be written: No such file"));
}

}  // namespace
}  // namespace kamexec::tool
