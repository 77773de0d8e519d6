// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "fixture.h"
#include "tool/check/checked.h"

namespace kamexec::tool::check {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;

std::vector<Checked> checked(const std::string& text) {
  const Directory directory;
  Result<Checked> one = check_configuration(directory.write("a b.cfg", text), {});
  EXPECT_TRUE(one.has_value());
  std::vector<Checked> all;
  if (one) {
    all.push_back(std::move(*one));
  }
  return all;
}

constexpr const char* kText =
    "request_route {\n  exec_cmd(\"/bin/true '$rU'\");\n  exec_cmd($var(c));\n"
    "  exec_cmd(\"/bin/true\");\n}\nimport_file \"none.cfg\"\n";

TEST(Report, IsReadableByPeople) {
  const std::string text = text_report(checked(kText), false);
  EXPECT_THAT(text,
              HasSubstr("a b.cfg:2:3: danger: exec_cmd in request_route\n"
                        "    /bin/true '$rU'\n"
                        "  $rU: from the caller: the user part of the R-URI; in single quotes\n"
                        "    under the stock module '$(id)' runs id\n"
                        "  here: /bin/true <$rU>\n"));
  EXPECT_THAT(text, HasSubstr("a b.cfg:3:3: unseen, change: exec_cmd"));
  EXPECT_THAT(text, HasSubstr("3 exec calls: 1 danger, 1 unseen, 1 constant; 1 to change"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_report(checked(kText), true), HasSubstr("\x1b[31mdanger\x1b[0m"));
}

TEST(Report, PrintsNothingHarmful) {
  const std::vector<Checked> all =
      checked("request_route { exec_cmd(\"true \x1b[2J\xff\x9b\x07 $rU\n\x01\"); }");
  for (const std::string& text :
       {text_report(all, false), json_text(json_report(all)), json_text(sarif_report(all, "1"))}) {
    EXPECT_EQ(text.find_first_of("\x1b\x07\x9b\x01\xff"), std::string::npos) << text;
  }
}

TEST(Report, IsJsonOfADocumentedFormat) {
  const Json report = Json::parse(json_text(json_report(checked(kText))));
  EXPECT_EQ(report["format"], "kamexec-check");
  EXPECT_EQ(report["version"], 1);
  const Json& one = report["configurations"][0];
  EXPECT_EQ(one["complete"], true);
  EXPECT_EQ(one["verified"], false);
  const Json& call = one["calls"][0];
  EXPECT_EQ(call["level"], "danger");
  EXPECT_EQ(call["place"]["line"], 2);
  EXPECT_EQ(call["command"], "/bin/true '$rU'");
  EXPECT_EQ(call["uses"][0]["breaks_out"], "'$(id)'");
  EXPECT_EQ(call["uses"][0]["context"], "single-quotes");
  EXPECT_EQ(call["prepared"]["shell"], false);
  EXPECT_EQ(call["prepared"]["values"], Json::array({"$rU"}));
  EXPECT_EQ(one["calls"][1]["must_change"], true);
  EXPECT_TRUE(one["calls"][1]["prepared"].is_null());
  EXPECT_EQ(one["notes"][0]["severity"], "comment");
  EXPECT_EQ(report["summary"]["levels"]["danger"], 1);
  EXPECT_EQ(report["summary"]["must_change"], 1);
}

/// What SARIF 2.1.0 requires of the objects that are used (sections 3.13 to 3.30).
TEST(Report, IsSarif) {
  const Json log = Json::parse(json_text(sarif_report(checked(kText), "1.2")));
  EXPECT_EQ(log["version"], "2.1.0");
  ASSERT_TRUE(log["runs"].is_array());
  ASSERT_EQ(log["runs"].size(), 1U);
  const Json& run = log["runs"][0];
  const Json& driver = run["tool"]["driver"];
  EXPECT_EQ(driver["name"], "kamexec");
  std::set<std::string> ids;
  for (const Json& rule : driver["rules"]) {
    EXPECT_TRUE(ids.insert(rule["id"]).second);
    EXPECT_TRUE(rule["shortDescription"]["text"].is_string());
    EXPECT_TRUE(rule["help"]["text"].is_string());
  }
  ASSERT_TRUE(run["invocations"].is_array());
  EXPECT_TRUE(run["invocations"][0]["executionSuccessful"].is_boolean());
  ASSERT_TRUE(run["results"].is_array());
  std::multiset<std::string> found;
  for (const Json& result : run["results"]) {
    const std::string id = result["ruleId"];
    found.insert(id);
    EXPECT_EQ(driver["rules"][result["ruleIndex"].get<std::size_t>()]["id"], id);
    EXPECT_THAT(result["level"], testing::AnyOf("none", "note", "warning", "error"));
    EXPECT_FALSE(result["message"]["text"].get<std::string>().empty());
    ASSERT_TRUE(result["locations"].is_array());
    const Json& location = result["locations"][0]["physicalLocation"];
    EXPECT_THAT(location["artifactLocation"]["uri"].get<std::string>(),
                testing::AllOf(testing::StartsWith("file:///"), testing::EndsWith("a%20b.cfg")));
    EXPECT_GE(location["region"]["startLine"].get<int>(), 1);
    EXPECT_GE(location["region"]["startColumn"].get<int>(), 1);
  }
  EXPECT_THAT(found, testing::IsSupersetOf({"danger", "unseen", "change"}));
}

TEST(FailOn, IsWhatTheExitStatusIsMadeOf) {
  const std::vector<Checked> danger = checked("request_route { exec_cmd(\"true $rU\"); }");
  const std::vector<Checked> possible = checked("request_route { exec_cmd(\"true $var(x)\"); }");
  const std::vector<Checked> change = checked("request_route { exec_cmd(\"true )\"); }");
  const std::vector<Checked> constant = checked("request_route { exec_cmd(\"true\"); }");
  EXPECT_TRUE(fails(danger, {"danger"}));
  EXPECT_TRUE(fails(danger, {"possible"}));
  EXPECT_FALSE(fails(danger, {"change"}));
  EXPECT_FALSE(fails(danger, {"never"}));
  EXPECT_FALSE(fails(possible, {"danger"}));
  EXPECT_TRUE(fails(possible, {"possible"}));
  EXPECT_TRUE(fails(change, {"change"}));
  EXPECT_FALSE(fails(change, {"danger", "possible"}));
  EXPECT_FALSE(fails(constant, {"possible", "change"}));
  EXPECT_TRUE(fails(checked("#!subst \"/a/$ru/\"\n"), {"possible"}));
}

}  // namespace
}  // namespace kamexec::tool::check
