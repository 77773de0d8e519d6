// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kamexec::tool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kId = "0123456789abcdef0123456789abcdef";

std::string error_of(const QueueOptions& options) {
  const Result<void> checked = check_selection(options);
  return checked ? "" : checked.error().message;
}

TEST(QueueSelection, RestrictsByProgramAndState) {
  QueueOptions options;
  EXPECT_THAT(filters_of(options).value(), IsEmpty());
  options.program = "@billing";
  options.state = "dead";
  EXPECT_THAT(filters_of(options).value(), ElementsAre("program=billing", "state=dead"));
  EXPECT_EQ(selection_text(options, 2), "dead notifications of billing");
  EXPECT_EQ(selection_text({}, 1), "notification");
}

TEST(QueueSelection, OfAProgramWithoutANameIsAnError) {
  for (const char* name : {"", "@", "a b", "a\nstate=dead", "\x1b"}) {
    QueueOptions options;
    options.program = name;
    EXPECT_FALSE(filters_of(options)) << name;
  }
}

TEST(QueueSelection, ThatChangesSomethingMustBeGiven) {
  QueueOptions options;
  EXPECT_THAT(error_of(options), HasSubstr("say which"));
  options.all = true;
  EXPECT_EQ(error_of(options), "");
  options.state = "dead";
  EXPECT_THAT(error_of(options), HasSubstr("--all is every notification"));
  options.all = false;
  EXPECT_EQ(error_of(options), "");
  options.ids = {kId};
  EXPECT_THAT(error_of(options), HasSubstr("not both"));
  options.state.reset();
  EXPECT_EQ(error_of(options), "");
  options.all = true;
  EXPECT_THAT(error_of(options), HasSubstr("not both"));
}

TEST(QueueSelection, KnowsAnId) {
  EXPECT_TRUE(check_id(kId));
  for (const std::string& id :
       {std::string(), std::string("17"), std::string(kId) + "0", std::string(32, 'A'),
        std::string(31, '0') + "\n", std::string(32, ' ')}) {
    const Result<void> checked = check_id(id);
    ASSERT_FALSE(checked) << id;
    EXPECT_THAT(checked.error().message, HasSubstr("32 digits"));
  }
  QueueOptions options;
  options.ids = {kId, ""};
  EXPECT_THAT(error_of(options), HasSubstr("\"\" is not the id"));
}

}  // namespace
}  // namespace kamexec::tool
