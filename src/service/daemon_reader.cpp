// SPDX-License-Identifier: GPL-2.0-or-later
// How a client reads what the daemon sends: the DaemonReader of daemon_messages.h.
#include "pool/line_reader.h"
#include "pool/words.h"
#include "service/client_messages.h"
#include "service/daemon_messages.h"
#include "service/message_words.h"
#include "service/open_reply.h"

namespace kamexec::service {
namespace {

using pool::take_word;

/// The member that a word of a notice stands for; nullptr: of a later version.
bool* member(ProgramNotice& notice, std::string_view word) {
  if (word == "uri") {
    return &notice.uri;
  }
  if (word == "env") {
    return &notice.variables;
  }
  if (word == "message") {
    return &notice.message;
  }
  if (word == "input") {
    return &notice.input;
  }
  if (word == "stored") {
    return &notice.stored;
  }
  return nullptr;
}

Result<ProgramNotice> read_notice(std::string_view line, std::string_view words) {
  ProgramNotice notice{std::string(take_word(words)), {}, false, false, false, false, false};
  const auto timeout = pool::read_number(take_word(words), kMostMilliseconds);
  if (!is_word(notice.name) || !timeout) {
    return out_of_step("told of a program without its name and time-out", line);
  }
  notice.timeout = std::chrono::milliseconds(*timeout);
  while (!words.empty()) {
    if (bool* wanted = member(notice, take_word(words)); wanted != nullptr) {
      *wanted = true;
    }
  }
  return notice;
}

}  // namespace

struct DaemonReader::State {
  explicit State(std::size_t reply_limit) : reply(reply_limit) {}

  [[nodiscard]] Result<void> read(std::string_view bytes, DaemonMessages& to);
  [[nodiscard]] Result<void> take(std::string_view line, DaemonMessages& to);
  [[nodiscard]] Result<void> take_hello(std::string_view line, DaemonMessages& to);
  [[nodiscard]] Result<void> take_in_reply(std::string_view line, DaemonMessages& to);
  [[nodiscard]] Result<void> take_news(std::string_view line, DaemonMessages& to);

  pool::LineReader lines;
  OpenReply reply;
  bool greeted = false;
  bool broken = false;
};

Result<void> DaemonReader::State::read(std::string_view bytes, DaemonMessages& to) {
  while (!bytes.empty()) {
    const auto line = lines.next(bytes, kLongestDaemonLine);
    if (line ? line->cut : lines.is_cut()) {
      return failure("sent a line longer than " + std::to_string(kLongestDaemonLine) + " bytes");
    }
    if (line) {
      if (auto taken = take(line->text, to); !taken) {
        return taken;
      }
    }
  }
  if (lines.held() > kKept) {
    lines.release();
  }
  return {};
}

Result<void> DaemonReader::State::take(std::string_view line, DaemonMessages& to) {
  if (reply.is_open()) {
    return take_in_reply(line, to);
  }
  if (!greeted) {
    return take_hello(line, to);
  }
  std::string_view rest = line;
  const std::string_view field = take_word(rest);
  if (field == "reply") {
    return reply.begin_reply(line, rest);
  }
  if (field == "failed") {
    return reply.begin_failed(line, rest);
  }
  return take_news(line, to);
}

Result<void> DaemonReader::State::take_hello(std::string_view line, DaemonMessages& to) {
  const auto version = read_hello(line);
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (*version != kServiceProtocolVersion) {
    return out_of_step("speaks another version of the protocol", line);
  }
  greeted = true;
  to.on_hello(*version);
  return {};
}

Result<void> DaemonReader::State::take_in_reply(std::string_view line, DaemonMessages& to) {
  std::string_view rest = line;
  const std::string_view field = take_word(rest);
  if (field != "end") {
    return reply.take(line, field, rest);
  }
  if (rest != reply.id()) {
    return out_of_step("ended another reply than it began", line);
  }
  return reply.end(to);
}

/// What isn't asked for: the programs that there are.
Result<void> DaemonReader::State::take_news(std::string_view line, DaemonMessages& to) {
  std::string_view rest = line;
  const std::string_view field = take_word(rest);
  if (field == "program") {
    auto notice = read_notice(line, rest);
    if (!notice) {
      return tl::unexpected(notice.error());
    }
    to.on_notice(std::move(*notice));
  } else if (field == "gone" && is_word(rest)) {
    to.on_gone(rest);
  } else if (line == "ready") {
    to.on_ready();
  } else {
    return out_of_step("sent a line that begins nothing", line);
  }
  return {};
}

DaemonReader::DaemonReader(std::size_t reply_limit)
    : state_(std::make_unique<State>(reply_limit)) {}
DaemonReader::~DaemonReader() = default;
DaemonReader::DaemonReader(DaemonReader&&) noexcept = default;
DaemonReader& DaemonReader::operator=(DaemonReader&&) noexcept = default;

Result<void> DaemonReader::read(std::string_view bytes, DaemonMessages& to) {
  if (state_->broken) {
    return failure("is out of step since an earlier fault");
  }
  state_->broken = true;  // also where memory runs out on the way
  auto done = state_->read(bytes, to);
  state_->broken = !done;
  return done;
}

}  // namespace kamexec::service
