// SPDX-License-Identifier: GPL-2.0-or-later
// A command whose text is fixed: values travel beside it and are never parsed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kamexec::command {

/// A piece of one word: fixed bytes, or the value of a variable.
struct WordPiece {
  static constexpr int kFixed = -1;
  int value = kFixed;  ///< index of the value, or kFixed
  std::string text;    ///< the bytes, where fixed
};
using Word = std::vector<WordPiece>;

/// The result of preparing. Immutable once made; may be shared by threads and forked processes.
struct PreparedCommand {
  /// Plain words: run without a shell. Empty: the text needs one.
  std::vector<Word> words;
  /// Of plain words: the program, found in the search path when the command was prepared. Empty
  /// when it was not found then (run time looks again).
  std::string program;
  /// The constant text for `sh -c TEXT exec VALUE…`; kept for plain words also, for messages.
  std::string shell_text;
  /// How many values a call must bring, the appended one included.
  std::size_t value_count = 0;
  /// The last value is the one that PrepareOptions::append_argument asked for. Where the text ends
  /// so that no argument can follow, it is left out, and a finding says so.
  bool takes_appended = false;
  /// The text puts a job into the background with '&': it outlives the call.
  bool has_background_job = false;

  [[nodiscard]] bool needs_shell() const { return words.empty(); }
};

}  // namespace kamexec::command
