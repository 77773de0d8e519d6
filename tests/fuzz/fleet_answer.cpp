// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as an answer that comes over NATS: lines "Name: value" up to an empty one are its
// header, the rest is its payload. What is read is written again as what is read the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "fleet/answer_message.h"
#include "fleet/subjects.h"
#include "service/message_words.h"

namespace kamexec::fleet {
namespace {

using process::Cause;

constexpr std::string_view kId = "7";
constexpr std::size_t kLimit = 300;
constexpr std::size_t kMost = std::size_t{1} << 20;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

class Message final : public nats::Incoming {
 public:
  explicit Message(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view line = bytes.substr(0, bytes.find('\n'));
      bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
      const std::size_t colon = line.find(": ");
      if (colon == line.npos) {
        break;
      }
      headers_.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    payload_ = bytes;
  }
  explicit Message(const AnswerMessage& answer) : payload_(answer.payload()) {
    for (const nats::Header& header : answer.headers()) {
      require(header.value.find_first_of("\r\n") == header.value.npos && !header.value.empty());
      headers_.emplace_back(header.name, header.value);
    }
  }
  [[nodiscard]] std::string_view subject() const override { return "_INBOX.1"; }
  [[nodiscard]] std::string_view reply() const override { return {}; }
  [[nodiscard]] std::string_view payload() const override { return payload_; }
  [[nodiscard]] std::string_view header(const char* name) const override {
    for (const auto& [known, value] : headers_) {
      if (known == name) {
        return value;
      }
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  std::string_view payload_;
};

void check_sane(const Answer& answer) {
  const process::Outcome& outcome = answer.result.outcome;
  const bool has_ended = outcome.cause == Cause::ok || outcome.cause == Cause::nonzero_exit;
  require(answer.worker.id.empty() || service::is_id(answer.worker.id));
  require(answer.worker.zone.empty() || is_token(answer.worker.zone));
  require(answer.result.output.size() <= kLimit && answer.result.error.size() <= 4096);
  require(has_ended || answer.result.output.empty());
  require(outcome.detail.size() <= 4096);
  require(std::all_of(outcome.detail.begin(), outcome.detail.end(),
                      [](char c) { return c >= ' ' && c <= '~'; }));
  require(outcome.cause != Cause::ok || (outcome.exit_status == 0 && outcome.signal == 0));
  require(outcome.signal >= 0 && outcome.signal <= 127);
  require(outcome.cause != Cause::nonzero_exit ||
          (outcome.signal != 0 ? outcome.exit_status == -1
                               : outcome.exit_status >= 1 && outcome.exit_status <= 255));
  // Only what says of itself that it has not run may go elsewhere.
  require(!(answer.elsewhere || answer.incomplete) || outcome.cause == Cause::refused ||
          outcome.cause == Cause::not_started);
  require(!(answer.elsewhere && answer.incomplete));
}

void check_written_again(const Answer& answer) {
  const AnswerMessage written(kId, answer, kMost);
  const Answer again = read_answer(Message(written), kId, kLimit);
  const process::Outcome& one = answer.result.outcome;
  const process::Outcome& other = again.result.outcome;
  require(one.cause == other.cause && one.exit_status == other.exit_status);
  require(one.signal == other.signal && one.detail == other.detail);
  require(answer.result.output == again.result.output);
  require(answer.result.error == again.result.error);
  require(answer.result.error.empty() ||
          answer.result.error_truncated == again.result.error_truncated);
  require(answer.elsewhere == again.elsewhere && answer.incomplete == again.incomplete);
  require(answer.worker.id == again.worker.id && answer.worker.zone == again.worker.zone);
  require(names_of(answer.wants) == names_of(again.wants));
}

}  // namespace
}  // namespace kamexec::fleet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kamexec::fleet;
  const Message message(std::string_view(reinterpret_cast<const char*>(data), size));
  const Answer answer = read_answer(message, kId, kLimit);
  check_sane(answer);
  check_written_again(answer);
  // It is nothing to any other call.
  const Answer other = read_answer(message, "8", kLimit);
  require(answer.result.outcome.cause == kamexec::process::Cause::unusable ||
          other.result.outcome.cause == kamexec::process::Cause::unusable);
  return 0;
}
