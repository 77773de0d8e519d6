// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_request.h"

#include "pool/escape.h"

namespace kamexec {
namespace {

class RequestText {
 public:
  RequestText(std::string& to, std::size_t most) : to_(to), end_(to.size() + most) {}

  void add(std::string_view text) { to_ += text; }

  /// Holds that the text can't grow far past its limit, whatever it is fed.
  void field(std::string_view name, std::string_view value) {
    if (!fits()) {
      return;
    }
    to_ += name;
    to_ += ' ';
    append_escaped(to_, value);
    to_ += '\n';
  }

  [[nodiscard]] bool fits() const { return to_.size() <= end_; }

 private:
  std::string& to_;
  std::size_t end_;
};

}  // namespace

bool append_request(std::string& to, const WorkerRequest& request, std::string_view id,
                    const Wants& wants, std::chrono::milliseconds time_left, std::size_t most) {
  RequestText text(to, most);
  text.add("request ");
  text.add(id);
  text.add(" ");
  text.add(request.call);
  text.add(" ");
  text.add(std::to_string(time_left.count()));
  text.add("\n");
  for (const std::string_view argument : request.arguments) {
    text.field("arg", argument);
  }
  if (wants.uri && !request.uri.empty()) {
    text.field("uri", request.uri);
  }
  if (wants.environment && request.environment != nullptr) {
    for (char* const* variable = request.environment; *variable != nullptr; ++variable) {
      text.field("env", *variable);
    }
  }
  if (wants.message && !request.message.empty()) {
    text.field("message", request.message);
  }
  text.add("end ");
  text.add(id);
  text.add("\n");
  return text.fits();
}

}  // namespace kamexec
