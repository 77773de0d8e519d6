// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/reply_reader.h"

#include <algorithm>
#include <functional>

#include "pool/escape.h"
#include "pool/words.h"

namespace kamexec::pool {
namespace {

constexpr std::size_t kLongestErrorText = 1024;
constexpr std::size_t kRoomForWords = 64;  // of a line, beside its value
constexpr std::size_t kMostOutput = std::size_t{1} << 30;
constexpr std::uint32_t kHighestStatus = 255;

/// Of a line that may still be right: each byte of its value can take three.
std::size_t line_limit(std::size_t output_limit) {
  return 3 * std::max(output_limit, kLongestErrorText) + kRoomForWords;
}

bool is_printable(char byte) {
  return byte >= 0x20 && byte < 0x7f;
}

}  // namespace

ReplyReader::ReplyReader(std::size_t output_limit)
    : output_limit_(std::min(output_limit, kMostOutput)), line_limit_(line_limit(output_limit_)) {}

void ReplyReader::expect(const RequestId& id) {
  id_ = id;
  state_ = State::incomplete;
  part_ = Part::start;
  surplus_ = false;
  lines_.clear();
  output_.clear();
  error_text_.clear();
  problem_.clear();
}

ReplyReader::State ReplyReader::read(std::string_view bytes) {
  while (state_ == State::incomplete && !bytes.empty()) {
    const auto line = lines_.next(bytes, line_limit_);
    if (line ? line->cut : lines_.is_cut()) {
      fail("sent a line longer than its output limit allows");
      break;
    }
    if (!line) {
      return state_;
    }
    take_line(line->text);
  }
  surplus_ = surplus_ || (state_ == State::complete && !bytes.empty());
  return state_;
}

void ReplyReader::take_line(std::string_view line) {
  if (part_ == Part::start) {
    take_start(line);
  } else {
    take_in_reply(line);
  }
}

void ReplyReader::take_start(std::string_view line) {
  std::string_view rest = line;
  const std::string_view field = take_word(rest);
  if (field != "reply" && field != "error") {
    fail("sent a line that is not a reply: " + quoted_start(line));
    return;
  }
  if (!is_ours(take_word(rest), line)) {
    return;
  }
  if (field == "error") {
    take_error(rest);
    return;
  }
  const auto status = read_number(rest, kHighestStatus);
  if (!status) {
    fail("sent a reply without a status from 0 to 255: " + quoted_start(line));
    return;
  }
  kind_ = Kind::reply;
  status_ = static_cast<int>(*status);
  part_ = Part::lines;
}

void ReplyReader::take_in_reply(std::string_view line) {
  std::string_view rest = line;
  const std::string_view field = take_word(rest);
  if (field == "end") {
    if (is_ours(rest, line)) {
      state_ = State::complete;
    }
    return;
  }
  if (field != "line") {
    fail("sent neither a line nor the end of its reply: " + quoted_start(line));
    return;
  }
  if (!append_unescaped(output_, rest)) {
    fail("sent a % that is not followed by two hexadecimal digits: " + quoted_start(line));
    return;
  }
  output_ += '\n';
  if (output_.size() > output_limit_) {
    fail("sent more than the limit of " + std::to_string(output_limit_) + " bytes");
  }
}

void ReplyReader::take_error(std::string_view text) {
  std::string bytes;
  if (!append_unescaped(bytes, text)) {
    fail("sent a % that is not followed by two hexadecimal digits: " + quoted_start(text));
    return;
  }
  bytes.resize(std::min(bytes.size(), kLongestErrorText));
  // It is for logs: a control character there would be the caller's way into them.
  std::replace_if(bytes.begin(), bytes.end(), std::not_fn(is_printable), '?');
  error_text_ = std::move(bytes);
  kind_ = Kind::error;
  state_ = State::complete;
}

bool ReplyReader::is_ours(std::string_view id, std::string_view line) {
  if (id == id_.text()) {
    return true;
  }
  fail("answered another request: " + quoted_start(line));
  return false;
}

void ReplyReader::fail(std::string problem) {
  state_ = State::invalid;
  problem_ = std::move(problem);
  output_.clear();
  error_text_.clear();
}

}  // namespace kamexec::pool
