// SPDX-License-Identifier: GPL-2.0-or-later
// Here-documents (POSIX XCU 2.7.4).
#include "command/scanner.h"

namespace kamexec {

/// The word at hand as a delimiter, where a here-document begins.
void Scanner::take_delimiter() {
  if (redirection_ != Redirection::here_document &&
      redirection_ != Redirection::here_document_stripped) {
    return;
  }
  HereDocument document;
  document.strips_tabs = redirection_ == Redirection::here_document_stripped;
  document.quoted = word_.is_quoted;
  document.delimiter = word_.literal();
  if (word_.any_value() >= 0) {
    error(at_ - 1, "a variable stands in the delimiter of a here-document",
          "use a fixed word as the delimiter");
  } else if (word_.has_expansion || document.delimiter.find('\n') != std::string::npos) {
    differs(at_ - 1, "this delimiter of a here-document is read differently by sh and bash",
            "use a plain word as the delimiter");
  }
  here_documents_.push_back(std::move(document));
}

void Scanner::read_here_documents() {
  const std::vector<HereDocument> pending = std::move(here_documents_);
  here_documents_.clear();
  for (const HereDocument& document : pending) {
    read_here_document(document);
    append_at_.reset();  // the delimiter must stay alone on its line
  }
}

/// One line into @p body; false at the delimiter, which is read and not put there.
bool Scanner::read_here_document_line(const HereDocument& document, Symbols& body, bool continues) {
  while (document.strips_tabs && next_is('\t')) {
    ++at_;
  }
  const std::size_t begin = at_;
  std::size_t same = 0;  // how many bytes are those of the delimiter
  while (!done() && !next_is('\n')) {
    same += same < document.delimiter.size() && next_is(document.delimiter[same]) ? 1 : 0;
    ++at_;
  }
  const std::size_t size = at_ - begin;
  if (!continues && size == document.delimiter.size() && same == size) {
    at_ += done() ? 0 : 1;
    return false;
  }
  at_ += done() ? 0 : 1;
  for (std::size_t i = begin; i < at_; ++i) {
    if (symbols_[i].is_variable() && document.quoted) {
      error(i, "it stands in a here-document with a quoted delimiter, where nothing is replaced",
            "leave the quotes of the delimiter out, and put a backslash before each other $ and `");
    }
    body.push_back(symbols_[i]);
  }
  return true;
}

/// Whether the line that was added last ends in an unquoted backslash: the next is part of it.
static bool ends_in_backslash(const Symbols& body) {
  std::size_t backslashes = 0;
  for (auto symbol = body.rbegin(); symbol != body.rend(); ++symbol) {
    if (symbol->is('\\')) {
      ++backslashes;
    } else if (symbol != body.rbegin() || !symbol->is('\n')) {
      break;
    }
  }
  return backslashes % 2 == 1;
}

void Scanner::read_here_document(const HereDocument& document) {
  Symbols body;
  bool continues = false;
  while (!done() && read_here_document_line(document, body, continues)) {
    continues = !document.quoted && ends_in_backslash(body);
  }
  if (document.command < scan_.commands.size()) {
    for (const Symbol& symbol : body) {
      if (symbol.is_variable()) {
        scan_.commands[document.command].input.push_back(static_cast<int>(symbol.variable()));
      }
    }
  }
  if (!document.quoted) {
    nested(body, &Scanner::here_document_text);
  }
}

void Scanner::here_document_text() {
  while (!done()) {
    if (next_is_variable()) {
      take_variable(Spot::double_quoted);
    } else if (next_is('$')) {
      dollar(Around::here_document);
    } else if (next_is('`')) {
      backquotes(Around::here_document);
    } else if (next_is('\\')) {
      backslash_before_variable();
      at_ += next_is_variable(1) || at_ + 1 >= symbols_.size() ? 1 : 2;
    } else {
      ++at_;
    }
  }
}

}  // namespace kamexec
