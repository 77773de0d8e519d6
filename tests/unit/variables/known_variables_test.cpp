// SPDX-License-Identifier: GPL-2.0-or-later
#include "variables/known_variables.h"

#include <gtest/gtest.h>

#include <vector>

namespace kamexec {
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

}  // namespace
}  // namespace kamexec
