// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/printable.h"
#include "tool/check/report.h"
#include "tool/terminal.h"

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kLongestLine = 1000;

Style style_of(Level level) {
  switch (level) {
    case Level::danger:
      return Style::bad;
    case Level::possible:
    case Level::unseen:
      return Style::notable;
    case Level::constant:
    case Level::own:
    case Level::limited:
      break;
  }
  return Style::good;
}

class TextReport {
 public:
  explicit TextReport(bool colours) : colours_(colours) {}

  void add(const Checked& checked) {
    for (const Assessment& assessment : checked.calls) {
      add(checked.configuration, assessment);
    }
    for (const Note& note : checked.configuration.notes) {
      add(checked.configuration, note);
    }
  }

  void add_summary(const std::vector<Checked>& all) {
    const Counts counts = count(all);
    std::size_t verified = 0;
    std::size_t incomplete = 0;
    for (const Checked& checked : all) {
      verified += checked.is_verified ? 1 : 0;
      incomplete += checked.is_incomplete() ? 1U : 0U;
    }
    std::string line =
        number(all.size(), "configuration") + ", " + number(counts.calls, "exec call");
    const char* before = ": ";
    for (auto level = counts.by_level.rbegin(); level != counts.by_level.rend(); ++level) {
      line += before + std::to_string(level->second) + " " + std::string(word_of(level->first));
      before = ", ";
    }
    line += "; " + std::to_string(counts.to_change) + " to change by hand";
    text_ += styled(line, Style::bold, colours_) + "\n";
    if (!all.empty()) {
      text_ += version_words(all.front());
    }
    if (verified > 0) {
      text_ += "the server's own preprocessor gives the same calls for " +
               std::to_string(verified) + " of " + std::to_string(all.size()) + "\n";
    }
    if (incomplete > 0) {
      text_ += "some parts could not be read: see the notes of " +
               number(incomplete, "configuration") + "\n";
    }
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string number(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  }

  static std::string version_words(const Checked& checked) {
    const char* from = "selected by --kamailio";
    switch (checked.version_from) {
      case VersionFrom::option:
        break;
      case VersionFrom::server:
        from = "the version of the server; --kamailio VERSION selects another";
        break;
      case VersionFrom::newest:
        from = "the newest known release; --kamailio VERSION selects another";
        break;
    }
    return "read for Kamailio " + checked.configuration.version.text() + ", " + from + "\n";
  }

  static std::string shown(const std::string& text) { return printable(text, kLongestLine); }

  static std::string location(const Configuration& configuration, SourceLocation at) {
    return shown(configuration.file_of(at)) + ":" + std::to_string(at.line) + ":" +
           std::to_string(at.column) + ": ";
  }

  /// One line of a command: as printable(), but tabs and backslashes stand as they are.
  static std::string line_of_command(std::string_view line) {
    std::string text;
    for (const char c : line.substr(0, kLongestLine)) {
      text += c == '\t' || c == '\\' ? std::string(1, c) : printable(std::string_view(&c, 1), 4);
    }
    return text + (line.size() > kLongestLine ? "..." : "");
  }

  /// Lines of their own where @p text has several, the first of them behind @p before.
  void command(const std::string& before, const std::string& text, Style style) {
    std::size_t begin = text.find_first_not_of('\n');
    begin = begin == std::string::npos ? 0 : begin;
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    const std::string_view whole = std::string_view(text).substr(0, last + 1);
    text_ += before;
    for (bool first = true; first || begin <= whole.size(); first = false) {
      const std::size_t end = std::min(whole.find('\n', begin), whole.size());
      text_ += (first ? "" : "    ") +
               styled(line_of_command(whole.substr(begin, end - begin)), style, colours_) + "\n";
      begin = end + 1;
    }
  }

  void add(const Configuration& configuration, const Assessment& one) {
    const std::string level(word_of(one.level));
    text_ +=
        location(configuration, one.call.location) + styled(level, style_of(one.level), colours_) +
        (one.must_change ? styled(", change", Style::bad, colours_) : "") + ": " +
        one.call.function + (one.call.route.empty() ? "" : " in " + shown(one.call.route)) + "\n";
    command("    ", one.command, Style::bold);
    if (!one.reason.empty()) {
      text_ += "  " + shown(one.reason) + "\n";
    }
    for (const Use& use : one.uses) {
      text_ += "  " + shown(use.variable) + ": " + shown(use_words(use)) + "\n";
      if (!use.value.empty()) {
        text_ += "    under the stock module " +
                 styled(line_of_command(use.value), Style::bad, colours_) + " runs id\n";
      }
    }
    for (const program::Permission& permission : one.permissions) {
      text_ += "  " + std::string(permission.what) + ": " + shown(permission.text) + "\n";
    }
    if (one.prepared) {
      command("  here: ", run_words(one), Style::good);
    }
    for (const Said& said : one.said) {
      const Style style = said.is_error ? Style::bad : Style::notable;
      text_ += "  " + styled(said.is_error ? "change" : "warning", style, colours_) + " " +
               std::to_string(said.location.line) + ":" + std::to_string(said.location.column) +
               ": " + shown(said.message) + (said.remedy.empty() ? "" : "; " + shown(said.remedy)) +
               "\n";
    }
    text_ += "\n";
  }

  void add(const Configuration& configuration, const Note& note) {
    const char* words = note.severity == Note::Severity::error    ? "error: "
                        : note.severity == Note::Severity::unseen ? "not seen: "
                                                                  : "note: ";
    const Style style = note.severity == Note::Severity::comment ? Style::dim : Style::notable;
    text_ += location(configuration, note.location) + styled(words, style, colours_) +
             shown(note.message) + "\n";
  }

  bool colours_;
  std::string text_;
};

}  // namespace

std::string text_report(const std::vector<Checked>& all, bool colours) {
  TextReport report(colours);
  for (const Checked& checked : all) {
    report.add(checked);
  }
  report.add_summary(all);
  return report.take();
}

}  // namespace kamexec::tool::check
