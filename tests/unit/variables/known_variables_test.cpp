// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/known_variables.h"

#include <gtest/gtest.h>

#include <vector>

namespace kamexec::variables {
namespace {

TEST(KnownVariables, NamesEachModulesClassesAndWhatTheyTake) {
  const VariableClass* user = find_variable_class("rU");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->module, "pv");
  EXPECT_FALSE(user->takes_name());
  EXPECT_FALSE(user->takes_index());
  ASSERT_NE(find_variable_class("hdr"), nullptr);
  EXPECT_TRUE(find_variable_class("hdr")->takes_name());
  EXPECT_TRUE(find_variable_class("hdr")->takes_index());
  EXPECT_TRUE(find_variable_class("pu")->takes_index());
  for (const char* name : {"sht", "dlg_var", "dbr", "T_reply_code", "exec", "?", "err.rcode"}) {
    EXPECT_NE(find_variable_class(name), nullptr) << name;
  }
}

TEST(KnownVariables, DoesNotKnowShellNamesNorPartsOfTheList) {
  for (const char* name : {"HOME", "PATH", "1", "", "r", "rU rd", " ", "rUx", "RU"}) {
    EXPECT_EQ(find_variable_class(name), nullptr) << name;
  }
}

TEST(KnownVariables, AsksForTheModuleWhereTheServerIsKnown) {
  const std::vector<std::string> loaded{"pv", "ims_dialog"};
  const KnownModules modules{true, loaded};
  EXPECT_NE(find_variable_class("rU", modules), nullptr);
  EXPECT_NE(find_variable_class("rc", modules), nullptr) << "core needs no loadmodule";
  EXPECT_EQ(find_variable_class("sht", modules), nullptr);
  ASSERT_NE(find_variable_class("dlg_var", modules), nullptr);
  EXPECT_EQ(find_variable_class("dlg_var", modules)->module, "ims_dialog");
  EXPECT_EQ(module_of_variable("sht"), "htable");
  EXPECT_TRUE(is_transformation_class("s", modules));
  EXPECT_FALSE(is_transformation_class("re", modules));
  EXPECT_TRUE(is_transformation_class("re"));
}

TEST(KnownVariables, DependOnTheVersion) {
  const auto has = [](const char* name, ServerVersion version) {
    return find_variable_class(name, {false, {}, version}) != nullptr;
  };
  EXPECT_TRUE(has("rU", kOldestInTable));
  EXPECT_TRUE(has("rul", {})) << "some version has it";
  EXPECT_TRUE(has("rul", {6, 2, 0}));
  EXPECT_FALSE(has("rul", kNewestRelease));
  EXPECT_TRUE(has("null", kOldestInTable));
  EXPECT_TRUE(has("recv", {5, 8, 8}));
  EXPECT_FALSE(has("recv", {6, 0, 6}));
  EXPECT_TRUE(has("recv", {6, 0, ServerVersion::kNewest}));
  EXPECT_FALSE(has("recv", {6, 1, 0}));
  EXPECT_FALSE(is_transformation_class("val", {false, {}, {5, 7, 0}}));
  EXPECT_TRUE(is_transformation_class("val", {false, {}, {5, 6, 5}}));
  // What a name takes may change too.
  EXPECT_FALSE(find_variable_class("tls_my_san_ip", {false, {}, {5, 6, 3}})->takes_index());
  EXPECT_TRUE(find_variable_class("tls_my_san_ip", {false, {}, {5, 7, 0}})->takes_index());
}

TEST(KnownVariables, NamesTheVersionsThatHaveIt) {
  const std::vector<std::string> loaded{"pv"};
  const auto later = find_other_versions("recv", {true, loaded, {6, 0, 1}});
  ASSERT_TRUE(later);
  EXPECT_EQ(later->module, "pv");
  EXPECT_EQ(later->since.text_of_first(), "6.0.7");
  EXPECT_EQ(find_other_versions("iuid", {true, loaded, {5, 6, 3}})->since.text_of_first(), "6.1");
  EXPECT_FALSE(find_other_versions("HOME", {true, loaded, {5, 6, 3}}));
}

TEST(ServerVersion, IsReadAsWritten) {
  const auto text = [](const char* written) {
    return ServerVersion::read(written).value_or(ServerVersion()).text();
  };
  for (const char* one : {"5.6.3", "5.8", "6.1.0", "10.2.3"}) {
    EXPECT_EQ(text(one), one);
  }
  EXPECT_EQ(text("6.2.0-dev0"), "6.2.0");
  for (const char* one : {"", "5", "5.", ".5", "5.8.", "5.8.3.1", "5.8x", "5.8-rc1", "-5.8", "0.1",
                          "5.1000", "99999999999.1", "5.8.3 "}) {
    EXPECT_FALSE(ServerVersion::read(one)) << one;
  }
  EXPECT_LT(*ServerVersion::read("5.8.8"), *ServerVersion::read("5.8"));
  EXPECT_LT(*ServerVersion::read("5.8"), *ServerVersion::read("6.0.0"));
  EXPECT_EQ(ServerVersion(6, 1, 0).text_of_first(), "6.1");
  EXPECT_EQ(ServerVersion(6, 1, 1).text_of_first(), "6.1.1");
}

}  // namespace
}  // namespace kamexec::variables
