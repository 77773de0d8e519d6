// SPDX-License-Identifier: GPL-2.0-or-later
// A request of a client of which the end has not come: what a ClientReader gathers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pool/line_reader.h"
#include "service/client_messages.h"
#include "service/gathered_values.h"
#include "service/message_words.h"

namespace kamexec::service {

/// Not thread-safe. Memory is kept from one request to the next, up to a few kilobytes.
class OpenRequest {
 public:
  enum class Kind { call, control };

  /// @p limit: bytes of a request, as it is sent.
  explicit OpenRequest(std::size_t limit) : limit_(limit) {}

  // The errors are for a peer that is out of step, in the words of ClientReader::read().

  /// @p words: what follows the first one in @p line.
  [[nodiscard]] Result<void> begin(Kind kind, std::string_view line, std::string_view words);
  /// A line of it that isn't its end, its first word, and what follows that.
  [[nodiscard]] Result<void> take(const pool::LineReader::Line& line, std::string_view field,
                                  std::string_view rest);
  /// Tells it and forgets it.
  [[nodiscard]] Result<void> end(ClientMessages& to);
  /// The same of a call that is kept, not told: valid until forget(), which must be called before
  /// the next one begins. Its program may be missing. The error is ClientMessages::on_refused()'s.
  [[nodiscard]] Result<CallRequest> end_of_kept();
  void forget();

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::string_view id() const { return id_; }
  /// Bytes that its next line may have.
  [[nodiscard]] std::size_t longest_line() const {
    return refused_.empty() ? std::max(limit_ - std::min(limit_, bytes_), kLongestWordLine)
                            : kLongestWordLine;
  }
  /// Bytes of memory.
  [[nodiscard]] std::size_t held() const {
    return values_.held() + variables_.held() + arguments_.capacity() * sizeof(Place) +
           views_.capacity() * sizeof(std::string_view);
  }

 private:
  using Place = GatheredValues::Place;

  void count(std::size_t line_size);
  [[nodiscard]] Result<void> take_program(std::string_view line, std::string_view name);
  [[nodiscard]] Result<void> take_argument(std::string_view line, std::string_view text);
  [[nodiscard]] Result<void> take_variable(std::string_view line, std::string_view text);
  [[nodiscard]] Result<void> take_once(std::optional<Place>& into, std::string_view line,
                                       std::string_view text);
  void refuse_length();
  void refuse(std::string why);
  [[nodiscard]] CallRequest call();
  void tell_control(ClientMessages& to);
  std::span<const std::string_view> arguments();
  [[nodiscard]] std::string_view view(const std::optional<Place>& place) const {
    return place ? values_.view(*place) : std::string_view();
  }

  std::size_t limit_;
  bool open_ = false;
  Kind kind_ = Kind::call;
  std::size_t bytes_ = 0;
  std::string refused_;  // why it can't be taken; empty: it can
  std::string id_;
  std::string word_;  // the function, or the verb
  std::string program_;
  std::chrono::milliseconds time_left_{0};
  GatheredValues values_;
  GatheredValues variables_;
  std::vector<Place> arguments_;
  std::vector<std::string_view> views_;
  std::optional<Place> uri_;
  std::optional<Place> message_;
  std::optional<Place> input_;
};

}  // namespace kamexec::service
