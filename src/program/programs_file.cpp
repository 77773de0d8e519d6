// SPDX-License-Identifier: GPL-2.0-or-later
// The text of one file. programs_path.cpp finds the files.
#include "program/programs_file.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/printable.h"
#include "program/attribute_rule.h"
#include "program/read_program.h"

namespace kamexec::program {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_blanks_around(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_attribute_name(std::string_view name) {
  const auto rules = attribute_rules();
  return std::any_of(rules.begin(), rules.end(),
                     [name](const AttributeRule& rule) { return rule.name == name; });
}

/// The attribute that a line sets; empty: it sets none that there is.
std::string_view attribute_set_by(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name =
      equals == text.npos ? "" : without_blanks_around(text.substr(0, equals));
  return is_attribute_name(name) ? name : "";
}

struct Section {
  enum class Kind { none, program, daemon, nats, skipped };

  Kind kind = Kind::none;
  std::string name;
  Origin origin;
  std::vector<Attribute> attributes;
  std::size_t bytes = 0;           ///< of the values
  std::set<std::string> mistaken;  ///< attributes of which something wrong was told
};

class FileReader {
 public:
  FileReader(const std::string& file, Reader reader, ProgramsFiles& into)
      : file_(printable(file, kLongestPath)), reader_(reader), into_(into) {}

  void read(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
      mistake(1, "the file begins with a byte order mark: save it as UTF-8 without one");
    }
    while (!text.empty() && into_.mistakes.size() + mistakes_.size() < kMostMistakes) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    end_section();
    std::stable_sort(mistakes_.begin(), mistakes_.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    for (auto& [line, message] : mistakes_) {
      into_.mistakes.push_back(std::move(message));
    }
    if (!text.empty()) {
      into_.mistakes.push_back(file_ + ":" + std::to_string(line_ + 1) +
                               ": there are too many mistakes: from here on nothing was read");
    }
  }

 private:
  /// What a line that begins with blanks would continue.
  enum class Above { nothing, attribute, mistake };

  void mistake(std::size_t line, const std::string& message) {
    mistakes_.emplace_back(line, file_ + ":" + std::to_string(line) + ": " + message);
    above_ = Above::mistake;
  }
  /// About a line of the section.
  void mistake(const std::string& message) {
    const bool in_program = section_.kind == Section::Kind::program;
    mistake(line_, in_program ? text_of(Mistake{{}, message}, section_.name) : message);
  }

  void read_line(std::string_view line) {
    if (line.find('\0') != line.npos) {
      return mistake("there is a NUL byte in the line: remove it");
    }
    if (line.ends_with('\r') && !std::exchange(has_cr_, true)) {
      mistake("lines end in CR LF: remove the CR, as sed -i 's/\\r$//' FILE does");
      above_ = Above::nothing;
    }
    const std::string_view text = without_blanks_around(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') {
      return;
    }
    if (kBlanks.find(line.front()) != kBlanks.npos) {
      return read_continuation(text);
    }
    above_ = Above::nothing;
    if (text.front() == '[') {
      read_header(text);
    } else {
      read_attribute(text);
    }
  }

  void read_header(std::string_view text) {
    end_section();
    section_.kind = Section::Kind::skipped;
    const std::string name(without_blanks_around(text.substr(1, text.find(']') - 1)));
    if (text.find(']') != text.size() - 1 || name.empty()) {
      return mistake("a section is [NAME], alone in its line");
    }
    if (name == kDaemonSection) {
      section_.kind = Section::Kind::daemon;
    } else if (name == kNatsSection) {
      section_.kind = Section::Kind::nats;
    } else if (ProgramDefinition named; auto read = read_name({"name", {name}, line_}, named)) {
      begin_program(name);
    } else {
      mistake("[" + printable(name, kMostShown) + "]: " + read.error().message);
    }
  }

  void begin_program(const std::string& name) {
    if (into_.programs.size() + into_.mistaken.size() >= kMostPrograms) {
      return mistake("there are more than " + std::to_string(kMostPrograms) + " programs");
    }
    section_.kind = Section::Kind::program;
    section_.name = name;
    section_.origin = {file_, line_, {}};
  }

  void read_attribute(std::string_view text) {
    if (section_.kind == Section::Kind::skipped) {
      above_ = Above::mistake;
      return;
    }
    if (section_.kind == Section::Kind::none) {
      section_.kind = Section::Kind::skipped;  // said once for all lines of that kind
      return mistake(
          "there is no section above this line: write [NAME] there, the name by which the script "
          "calls the program");
    }
    const std::size_t equals = text.find('=');
    if (equals == text.npos) {
      return mistake(shown(text) +
                     " has no value: write attribute = value, or begin the line with a blank if it "
                     "continues the one above");
    }
    Attribute attribute{std::string(without_blanks_around(text.substr(0, equals))), {}, line_};
    if (attribute.name.empty()) {
      return mistake("there is a '=' without a name before it");
    }
    if (section_.kind == Section::Kind::program && !is_first(attribute.name)) {
      return;
    }
    section_.attributes.push_back(std::move(attribute));
    above_ = Above::attribute;
    add_words(text.substr(equals + 1));
  }

  bool is_first(const std::string& name) {
    if (name == "name") {
      mistake("name: the section's name is the program's: remove this line");
      return false;
    }
    const auto [known, is_new] = section_.origin.attribute_lines.emplace(name, line_);
    if (!is_new) {
      mistake(printable(name, kMostShown) + " is given twice (also in line " +
              std::to_string(known->second) + "): remove one of them");
    }
    return is_new;
  }

  void read_continuation(std::string_view text) {
    if (above_ == Above::mistake) {
      return;
    }
    const std::string_view attribute = attribute_set_by(text);
    if (above_ == Above::nothing) {
      section_.mistaken.emplace(attribute);
      return mistake(
          shown(text) +
          " has blanks before it, and no line above that it could continue: remove them");
    }
    // A program would get them as arguments otherwise, and nobody would know.
    if (!attribute.empty() || (text.front() == '[' && text.back() == ']')) {
      section_.mistaken.emplace(attribute);
      return mistake(shown(text) +
                     " has blanks before it, so that it continues the line above: remove them, or "
                     "put quotes around it if that is meant");
    }
    add_words(text);
  }

  void add_words(std::string_view text) {
    Attribute& attribute = section_.attributes.back();
    section_.bytes += text.size();
    auto words = section_.bytes <= kLongestDefinition
                     ? split_words(text)
                     : failure("the section is longer than " + std::to_string(kLongestDefinition) +
                               " bytes: put the program's settings into a file of its own");
    if (!words) {
      section_.mistaken.insert(attribute.name);
      return mistake(printable(attribute.name, kMostShown) + ": " + words.error().message);
    }
    std::move(words->begin(), words->end(), std::back_inserter(attribute.words));
  }

  void end_section() {
    Section section = std::exchange(section_, {});
    if (section.kind == Section::Kind::daemon) {
      hand_out(section, into_.daemon);
    } else if (section.kind == Section::Kind::nats) {
      hand_out(section, into_.nats);
    } else if (section.kind == Section::Kind::program) {
      define(section);
    }
  }

  void hand_out(Section& section, std::vector<PlacedAttribute>& to) const {
    for (Attribute& attribute : section.attributes) {
      if (!section.mistaken.contains(attribute.name)) {
        to.push_back({std::move(attribute), file_});
      }
    }
  }

  void define(Section& section) {
    ReadDefinition read = read_definition(section.name, section.attributes, reader_);
    for (const Mistake& one : read.mistakes) {
      if (!section.mistaken.contains(one.attribute)) {
        mistakes_.emplace_back(section.origin.line_of(one.attribute),
                               text_of(one, section.name, section.origin));
      }
    }
    const bool is_good = read.mistakes.empty() && section.mistaken.empty();
    (is_good ? into_.programs : into_.mistaken)
        .push_back({std::move(read.program), std::move(section.origin)});
  }

  static constexpr std::size_t kMostShown = 60;
  static constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

  const std::string file_;
  const Reader reader_;
  ProgramsFiles& into_;
  std::size_t line_ = 0;
  bool has_cr_ = false;
  Section section_;
  Above above_ = Above::nothing;
  std::vector<std::pair<std::size_t, std::string>> mistakes_;  ///< by their lines
};

}  // namespace

std::string PlacedAttribute::place() const {
  return file + ":" + std::to_string(attribute.line);
}

void read_programs_text(std::string_view text, const std::string& file, Reader reader,
                        ProgramsFiles& into) {
  FileReader(file, reader, into).read(text);
}

}  // namespace kamexec::program
