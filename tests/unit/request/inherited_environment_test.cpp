// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/inherited_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kamexec::request {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const char* const kServer[] = {"PATH=/usr/bin",
                               "SIP_HF_FROM=forged",
                               "EMPTY=",
                               "SIP_=x",
                               "SIPX=kept",
                               "A=b=c",
                               "broken",
                               "=broken",
                               "LANG=C",
                               "PATH=/second/one",
                               "",
                               nullptr};

TEST(InheritedEnvironment, EverythingButWhatWouldPassForTheRequest) {
  const auto inherited = InheritedEnvironment::everything(kServer);
  EXPECT_THAT(inherited.entries(),
              ElementsAre("PATH=/usr/bin", "EMPTY=", "SIPX=kept", "A=b=c", "LANG=C"));
  EXPECT_EQ(inherited.value("PATH"), "/usr/bin");
  EXPECT_EQ(inherited.value("A"), "b=c");
  EXPECT_EQ(inherited.value("EMPTY"), "");
  EXPECT_EQ(inherited.value("PAT"), "");
  EXPECT_EQ(inherited.value("SIP_HF_FROM"), "");
}

TEST(InheritedEnvironment, OnlyTheNamesOfAList) {
  const auto inherited =
      InheritedEnvironment::only(kServer, {"LANG", "PATH", "NONE", "SIP_HF_FROM", "A=b", ""});
  EXPECT_THAT(inherited.entries(), ElementsAre("PATH=/usr/bin", "LANG=C"));
}

TEST(InheritedEnvironment, AnAssignmentTakesThePlaceOfWhatIsInherited) {
  auto inherited = InheritedEnvironment::only(kServer, {"LANG", "PATH"});
  inherited.assign("LANG=de");
  inherited.assign("NEW=");
  EXPECT_EQ(inherited.value("LANG"), "de");
  EXPECT_THAT(inherited.entries(), ElementsAre("PATH=/usr/bin", "LANG=de", "NEW="));
  EXPECT_EQ(inherited.name(1).text, "LANG");
}

TEST(InheritedEnvironment, NothingToInherit) {
  const char* const none[] = {nullptr};
  EXPECT_THAT(InheritedEnvironment::everything(none).entries(), IsEmpty());
  EXPECT_THAT(InheritedEnvironment::everything(nullptr).entries(), IsEmpty());
  EXPECT_THAT(InheritedEnvironment::only(kServer, {}).entries(), IsEmpty());
}

TEST(InheritedEnvironment, IsACopyThatCanBeMoved) {
  std::string entry = "X=1";
  const char* const all[] = {entry.c_str(), nullptr};
  auto first = InheritedEnvironment::everything(all);
  entry = "X=2";
  const auto second = std::move(first);
  EXPECT_EQ(second.value("X"), "1");
  EXPECT_EQ(second.name(0).text, "X");
}

}  // namespace
}  // namespace kamexec::request
