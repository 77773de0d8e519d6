// SPDX-License-Identifier: GPL-2.0-or-later
// docs/reference/programs.md says what the code does: every attribute, its default, its examples.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "program/read_program.h"

namespace kamexec::program {
namespace {

std::string document() {
  std::ifstream file(KAMEXEC_PROGRAMS_DOCUMENT);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Row {
  std::string default_value;  ///< as its column has it, in `` or in words
  std::string range;
};

std::map<std::string, Row> documented() {
  std::map<std::string, Row> rows;
  const std::string text = document();
  const std::regex row(R"(\| \[`([a-z_]+)`\]\(#[a-z_-]+\) \|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|)");
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
    const auto trimmed = [](std::string column) {
      column.erase(0, column.find_first_not_of(' '));
      column.erase(column.find_last_not_of(' ') + 1);
      return column;
    };
    rows[(*at)[1]] = {trimmed((*at)[3]), trimmed((*at)[4])};
  }
  return rows;
}

ProgramDefinition of(Via via) {
  ProgramDefinition program;
  program.via = via;
  return program;
}

TEST(Documentation, HasEveryAttributeAndItsDefault) {
  const auto rows = documented();
  std::map<std::string, std::string> defaults;
  for (const AttributeText& attribute : describe(of(Via::pool), Reader::daemon)) {
    defaults[std::string(attribute.name)] = attribute.value;
  }
  for (const AttributeText& attribute : describe(of(Via::nats), Reader::daemon)) {
    defaults[std::string(attribute.name)] = attribute.value;
  }
  for (const AttributeText& attribute : describe(of(Via::spawn), Reader::daemon)) {
    defaults[std::string(attribute.name)] = attribute.value;
  }
  ASSERT_GT(defaults.size(), 30U);
  EXPECT_EQ(rows.size(), defaults.size());
  for (const auto& [name, value] : defaults) {
    ASSERT_TRUE(rows.contains(name)) << name;
    const std::string& shown = rows.at(name).default_value;
    if (value.empty()) {
      EXPECT_EQ(shown.find('`'), std::string::npos) << name;
    } else {
      EXPECT_EQ(shown, "`" + value + "`") << name;
    }
  }
}

TEST(Documentation, HasTheRangesThatAreEnforced) {
  const std::regex range("(-?[0-9A-Za-z]+) to ([0-9A-Za-z]+)");
  std::set<std::string_view> pool_only;
  for (const AttributeText& attribute : describe(of(Via::pool), Reader::daemon)) {
    pool_only.insert(attribute.name);
  }
  for (const AttributeText& attribute : describe(of(Via::spawn), Reader::daemon)) {
    pool_only.erase(attribute.name);
  }
  const std::set<std::string_view> of_fleet{"tries", "hedge", "calls_most"};
  const std::set<std::string_view> of_stored{"store_timeout", "store_most", "retry",
                                             "retry_most",    "attempts",   "keep",
                                             "keep_done",     "order_by"};
  int checked = 0;
  for (const auto& [name, row] : documented()) {
    std::smatch bounds;
    if (!std::regex_match(row.range, bounds, range)) {
      continue;
    }
    const bool pooled = pool_only.contains(name);
    const std::string common = of_fleet.contains(name) ? "name=p; via=nats; "
                               : pooled                ? "name=p; run=p; via=pool; "
                                                       : "name=p; run=p; ";
    // What bounds it from above must not be in the way, and what it needs must be there.
    const std::string room = name == "queue_time"         ? "timeout=24h; "
                             : name.starts_with("cache_") ? "cache=1s; "
                             : name.ends_with("_total")   ? "cgroup=auto; "
                             : of_stored.contains(name)   ? "delivery=stored; "
                             : name == "hedge"            ? "idempotent=yes; timeout=24h; "
                                                          : "";
    for (const std::string& bound : {bounds[1].str(), bounds[2].str()}) {
      const auto read = read_program(common + room + name + "=" + bound, Reader::daemon);
      EXPECT_TRUE(read) << name << "=" << bound << ": " << read.error().message;
    }
    const auto beyond = read_program(common + room + name + "=9" + bounds[2].str());
    ASSERT_FALSE(beyond) << name;
    EXPECT_NE(beyond.error().message.find("write " + bounds[1].str() + " to " + bounds[2].str()),
              std::string::npos)
        << beyond.error().message;
    ++checked;
  }
  EXPECT_GT(checked, 20);
}

TEST(Documentation, ItsDefinitionsCanBeRead) {
  const std::string text = document();
  const std::regex definition("modparam\\(\"exec\", \"program\", \"([^\"]*)\"\\)");
  int read_ones = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at) {
    const auto read = read_program((*at)[1].str());
    EXPECT_TRUE(read) << read.error().message;
    ++read_ones;
  }
  EXPECT_EQ(read_ones, 3);
  const std::regex environment("\n((environment|allow)=[^\n]*)\n");
  for (std::sregex_iterator at(text.begin(), text.end(), environment), end; at != end; ++at) {
    EXPECT_TRUE(read_program("name=p; run=p; " + (*at)[1].str())) << (*at)[1].str();
  }
}

}  // namespace
}  // namespace kamexec::program
