// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/risks.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "command/symbols.h"

namespace kamexec {
namespace {

using Words = std::span<const ScannedWord>;

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

/// Programs that run the command behind their own options.
constexpr std::array<std::string_view, 16> kWrappers = {
    "env",     "nohup",   "nice",   "ionice", "timeout", "sudo",    "doas",    "exec",
    "command", "builtin", "setsid", "stdbuf", "xargs",   "busybox", "unshare", "chrt"};
/// Shell commands that parse all of their arguments (again).
constexpr std::array<std::string_view, 6> kParseAll = {"eval", "let",    "trap",
                                                       ".",    "source", "watch"};
/// Those that parse them on another machine, or as another user.
constexpr std::array<std::string_view, 3> kRemote = {"ssh", "rsh", "slogin"};

/// A program and the options whose next word it takes for a program text; with "" its first word
/// that is no option.
struct Interpreter {
  std::string_view name;
  std::array<std::string_view, 4> options;
};
constexpr std::array<Interpreter, 32> kInterpreters = {{
    {"sh", {"-c", "-ec", "-lc", "-xc"}},
    {"bash", {"-c", "-ec", "-lc", "-xc"}},
    {"dash", {"-c", "-ec", "-lc", "-xc"}},
    {"ksh", {"-c", "-ec", "-lc", "-xc"}},
    {"mksh", {"-c", "-ec", "-lc", "-xc"}},
    {"zsh", {"-c", "-ec", "-lc", "-xc"}},
    {"ash", {"-c", "-ec", "-lc", "-xc"}},
    {"yash", {"-c", "-ec", "-lc", "-xc"}},
    {"su", {"-c", "--command"}},
    {"script", {"-c", "--command"}},
    {"flock", {"-c", "--command"}},
    {"perl", {"-e", "-E", "-ne", "-pe"}},
    {"python", {"-c"}},
    {"python3", {"-c"}},
    {"ruby", {"-e"}},
    {"lua", {"-e"}},
    {"node", {"-e", "-p", "--eval"}},
    {"php", {"-r"}},
    {"awk", {""}},
    {"gawk", {""}},
    {"mawk", {""}},
    {"sed", {"", "-e", "--expression"}},
    {"jq", {""}},
    {"mysql", {"-e", "--execute"}},
    {"mariadb", {"-e", "--execute"}},
    {"psql", {"-c", "--command"}},
    {"sqlite3", {"-cmd"}},
    {"find", {"-exec", "-execdir", "-ok"}},
    {"tclsh", {"-c"}},
    {"expect", {"-c"}},
    {"runuser", {"-c", "--command"}},
    {"busctl", {"call"}},
}};

/// Words at the start of loops and cases, and programs that take no options or only before a word
/// that is there already.
constexpr std::array<std::string_view, 12> kNoOptions = {
    "for", "case", "select", "test", "[", "[[", ":", "true", "false", "return", "exit", "in"};

std::string base_name(const ScannedWord& word) {
  const std::string path = word.fixed();
  return path.substr(path.rfind('/') + 1);
}

bool is_option(const ScannedWord& word) {
  return word.fixed().substr(0, 1) == "-";
}

/// The command behind wrappers such as `sudo -u nobody env A=b`.
Words behind_wrappers(Words words) {
  while (words.size() > 1 && one_of(base_name(words[0]), kWrappers)) {
    const std::string wrapper = base_name(words[0]);
    std::size_t at = 1;
    const auto is_own = [&](const ScannedWord& word) {
      const std::string text = word.fixed();
      return is_option(word) || text.find('=') != std::string::npos ||
             text.find_first_not_of("0123456789.smhd") == std::string::npos;
    };
    while (at < words.size() && !words[at].has_value() && is_own(words[at])) {
      const std::string text = words[at].fixed();
      at += (wrapper == "sudo" || wrapper == "doas") && (text == "-u" || text == "-g") ? 2 : 1;
    }
    if (at >= words.size()) {
      return {};
    }
    words = words.subspan(at);
  }
  return words;
}

class Risks {
 public:
  Risks(const CommandTemplate& parts, const PrepareOptions& options)
      : parts_(parts), options_(options) {}

  void look_at(const SimpleCommand& command) {
    for (const ScannedWord& file : command.files) {
      each_value(file, [&](std::size_t variable) {
        add(file, variable, "names the file of a redirection",
            "a caller may send '/' and '..': check it before the call");
      });
    }
    if (command.words.empty()) {
      return;
    }
    look_at_words(behind_wrappers(command.words));
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  template <typename Function>
  void each_value(const ScannedWord& word, Function function) {
    for (const WordPiece& piece : word.pieces) {
      if (piece.value != WordPiece::kFixed) {
        function(static_cast<std::size_t>(piece.value));
      }
    }
  }

  void add(const ScannedWord& word, std::size_t variable, const std::string& what,
           const std::string& remedy) {
    if (std::find(told_.begin(), told_.end(), variable) != told_.end()) {
      return;  // one warning for a value: the first is the worst
    }
    told_.push_back(variable);
    const TextPlace place = place_of(parts_, word.origin);
    Finding finding;
    finding.severity = Finding::Severity::warning;
    finding.line = place.line;
    finding.column = place.column;
    finding.message = variable_name(parts_, variable) + " " + what;
    finding.remedy = remedy;
    findings_.push_back(std::move(finding));
  }

  void look_at_words(Words words) {
    if (words.empty()) {
      return;
    }
    const std::string name = base_name(words[0]);
    each_value(words[0], [&](std::size_t variable) {
      add(words[0], variable, "names the program to run", "write the program's name into the text");
    });
    look_for_parsing(name, words);
    look_for_interpreter(name, words);
    look_for_options(name, words);
  }

  void look_for_parsing(const std::string& name, Words words) {
    const bool all = one_of(name, kParseAll);
    if (!all && !one_of(name, kRemote)) {
      return;
    }
    for (const ScannedWord& word : words.subspan(1)) {
      each_value(word, [&](std::size_t variable) {
        add(word, variable, "is parsed once more by " + name + ": what a caller sends could be run",
            all ? "do without " + name
                : "send it on the standard input of a program there, not as an argument");
      });
    }
  }

  void look_for_interpreter(const std::string& name, Words words) {
    const auto known = std::find_if(kInterpreters.begin(), kInterpreters.end(),
                                    [&](const Interpreter& one) { return one.name == name; });
    if (known == kInterpreters.end()) {
      return;
    }
    bool first_seen = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string option = i > 1 ? words[i - 1].fixed() : std::string();
      const bool is_first = !first_seen && !is_option(words[i]);
      first_seen = first_seen || is_first;
      const bool is_text = (is_first && one_of("", known->options) && known->options[0].empty()) ||
                           (!option.empty() && one_of(option, known->options));
      if (is_text) {
        each_value(words[i], [&](std::size_t variable) {
          add(words[i], variable,
              "stands in a text that " + name + " parses: what a caller sends could be run",
              "hand it over as an argument behind the text, or in the environment");
        });
      }
    }
  }

  void look_for_options(const std::string& name, Words words) {
    if (one_of(name, kNoOptions)) {
      return;
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i].fixed() == "--") {
        return;
      }
      if (!words[i].begins_with_value() || (name == "printf" && i > 1)) {
        continue;
      }
      const auto variable = static_cast<std::size_t>(words[i].pieces.front().value);
      const std::string written = variable_name(parts_, variable);
      if (options_.never_an_option == nullptr || !options_.never_an_option(written)) {
        add(words[i], variable,
            "may be read as an option by " + (name.empty() ? std::string("the program") : name) +
                " if it begins with '-'",
            "put -- before it where the program takes that");
      }
    }
  }

  const CommandTemplate& parts_;
  const PrepareOptions& options_;
  std::vector<Finding> findings_;
  std::vector<std::size_t> told_;
};

}  // namespace

std::vector<Finding> find_risks(const CommandTemplate& parts, const Scan& scan,
                                const PrepareOptions& options) {
  Risks risks(parts, options);
  for (const SimpleCommand& command : scan.commands) {
    risks.look_at(command);
  }
  return risks.take();
}

}  // namespace kamexec
