// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/printable.h"
#include "tool/report_parts.h"
#include "tool/terminal.h"
#include "tool/try/report.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kLongest = 400;   // of a value
constexpr std::size_t kMostLines = 40;  // of an output
constexpr std::size_t kWidest = 16;     // of what stands in front

class TextReport {
 public:
  TextReport(const Trial& trial, bool colours) : trial_(trial), colours_(colours) {}

  std::string make() {
    line("call", std::string(function_name(trial_.call)) + "(\"" + shown(trial_.command) + "\")",
         Style::bold);
    for (const std::string& note : trial_.notes) {
      line("note", note, Style::dim);
    }
    findings();
    if (trial_.refused) {
      line("refused", "the server would not start with this call", Style::bad);
      return std::move(text_);
    }
    variables();
    start();
    environment();
    if (trial_.ran) {
      conversation();
      outcome();
      results();
    } else {
      line("", "not run", Style::dim);
    }
    return std::move(text_);
  }

 private:
  static std::string shown(std::string_view text) { return printable(text, kLongest); }

  void line(std::string_view title, const std::string& content, Style style = Style::plain) {
    std::string padded(title);
    padded.resize(std::max(padded.size() + 1, kWidest), ' ');
    text_ += styled(padded, Style::dim, colours_) + styled(content, style, colours_) + "\n";
  }

  /// The line of the command with a caret under the place.
  void place(const command::Finding& finding) {
    std::string_view rest = trial_.command;
    for (unsigned i = 1; i < finding.line && rest.find('\n') != rest.npos; ++i) {
      rest.remove_prefix(rest.find('\n') + 1);
    }
    const std::string_view whole = rest.substr(0, rest.find('\n'));
    const std::size_t column = std::min<std::size_t>(finding.column - 1, whole.size());
    constexpr std::size_t kBefore = 50;
    const std::size_t from = column > kBefore ? column - kBefore : 0;
    line("", printable(whole.substr(from), 100));
    line("", std::string(printable(whole.substr(from, column - from), kLongest).size(), ' ') + "^",
         Style::notable);
  }

  void findings() {
    for (const command::Finding& finding : trial_.findings) {
      const bool error = finding.severity == command::Finding::Severity::error;
      line(error ? "error" : "warning",
           "line " + std::to_string(finding.line) + ", column " + std::to_string(finding.column) +
               ": " + shown(finding.message) +
               (finding.remedy.empty() ? "" : "; " + shown(finding.remedy)),
           error ? Style::bad : Style::notable);
      place(finding);
    }
  }

  void variables() {
    for (const TriedVariable& variable : trial_.variables) {
      const std::string name = shown(variable.name) + " ";
      line("value", name + (variable.value.kind == Value::Kind::unreadable
                                ? "(the server can't read it: nothing is printed)"
                                : "\"" + shown(variable.value.printed()) + "\""));
    }
  }

  void start() {
    if (!trial_.program_name.empty()) {
      line("program", "@" + trial_.program_name + ", " +
                          (trial_.served ? "run by kamexecd" : shown(trial_.program)));
      for (const program::Permission& permission : trial_.permissions) {
        line(permission.what, shown(permission.text),
             permission.is_kept ? Style::good : Style::plain);
      }
    } else {
      line("runs", shown(trial_.program) + (trial_.needs_shell ? "" : ", without a shell"));
    }
    for (std::size_t i = trial_.pooled ? 1 : 0; i < trial_.argv.size(); ++i) {
      line((trial_.pooled ? "argument " + std::to_string(i) : "argv[" + std::to_string(i) + "]"),
           "\"" + shown(trial_.argv[i]) + "\"");
    }
  }

  void environment() {
    if (trial_.pooled) {
      line(
          "environment",
          trial_.served ? "of kamexecd's definition" : "for a worker whose hello asks for it (env)",
          Style::dim);
      return;
    }
    std::string inherited;
    for (const auto& [name, value] : trial_.environment) {
      if (name.substr(0, 4) == "SIP_") {
        line("environment", shown(name) + "=\"" + shown(value) + "\"");
      } else {
        inherited += (inherited.empty() ? "" : " ") + name;
      }
    }
    line("and", inherited.empty() ? "nothing else" : shown(inherited));
  }

  void conversation() {
    for (const ExchangedLine& exchanged : trial_.exchange) {
      const bool ours = exchanged.from == ExchangedLine::From::server;
      line(ours ? "to worker" : "from worker", shown(exchanged.text),
           ours ? Style::dim : Style::bold);
    }
  }

  void lines_of(std::string_view title, std::string_view output) {
    std::size_t count = 0;
    while (!output.empty() && count++ < kMostLines) {
      const std::size_t end = output.find('\n');
      line(title, shown(output.substr(0, end)));
      output = end == output.npos ? std::string_view() : output.substr(end + 1);
    }
    if (!output.empty()) {
      line(title, "... and " + std::to_string(output.size()) + " bytes more");
    }
  }

  void outcome() {
    const process::Outcome& outcome = trial_.result.outcome;
    line("outcome", outcome_text(outcome),
         outcome.cause == process::Cause::ok ? Style::good : Style::bad);
    lines_of("stdout", trial_.result.output);
    lines_of("stderr", trial_.result.error);
  }

  void results() {
    for (std::size_t i = 0; i < trial_.uris.size(); ++i) {
      const TriedUri& uri = trial_.uris[i];
      std::string q = std::to_string(uri.q % 1000);
      q.insert(0, 3 - std::min<std::size_t>(q.size(), 3), '0');
      line(i == 0 ? "R-URI" : "branch",
           shown(uri.uri) + (uri.q < 0 ? "" : ", q=" + std::to_string(uri.q / 1000) + "." + q),
           Style::good);
    }
    for (const auto& [name, value] : trial_.assigned) {
      line("set", shown(name) + " = \"" + shown(value) + "\"", Style::good);
    }
    for (const std::string& left_out : trial_.left_out) {
      line("skipped", shown(left_out), Style::notable);
    }
  }

  const Trial& trial_;
  bool colours_;
  std::string text_;
};

}  // namespace

std::string text_report(const Trial& trial, bool colours) {
  return TextReport(trial, colours).make();
}

}  // namespace kamexec::tool
