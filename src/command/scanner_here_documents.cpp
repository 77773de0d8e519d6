// SPDX-License-Identifier: GPL-2.0-or-later
// Here-documents (POSIX XCU 2.7.4).
#include "command/scanner.h"

namespace kamexec {

void Scanner::take_delimiter() {
  HereDocument document;
  document.strips_tabs = redirection_ == Redirection::here_document_stripped;
  document.quoted = word_.is_quoted;
  for (const WordPiece& piece : word_.pieces) {
    if (piece.value != WordPiece::kFixed) {
      error(at_ > 0 ? at_ - 1 : 0, "it stands in the delimiter of a here-document",
            "use a fixed word as the delimiter");
    }
    document.delimiter += piece.text;
  }
  here_documents_.push_back(std::move(document));
}

void Scanner::read_here_documents() {
  const std::vector<HereDocument> pending = std::move(here_documents_);
  here_documents_.clear();
  for (const HereDocument& document : pending) {
    read_here_document(document);
    ends_in_word_ = false;  // the delimiter must stay alone on its line
  }
}

void Scanner::read_here_document(const HereDocument& document) {
  Symbols body;
  bool continues = false;  // the line before ended in a backslash: this one can't be the delimiter
  while (!done()) {
    while (document.strips_tabs && next_is('\t')) {
      ++at_;
    }
    std::string line;
    bool fixed = !continues;
    std::size_t backslashes = 0;
    for (; !done() && !next_is('\n'); ++at_) {
      const Symbol& symbol = symbols_[at_];
      if (symbol.is_variable() && document.quoted) {
        error(
            at_, "it stands in a here-document with a quoted delimiter, where nothing is replaced",
            "leave the quotes of the delimiter out, and put a backslash before each other $ and `");
      }
      fixed = fixed && !symbol.is_variable();
      if (!symbol.is_variable()) {
        line += symbol.byte();
      }
      backslashes = symbol.is('\\') ? backslashes + 1 : 0;
      body.push_back(symbol);
    }
    if (fixed && line == document.delimiter) {
      body.resize(body.size() - line.size());
      at_ += done() ? 0 : 1;
      break;
    }
    continues = !document.quoted && backslashes % 2 == 1;
    if (!done()) {
      body.push_back(symbols_[at_++]);
    }
  }
  if (!document.quoted) {
    nested(body, &Scanner::here_document_text);
  }
}

void Scanner::here_document_text() {
  while (!done()) {
    const Symbol& symbol = symbols_[at_];
    if (symbol.is_variable()) {
      spot(symbol, Spot::double_quoted);
      ++at_;
    } else if (symbol.is('$')) {
      dollar(true);
    } else if (symbol.is('`')) {
      backquotes(false);
    } else if (symbol.is('\\')) {
      if (next_is_variable(1)) {
        error(at_ + 1, "a backslash stands right before it", "leave the backslash out");
      }
      at_ += at_ + 1 < symbols_.size() && !next_is_variable(1) ? 2 : 1;
    } else {
      ++at_;
    }
  }
}

}  // namespace kamexec
