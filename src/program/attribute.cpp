// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/attribute.h"

#include "base/printable.h"

namespace kamexec::program {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMostShown = 60;

constexpr char kSeparator = ';';

class AttributeReader {
 public:
  explicit AttributeReader(std::string_view text) : text_(text) {}

  Result<std::vector<Attribute>> read() {
    std::vector<Attribute> attributes;
    for (skip_separators(); !done(); skip_separators()) {
      auto attribute = read_attribute();
      if (!attribute) {
        return tl::unexpected(std::move(attribute.error()));
      }
      attributes.push_back(std::move(*attribute));
    }
    return attributes;
  }

  /// Words up to a ';' outside of quotes, or where @p is_separated is false to the end.
  Result<std::vector<std::string>> read_words(bool is_separated) {
    std::vector<std::string> words;
    for (skip(kBlanks); !done() && !(is_separated && text_[at_] == kSeparator); skip(kBlanks)) {
      if (!is_separated && text_[at_] == '#') {
        return failure("a comment needs a line of its own: move it, or write '#' if it is meant");
      }
      auto word = read_word(is_separated ? "; \t\r\n" : kBlanks);
      if (!word) {
        return tl::unexpected(std::move(word.error()));
      }
      words.push_back(std::move(*word));
    }
    return words;
  }

 private:
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] bool next_is_one_of(std::string_view bytes) const {
    return !done() && bytes.find(text_[at_]) != bytes.npos;
  }
  void skip(std::string_view bytes) {
    while (next_is_one_of(bytes)) {
      ++at_;
    }
  }
  void skip_separators() { skip(" \t\r\n;"); }

  Result<Attribute> read_attribute() {
    const std::size_t begin = at_;
    while (!done() && !next_is_one_of("=; \t\r\n")) {
      ++at_;
    }
    Attribute attribute{std::string(text_.substr(begin, at_ - begin)), {}, 0};
    skip(kBlanks);
    if (!next_is_one_of("=")) {
      return failure("\"" + printable(attribute.name, kMostShown) +
                     "\" has no value: write name=value, with ';' between attributes");
    }
    if (attribute.name.empty()) {
      return failure("there is a '=' without a name before it");
    }
    ++at_;
    auto words = read_words(true);
    if (!words) {
      return failure(printable(attribute.name, kMostShown) + ": " + words.error().message);
    }
    attribute.words = std::move(*words);
    return attribute;
  }

  Result<std::string> read_word(std::string_view ends) {
    std::string word;
    while (!done() && !next_is_one_of(ends)) {
      const char c = text_[at_++];
      if (c == '\'' || c == '"') {
        if (!read_quoted(c, word)) {
          return failure(std::string("a quote, ") + c + ", is not closed");
        }
      } else if (c == '\\') {
        if (done()) {
          return failure("the text ends in a backslash: remove it, or write two");
        }
        word += text_[at_++];
      } else {
        word += c;
      }
    }
    return word;
  }

  bool read_quoted(char quote, std::string& word) {
    while (!done() && text_[at_] != quote) {
      const bool escapes = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                           (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      at_ += escapes ? 1 : 0;
      word += text_[at_++];
    }
    if (done()) {
      return false;
    }
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Attribute>> split_attributes(std::string_view text) {
  if (text.size() > kLongestDefinition) {
    return failure("the definition is longer than " + std::to_string(kLongestDefinition) +
                   " bytes: put the program's settings into a file of its own");
  }
  if (text.find('\0') != text.npos) {
    return failure("there is a NUL byte in the definition: remove it");
  }
  return AttributeReader(text).read();
}

Result<std::vector<std::string>> split_words(std::string_view text) {
  return AttributeReader(text).read_words(false);
}

std::string quoted_word(std::string_view word) {
  if (!word.empty() && word.find_first_of(" \t\r\n;'\"\\") == word.npos) {
    return std::string(word);
  }
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace kamexec::program
