// SPDX-License-Identifier: GPL-2.0-or-later
// How the daemon reads what a client sends: the ClientReader of client_messages.h.
#include "pool/line_reader.h"
#include "pool/words.h"
#include "service/client_messages.h"
#include "service/message_words.h"
#include "service/open_request.h"

namespace kamexec::service {
namespace {

using pool::LineReader;
using pool::take_word;

}  // namespace

struct ClientReader::State {
  explicit State(std::size_t request_limit) : request(request_limit) {}

  [[nodiscard]] Result<void> read(std::string_view bytes, ClientMessages& to);
  [[nodiscard]] Result<void> take(const LineReader::Line& line, ClientMessages& to);
  [[nodiscard]] Result<void> take_hello(std::string_view line, ClientMessages& to);
  [[nodiscard]] Result<void> take_in_request(const LineReader::Line& line, ClientMessages& to);

  LineReader lines;
  OpenRequest request;
  bool greeted = false;
  bool broken = false;
};

Result<void> ClientReader::State::read(std::string_view bytes, ClientMessages& to) {
  while (!bytes.empty()) {
    const auto line =
        lines.next(bytes, request.is_open() ? request.longest_line() : kLongestWordLine);
    if (!line && !request.is_open() && lines.is_cut()) {
      return failure("sent a line that is too long where no request has begun");
    }
    if (line) {
      if (auto taken = take(*line, to); !taken) {
        return taken;
      }
    }
  }
  if (lines.held() > kKept) {
    lines.release();
  }
  return {};
}

Result<void> ClientReader::State::take(const LineReader::Line& line, ClientMessages& to) {
  if (request.is_open()) {
    return take_in_request(line, to);
  }
  if (line.cut) {
    return out_of_step("sent a line that is too long where no request has begun", line.text);
  }
  if (!greeted) {
    return take_hello(line.text, to);
  }
  std::string_view rest = line.text;
  const std::string_view field = take_word(rest);
  if (field == "request") {
    return request.begin(OpenRequest::Kind::call, line.text, rest);
  }
  if (field == "control") {
    return request.begin(OpenRequest::Kind::control, line.text, rest);
  }
  if (field != "cancel" || !is_id(rest)) {
    return out_of_step("sent a line that begins nothing", line.text);
  }
  to.on_cancel(rest);
  return {};
}

Result<void> ClientReader::State::take_hello(std::string_view line, ClientMessages& to) {
  const auto version = read_hello(line);
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (*version < kServiceProtocolVersion) {
    return out_of_step("speaks a version of the protocol that no socket speaks", line);
  }
  greeted = true;
  to.on_hello(*version);
  return {};
}

Result<void> ClientReader::State::take_in_request(const LineReader::Line& line,
                                                  ClientMessages& to) {
  std::string_view rest = line.text;
  const std::string_view field = take_word(rest);
  if (field != "end" || line.cut) {
    return request.take(line, field, rest);
  }
  if (rest != request.id()) {
    return out_of_step("ended another request than it began", line.text);
  }
  return request.end(to);
}

ClientReader::ClientReader(std::size_t request_limit)
    : state_(std::make_unique<State>(request_limit)) {}
ClientReader::~ClientReader() = default;
ClientReader::ClientReader(ClientReader&&) noexcept = default;
ClientReader& ClientReader::operator=(ClientReader&&) noexcept = default;

Result<void> ClientReader::read(std::string_view bytes, ClientMessages& to) {
  if (state_->broken) {
    return failure("is out of step since an earlier fault");
  }
  state_->broken = true;  // also where memory runs out on the way
  auto done = state_->read(bytes, to);
  state_->broken = !done;
  return done;
}

bool ClientReader::in_message() const {
  return state_->request.is_open() || state_->lines.in_line();
}

std::size_t ClientReader::held() const {
  return state_->lines.held() + state_->request.held();
}

}  // namespace kamexec::service
