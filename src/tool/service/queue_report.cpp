// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/printable.h"
#include "tool/service/queue_values.h"
#include "tool/service/report_figures.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestLine = 1000;  // of what is no terminal, and of a message
constexpr std::size_t kNarrowest = 20;
constexpr std::size_t kMostLines = 200;  // of a message, an input, the variables
constexpr std::string_view kIndent = "  ";
constexpr std::size_t kLabelWidth = 11;

// --- times ---

/// Milliseconds since 1970 when the daemon answered, by its own clock.
std::optional<double> asked_at(const Json& notification) {
  const std::optional<std::string> stored = bytes_of(at_or_null(notification, "/stored"));
  const std::optional<std::int64_t> from = stored ? wall_time_of(*stored) : std::nullopt;
  const std::optional<double> age = number_at(notification, "/age_ms");
  return from && age ? std::optional<double>(static_cast<double>(*from) + *age) : std::nullopt;
}

/// Seconds from the answer to the time at @p path; negative: it is past.
std::optional<double> seconds_until(const Json& notification, const char* path) {
  const std::optional<std::string> text = bytes_of(at_or_null(notification, path));
  const std::optional<std::int64_t> time = text ? wall_time_of(*text) : std::nullopt;
  const std::optional<double> now = asked_at(notification);
  return time && now ? std::optional<double>((static_cast<double>(*time) - *now) / 1000)
                     : std::nullopt;
}

std::string until_text(std::optional<double> seconds, int units) {
  return seconds && *seconds < 1 ? "now" : age_text(seconds, units);
}

// --- strings ---

/// Of text that is printable already: escaping it again would double its backslashes.
std::string cut(std::string text, std::size_t width) {
  if (width > 0 && text.size() > width) {
    text.replace(std::max(width, kNarrowest) - 3, std::string::npos, "...");
  }
  return text;
}

/// One argument as a word of a line: in quotes where it would not look like one.
std::string word_text(const Json& argument) {
  const std::optional<std::string> bytes = bytes_of(argument);
  if (!bytes) {
    return "-";
  }
  const std::string word = printable(*bytes, kLongestLine);
  return word.empty() || word.find_first_of(" '\"") != std::string::npos ? "'" + word + "'" : word;
}

/// "cmd: begin 7f3a 'a b'"
std::string call_text(const Json& notification, std::size_t most) {
  std::string text = text_at(notification, "/call", kLongestName) + ":";
  const Json& arguments = at_or_null(notification, "/arguments");
  for (auto one = arguments.begin(); arguments.is_array() && one != arguments.end(); ++one) {
    text += " " + word_text(*one);
    if (text.size() > most) {
      break;
    }
  }
  return cut(std::move(text), most);
}

/// "no, exit status 1: database is locked"; empty: there was no attempt.
std::string last_text(const Json& notification, bool with_time) {
  const Json& last = at_or_null(notification, "/last");
  if (!last.is_object()) {
    return "";
  }
  const std::string detail = bytes_of(at_or_null(last, "/detail")).value_or("");
  const std::string status = "exit status " + count_text(number_at(last, "/status"));
  std::string text = text_at(last, "/outcome", kLongestName);
  // Where the daemon's words begin with it, once is enough.
  if (number_at(last, "/status") && !detail.starts_with(status)) {
    text += ", " + status;
  }
  const std::optional<double> ahead = seconds_until(notification, "/last/at");
  if (with_time && ahead) {
    text += ", " + age_text(std::max(-*ahead, 0.0)) + " ago";
  }
  // A program's last line ends; that of a report does by itself.
  const std::string_view shown =
      std::string_view(detail).substr(0, detail.find_last_not_of(" \t\r\n") + 1);
  return shown.empty() ? text : text + ": " + printable(shown, kLongestLine);
}

Style style_of(const Json& notification) {
  const std::string state = text_at(notification, "/state", kLongestName);
  return state == "dead" ? Style::bad : state == "done" ? Style::good : Style::plain;
}

// --- the table ---

const TableRow kHeads{"id", "program", "state", "age", "attempts", "next in"};
constexpr std::size_t kTextColumns = 3;
constexpr std::size_t kProgramColumn = 1;

TableRow row_of(const Json& notification) {
  return {text_at(notification, "/id", kLongestId),
          text_at(notification, "/program", kLongestName),
          text_at(notification, "/state", kLongestName),
          age_text(seconds_at(notification, "/age_ms"), 1),
          count_text(number_at(notification, "/attempts")),
          until_text(seconds_until(notification, "/due"), 1)};
}

/// Cuts names of programs where lines would be longer than @p width.
std::vector<std::string> fitted(std::vector<TableRow> rows, std::size_t width) {
  std::vector<std::string> lines = table_lines(rows, kTextColumns);
  std::size_t longest = 0;
  for (const TableRow& row : rows) {
    longest = std::max(longest, row[kProgramColumn].size());
  }
  if (width == 0 || lines.front().size() <= width) {
    return lines;
  }
  const std::size_t room = longest - std::min(longest, lines.front().size() - width);
  for (TableRow& row : rows) {
    // Escaped already: what a name may not hold isn't escaped twice.
    std::string& name = row[kProgramColumn];
    const std::size_t most = std::max(room, kHeads[kProgramColumn].size());
    if (name.size() > most) {
      name.replace(most - 3, std::string::npos, "...");
    }
  }
  return table_lines(rows, kTextColumns);
}

// --- one notification ---

void add(std::string& text, std::string_view label, std::string_view value, bool colours,
         Style style = Style::plain) {
  const std::string space(kLabelWidth - std::min(kLabelWidth, label.size()), ' ');
  text += styled(label, Style::dim, colours) + space + styled(value, style, colours) + "\n";
}

/// Lines below their label.
void add_lines(std::string& text, const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) {
    text += std::string(kIndent) + lines[i] + "\n";
  }
  if (lines.size() > kMostLines) {
    text += std::string(kIndent) + "... and " + std::to_string(lines.size() - kMostLines) +
            " more lines: --json has them all\n";
  }
}

void add_document(std::string& text, std::string_view label, const Json& json, bool colours) {
  const std::optional<std::string> bytes = bytes_of(json);
  if (!bytes || bytes->empty()) {
    return;
  }
  add(text, label, std::to_string(bytes->size()) + " bytes", colours);
  std::vector<std::string> lines;
  std::string_view left = *bytes;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.push_back(printable(line, kLongestLine));
  }
  add_lines(text, lines);
}

void add_variables(std::string& text, const Json& variables, bool colours) {
  if (!variables.is_object() || variables.empty()) {
    return;
  }
  add(text, "variables", std::to_string(variables.size()), colours);
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables.items()) {
    lines.push_back(printable(name + "=" + bytes_of(value).value_or("-"), kLongestLine));
  }
  add_lines(text, lines);
}

std::string state_text(const Json& notification) {
  const std::optional<double> attempts = number_at(notification, "/attempts");
  return text_at(notification, "/state", kLongestName) + ", " + count_text(attempts) +
         (attempts == 1 ? " attempt" : " attempts");
}

std::string moment_text(const Json& notification, const char* path, const std::string& distance) {
  return text_at(notification, path, kLongestName) + ", " + distance;
}

}  // namespace

std::string queue_table(const Notifications& notifications, std::size_t width, bool colours) {
  std::vector<TableRow> rows{kHeads};
  for (const Json& notification : notifications) {
    rows.push_back(row_of(notification));
  }
  const std::vector<std::string> lines = fitted(std::move(rows), width);
  const std::size_t below =
      width == 0 ? kLongestLine : std::max(width, kNarrowest) - kIndent.size();
  std::string text = styled(lines.front(), Style::dim, colours) + "\n";
  std::size_t number = 1;
  for (const Json& notification : notifications) {
    text += styled(lines[number++], style_of(notification), colours) + "\n";
    text += std::string(kIndent) + cut(call_text(notification, kLongestLine), below) + "\n";
    const std::string last = last_text(notification, false);
    if (!last.empty() && text_at(notification, "/state", kLongestName) != "done") {
      text += std::string(kIndent) + styled(cut("last: " + last, below), Style::notable, colours) +
              "\n";
    }
  }
  return text;
}

std::string notification_text(const Json& notification, bool colours) {
  std::string text;
  add(text, "id", text_at(notification, "/id", kLongestId), colours, Style::bold);
  add(text, "number", count_text(number_at(notification, "/number")), colours);
  add(text, "program", text_at(notification, "/program", kLongestName), colours);
  add(text, "state", state_text(notification), colours, style_of(notification));
  add(text, "stored",
      moment_text(notification, "/stored", age_text(seconds_at(notification, "/age_ms")) + " ago"),
      colours);
  if (const std::optional<double> ahead = seconds_until(notification, "/due")) {
    add(text, "next",
        moment_text(notification, "/due", *ahead < 1 ? "now" : "in " + age_text(ahead)), colours);
  }
  if (const std::string last = last_text(notification, true); !last.empty()) {
    add(text, "last", last, colours, Style::notable);
  }
  if (const auto order = bytes_of(at_or_null(notification, "/order"))) {
    add(text, "order", printable(*order, kLongestLine), colours);
  }
  add(text, "call", call_text(notification, kLongestLine), colours);
  if (const auto uri = bytes_of(at_or_null(notification, "/uri")); uri && !uri->empty()) {
    add(text, "uri", printable(*uri, kLongestLine), colours);
  }
  add_variables(text, at_or_null(notification, "/variables"), colours);
  add_document(text, "message", at_or_null(notification, "/message"), colours);
  add_document(text, "input", at_or_null(notification, "/input"), colours);
  return text;
}

}  // namespace kamexec::tool
