// SPDX-License-Identifier: GPL-2.0-or-later
// Byte-exact delivery: a value placed anywhere in a command's text arrives as the same bytes, as
// one argument, in every shell, and nothing else happens.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "delivery_templates.h"
#include "hostile_values.h"
#include "shell_run.h"
#include "template_text.h"

namespace kamexec::command {
namespace {

/// A template and the value that stands at each of its variables.
struct Delivery {
  const DeliveryTemplate* place = nullptr;
  std::string value;
};

/// Many deliveries by one text, so that one run of a shell tells of all of them.
void expect_delivered(const ShellRun& shell, const std::vector<Delivery>& deliveries,
                      const std::string& what) {
  std::string text;
  std::vector<std::string> records;
  std::vector<std::string_view> values;
  for (const Delivery& delivery : deliveries) {
    text += delivery.place->text + "\n";
    values.insert(values.end(), variables_in(delivery.place->text), delivery.value);
    for (const std::string& record : delivery.place->records) {
      records.push_back(pasted(record, delivery.value));
    }
  }
  const Preparation preparation = prepared(text);
  ASSERT_TRUE(preparation.command) << what << ": " << constant_text(text);
  const ShellResult result = shell.prepared(*preparation.command, values);
  ASSERT_TRUE(result.ended) << what << " did not end: " << result.error.substr(0, 300);
  const std::string expected = shown(records);
  // Not EXPECT_EQ: what is printed may be long.
  if (result.output != expected || !result.error.empty() || !shell.left_nothing()) {
    const auto differs =
        std::mismatch(expected.begin(), expected.end(), result.output.begin(), result.output.end());
    const auto at = static_cast<std::size_t>(differs.first - expected.begin());
    const std::string printed = result.output.substr(std::min(at, result.output.size()), 80);
    FAIL() << what << "\n  text     " << preparation.command->shell_text.substr(0, 400)
           << "\n  expected " << testing::PrintToString(expected.substr(at, 80)) << "\n  printed  "
           << testing::PrintToString(printed) << "\n  error    " << result.error.substr(0, 300)
           << (shell.left_nothing() ? "" : "\n  a file was made");
  }
}

bool runs_in(const DeliveryTemplate& one, const Shell& shell) {
  return one.not_in.find(shell.name) == std::string::npos;
}

std::vector<Shell> all_shells() {
  std::vector<Shell> all = shells(true);
  for (Shell& other : shells(false)) {
    all.push_back(std::move(other));
  }
  return all;
}

std::string shell_name(const testing::TestParamInfo<Shell>& info) {
  return info.param.name;
}

class EachTemplate : public testing::TestWithParam<Shell> {};

/// Every context by itself.
TEST_P(EachTemplate, DeliversTheWorstValues) {
  const ShellRun shell(GetParam());
  for (const DeliveryTemplate& one : delivery_templates()) {
    if (runs_in(one, GetParam())) {
      for (const std::string& value : worst_values()) {
        expect_delivered(shell, {{&one, value}}, GetParam().name + ", " + one.name);
      }
    }
  }
}

TEST_P(EachTemplate, DeliversLongValues) {
  const ShellRun shell(GetParam());
  for (const DeliveryTemplate& one : delivery_templates()) {
    // Patterns of this length take some shells minutes; words of twice the length are none.
    const bool is_short_enough =
        std::all_of(one.records.begin(), one.records.end(),
                    [](const std::string& record) { return variables_in(record) <= 1; });
    if (runs_in(one, GetParam()) && is_short_enough &&
        one.name.find("pattern") == std::string::npos) {
      const std::vector<std::string> values = long_values();
      const std::size_t which =
          static_cast<std::size_t>(&one - delivery_templates().data()) % values.size();
      expect_delivered(shell, {{&one, values[which]}}, GetParam().name + ", " + one.name);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Delivery, EachTemplate, testing::ValuesIn(all_shells()), shell_name);

/// Every value, each in one of kPart contexts; which ones, differs from shell to shell. With
/// KAMEXEC_EVERY_VALUE in the environment each is tried in every context: some minutes a shell.
class EveryValue : public testing::TestWithParam<Shell> {
 protected:
  static constexpr std::size_t kPart = 8;

  static void run_all(bool positional) {
    std::vector<const DeliveryTemplate*> places;
    for (const DeliveryTemplate& one : delivery_templates()) {
      if (one.is_positional == positional) {
        places.push_back(&one);
      }
    }
    const ShellRun shell(GetParam());
    const std::vector<std::string> values = hostile_values();
    const bool all = std::getenv("KAMEXEC_EVERY_VALUE") != nullptr;
    const std::size_t first = std::hash<std::string>()(GetParam().name) % kPart;
    for (std::size_t run = all ? 0 : first; run < values.size(); run += all ? 1 : kPart) {
      std::vector<Delivery> deliveries;
      deliveries.reserve(places.size());
      for (const DeliveryTemplate* place : places) {
        deliveries.push_back({place, values[(run + deliveries.size()) % values.size()]});
      }
      expect_delivered(shell, deliveries, GetParam().name + ", values from " + std::to_string(run));
      if (HasFatalFailure()) {
        return;
      }
    }
  }
};

/// The values as $1, $2 ….
TEST_P(EveryValue, ArrivesByNumber) {
  run_all(false);
}

/// The same where the text has $1, $@ … of its own.
TEST_P(EveryValue, ArrivesByName) {
  run_all(true);
}

INSTANTIATE_TEST_SUITE_P(Delivery, EveryValue, testing::ValuesIn(shells(true)), shell_name);

TEST(Delivery, IsTestedInTheShellsThatMatter) {
  EXPECT_GE(shells(true).size(), 1U);
  EXPECT_GT(hostile_values().size(), 500U);
}

}  // namespace
}  // namespace kamexec::command
