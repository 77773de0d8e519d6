// SPDX-License-Identifier: GPL-2.0-or-later
// Where a process stands among the control groups, read from texts of /proc as machines show them.
#include "process/cgroup_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process/cgroup_files.h"
#include "process/cgroup_name.h"
#include "process/cgroup_parent.h"
#include "process/cgroup_preparation.h"

namespace kamexec::process {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// systemd with version 2 alone.
constexpr const char* kUnified =
    "22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw\n"
    "29 23 0:25 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
// The same as a service with ProtectControlGroups=yes and its own group writable sees it.
constexpr const char* kOneWritable =
    "29 23 0:25 / /sys/fs/cgroup ro,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    "30 29 0:25 /system.slice/kamexecd.service /sys/fs/cgroup/system.slice/kamexecd.service "
    "rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
// Both versions.
constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr const char* kVersion1Alone =
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
// A container without a cgroup namespace.
constexpr const char* kContainer =
    "700 650 0:25 /docker/ab /sys/fs/cgroup ro,nosuid master:9 - cgroup2 cgroup rw\n";

std::string directory(const char* mountinfo, const char* cgroup) {
  const Result<CgroupPlace> place = cgroup_place(mountinfo, cgroup);
  return place ? place->directory + (place->read_only ? " ro" : "") : place.error().message;
}

TEST(CgroupPlace, TheGroupOfAService) {
  EXPECT_EQ(directory(kUnified, "0::/system.slice/kamailio.service\n"),
            "/sys/fs/cgroup/system.slice/kamailio.service");
  EXPECT_EQ(directory(kUnified, "0::/\n"), "/sys/fs/cgroup");
  EXPECT_EQ(directory(kHybrid, "9:name=systemd:/x\n4:memory:/y\n0::/z\n"),
            "/sys/fs/cgroup/unified/z");
}

TEST(CgroupPlace, WhatIsWritableCountsBeforeWhatIsNot) {
  EXPECT_EQ(directory(kOneWritable, "0::/system.slice/kamexecd.service\n"),
            "/sys/fs/cgroup/system.slice/kamexecd.service");
  EXPECT_EQ(directory(kOneWritable, "0::/system.slice/kamexecd.service/kamexec-host\n"),
            "/sys/fs/cgroup/system.slice/kamexecd.service/kamexec-host");
  EXPECT_EQ(directory(kOneWritable, "0::/system.slice/kamexecd.service2\n"),
            "/sys/fs/cgroup/system.slice/kamexecd.service2 ro");
}

TEST(CgroupPlace, OfAContainer) {
  EXPECT_EQ(directory(kContainer, "0::/docker/ab\n"), "/sys/fs/cgroup ro");
  EXPECT_EQ(directory(kContainer, "0::/docker/ab/x\n"), "/sys/fs/cgroup/x ro");
  EXPECT_THAT(directory(kContainer, "0::/docker/other\n"), HasSubstr("below none of those"));
  EXPECT_THAT(directory(kUnified, "0::/../other\n"), HasSubstr("cgroup namespace of its own"));
}

TEST(CgroupPlace, SaysWhatToDoWithoutVersion2) {
  EXPECT_THAT(directory(kVersion1Alone, "4:memory:/y\n"),
              HasSubstr("systemd.unified_cgroup_hierarchy=1"));
  EXPECT_THAT(directory(kVersion1Alone, "0::/\n"), HasSubstr("remove cgroup"));
  EXPECT_THAT(directory("", ""), HasSubstr("remove cgroup"));
}

TEST(CgroupPlace, ReadsWhatIsOddInMountinfo) {
  EXPECT_THAT(
      cgroup_mounts("1 2 0:1 /a\\040b /c\\134d\\011e rw shared:1 master:2 - cgroup2 none ro\n"
                    "\n"
                    "short line\n"
                    "1 2 0:1 / /x rw - cgroup2\n"
                    "1 2 0:1 / /ends\\04 rw - cgroup2 none rw"),
      ElementsAre(CgroupMount{"/a b", "/c\\d\te", true}, CgroupMount{"/", "/ends\\04", false}));
}

TEST(CgroupFiles, WordsAndNumbers) {
  EXPECT_TRUE(has_word("cpuset cpu io memory", "cpu"));
  EXPECT_TRUE(has_word("memory", "memory"));
  EXPECT_FALSE(has_word("cpuset io", "cpu"));
  EXPECT_FALSE(has_word("", "cpu"));
  EXPECT_EQ(number_after("low 0\noom 3\noom_kill 2\n", "oom_kill"), 2U);
  EXPECT_EQ(number_after("low 0\noom 3", "oom"), 3U);
  EXPECT_EQ(number_after("populated", "populated"), 0U);
  EXPECT_EQ(number_after("populated x\n", "populated"), 0U);
}

TEST(CgroupSettings, InTheKernelsTerms) {
  CgroupLimits limits;
  EXPECT_THAT(cgroup_settings(limits), ::testing::IsEmpty());
  limits.memory_bytes = 64U << 20;
  limits.processes = 20;
  limits.cpu_percent = 150;
  std::string text;
  for (const CgroupSetting& setting : cgroup_settings(limits)) {
    text += std::string(setting.file) + "=" + setting.text + ";";
  }
  EXPECT_EQ(text, "memory.max=67108864;memory.swap.max=0;pids.max=20;cpu.max=150000 100000;");
  EXPECT_THAT(cgroup_controllers(limits), ElementsAre("memory", "pids", "cpu"));
  limits.cpu_percent = 100'000;
  EXPECT_EQ(cgroup_settings(limits).back().text, "100000000 100000");
}

TEST(CgroupNames, TellTheirMaker) {
  CgroupName name;
  ASSERT_TRUE(read_cgroup_name("kamexec-run-12-34567-8", name));
  EXPECT_EQ(name.pid, 12);
  EXPECT_EQ(name.not_before, 34567U);
  for (const char* other : {"kamexec-host", "kamexec-run-", "kamexec-run-12", "kamexec-run-12-3",
                            "kamexec-run-x-1-1", "run-1-1-1", ""}) {
    EXPECT_FALSE(read_cgroup_name(other, name)) << other;
  }
}

TEST(CgroupParentTest, SaysWhatIsNoControlGroup) {
  for (const char* where : {"/tmp", "/nowhere", "/etc/passwd"}) {
    const Result<void> checked = check_cgroups(where, {});
    ASSERT_FALSE(checked) << where;
    EXPECT_THAT(checked.error().message, HasSubstr(std::string("\"") + where + "\""));
    EXPECT_FALSE(prepare_cgroups(where, {})) << where;
  }
}

}  // namespace
}  // namespace kamexec::process
