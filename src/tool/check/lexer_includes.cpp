// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>
#include <filesystem>

#include "base/printable.h"
#include "tool/check/lexer.h"
#include "tool/check/read_text.h"

namespace kamexec::tool::check {
namespace {

constexpr std::size_t kMostNested = 10;  // MAX_INCLUDE_DEPTH of core/cfg.lex
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kMostFiles = 1000;

/// The name between the quotes, with its escapes resolved; empty: it has none.
std::string file_name(const std::string& text) {
  if (text.size() < 3 || text.size() >= kLongestName || text.front() != '"' || text.back() != '"') {
    return {};
  }
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) {
      const char c = text[++i];
      name += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    } else {
      name += text[i];
    }
  }
  return name.find('\0') == std::string::npos ? name : std::string();
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

/// The rest of the directive: a name in double quotes, without blanks, as the server wants it.
void Lexer::include(bool must_exist) {
  const SourceLocation location = input_.location();
  while (is_blank(input_.peek()) || input_.peek() == '\n') {
    input_.skip(1);
  }
  Token token;
  for (int c = input_.peek(); !is_blank(c) && c != '\n' && c != Input::kEnd; c = input_.peek()) {
    token.text += static_cast<char>(input_.take());
  }
  substitute(token);
  const std::string name = file_name(token.text);
  if (name.empty()) {
    note(Note::Severity::error, location,
         "an included file's name is in double quotes, has no space and is shorter than " +
             std::to_string(kLongestName) + " bytes");
    return;
  }
  if (follow_includes_ && !open_include(name, location)) {
    const Note::Severity severity = must_exist ? Note::Severity::error : Note::Severity::comment;
    note(severity, location,
         "the file " + printable(name, 200) + " can't be read, and is skipped" +
             (must_exist ? ": the server stops here" : ", as the server does"));
  }
}

/// Looked for as the server does: as named, then beside the file that includes it.
bool Lexer::open_include(const std::string& name, SourceLocation location) {
  std::string path = name;
  const std::string& including = files_[input_.file()];
  const std::size_t slash = including.rfind('/');
  if (name[0] != '/' && slash != std::string::npos) {
    const std::string beside = including.substr(0, slash + 1) + name;
    if (is_there(path) && is_there(beside)) {
      note(Note::Severity::comment, location,
           "there is " + printable(path, 200) + " and " + printable(beside, 400) +
               ": the first is read; a server that is started in another directory does not find "
               "it");
    } else if (!is_there(path)) {
      path = beside;
    }
  }
  Result<std::string> text = read_text(path);
  if (!text) {
    return false;
  }
  std::uint32_t number = 0;
  while (number < files_.size() && files_[number] != path) {
    ++number;
  }
  if (input_.depth() > kMostNested || input_.is_open(number) || files_.size() >= kMostFiles) {
    give_up(printable(path, 400) + " includes itself, or too many files include one another");
    return true;
  }
  if (number == files_.size()) {
    files_.push_back(path);
  }
  bytes_ += text->size();
  input_.push_file(std::move(*text), number);
  return true;
}

}  // namespace kamexec::tool::check
