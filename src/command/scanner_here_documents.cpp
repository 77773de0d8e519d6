// SPDX-License-Identifier: GPL-2.0-or-later
// Here-documents (POSIX XCU 2.7.4).
#include "command/scanner.h"

namespace kamexec::command {

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
    error(at_ - 1, "a variable is in the delimiter of a here-document",
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
    same += same < document.delimiter.size() && next_is(document.delimiter[same]) ? 1U : 0U;
    ++at_;
  }
  const std::size_t size = at_ - begin;
  if (!continues && size == document.delimiter.size() && same == size) {
    at_ += done() ? 0U : 1U;
    return false;
  }
  at_ += done() ? 0U : 1U;
  for (std::size_t i = begin; i < at_; ++i) {
    if (symbols_[i].is_variable() && document.quoted) {
      error(i, "it is in a here-document with a quoted delimiter, where the shell expands nothing",
            "remove the quotes of the delimiter, and put a backslash before each other $ and `");
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
  if (!document.quoted && too_deep()) {
    return;
  }
  Scanner inner(body, scan_, depth_ + 1, in_arithmetic_, groups_.back());
  document.quoted ? inner.quoted_document() : inner.here_document_text();
  if (document.owner == HereDocument::kUnknown) {
    return;
  }
  std::vector<ScannedWord>& input =
      document.of_group ? scan_.groups[document.owner].input : scan_.commands[document.owner].input;
  input.push_back(std::move(inner.word_));
}

/// Nothing is replaced in it; a value there is an error, and is part of it all the same.
void Scanner::quoted_document() {
  begin_word();
  for (; !done(); ++at_) {
    if (next_is_variable()) {
      WordPart part;
      part.kind = WordPart::Kind::value;
      part.value = static_cast<int>(symbols_[at_].variable());
      word_.parts.push_back(std::move(part));
    } else {
      fixed(symbols_[at_].byte());
    }
  }
}

void Scanner::here_document_text() {
  begin_word();
  while (!done()) {
    if (next_is_variable()) {
      take_variable(Spot::double_quoted);
    } else if (next_is('$')) {
      dollar(Around::here_document);
    } else if (next_is('`')) {
      backquotes(Around::here_document);
    } else if (next_is('\\')) {
      backslash_before_variable();
      const bool escapes = next_is_one_of("$`\\\n", 1);
      if (!escapes) {
        fixed('\\');
      } else if (!next_is('\n', 1)) {
        fixed(symbols_[at_ + 1].byte());
      }
      at_ += escapes ? 2 : 1;
    } else {
      fixed(symbols_[at_].byte());
      ++at_;
    }
  }
}

}  // namespace kamexec::command
