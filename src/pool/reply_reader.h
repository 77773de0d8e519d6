// SPDX-License-Identifier: GPL-2.0-or-later
// Reads one worker's answer to one request, from bytes that come in any pieces.
// docs/worker-protocol.md, "Reply".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pool/line_reader.h"
#include "pool/request_id.h"

namespace kamexec::pool {

/// Not thread-safe. Whatever it is fed, it holds at most about seven times its limit (one line,
/// three bytes for each of its value, and the output so far), and only a reply whose first and last
/// line bear the expected id is ever complete.
class ReplyReader {
 public:
  enum class State {
    incomplete,  ///< more is to come
    complete,    ///< what kind(), status(), output() and error_text() tell is the reply
    invalid,     ///< no reply to this request: problem() says why
  };
  enum class Kind { reply, error };

  /// @p output_limit: bytes of output that a reply may have, the LF of each line counted; at most
  /// 1 GiB.
  explicit ReplyReader(std::size_t output_limit);

  /// Forgets what was read; the reply to @p id comes next. Memory is kept.
  void expect(const RequestId& id);

  /// Goes on with @p bytes. What isn't incomplete any more stays what it is.
  State read(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }

  /// True when bytes came after a complete reply: it counts, but the worker is out of step.
  [[nodiscard]] bool has_surplus() const { return surplus_; }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] int status() const { return status_; }  ///< 0 to 255
  /// The lines, each with its LF: what a program would have printed. May be moved or swapped away.
  [[nodiscard]] std::string& output() { return output_; }
  /// What an error reply says, in printable ASCII.
  [[nodiscard]] const std::string& error_text() const { return error_text_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  enum class Part { start, lines };

  void take_line(std::string_view line);
  void take_start(std::string_view line);
  void take_in_reply(std::string_view line);
  void take_error(std::string_view text);
  bool is_ours(std::string_view id, std::string_view line);
  void fail(std::string problem);

  std::size_t output_limit_;
  std::size_t line_limit_;
  RequestId id_;
  State state_ = State::invalid;
  Part part_ = Part::start;
  Kind kind_ = Kind::reply;
  int status_ = 0;
  bool surplus_ = false;
  LineReader lines_;
  std::string output_;
  std::string error_text_;
  std::string problem_;
};

}  // namespace kamexec::pool
