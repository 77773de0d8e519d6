// SPDX-License-Identifier: GPL-2.0-or-later
// What a reader tells, as copies: for the unit tests and the fuzz targets.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "service/client_messages.h"
#include "service/daemon_messages.h"

namespace kamexec::service {

/// A message of a client. Members that its kind doesn't have are empty.
struct ToldByClient {
  std::string kind{};  ///< "hello", "call", "cancel", "control", "refused"
  std::string id{};
  std::string word{};  ///< the function, the verb, the version, or why it was refused
  std::chrono::milliseconds time_left{0};
  std::string program{};
  std::vector<std::string> arguments{};
  std::string uri{};
  std::string variables{};
  std::string message{};
  std::string input{};

  bool operator==(const ToldByClient&) const = default;
};

class ClientRecord : public ClientMessages {
 public:
  void on_hello(std::uint32_t version) override {
    told_.push_back({.kind = "hello", .word = std::to_string(version)});
  }
  void on_call(const CallRequest& request) override {
    told_.push_back({"call",
                     std::string(request.id),
                     std::string(request.call),
                     request.time_left,
                     std::string(request.program),
                     {request.arguments.begin(), request.arguments.end()},
                     std::string(request.uri),
                     std::string(request.variables),
                     std::string(request.message),
                     std::string(request.input)});
    arguments_end_in_nul_ =
        arguments_end_in_nul_ &&
        std::all_of(request.arguments.begin(), request.arguments.end(),
                    [](std::string_view one) { return *(one.data() + one.size()) == '\0'; });
  }
  void on_cancel(std::string_view id) override {
    told_.push_back({.kind = "cancel", .id = std::string(id)});
  }
  void on_control(const ControlRequest& request) override {
    told_.push_back({.kind = "control",
                     .id = std::string(request.id),
                     .word = std::string(request.verb),
                     .arguments = {request.arguments.begin(), request.arguments.end()}});
  }
  void on_refused(std::string_view id, std::string_view why) override {
    told_.push_back({.kind = "refused", .id = std::string(id), .word = std::string(why)});
  }

  [[nodiscard]] const std::vector<ToldByClient>& told() const { return told_; }
  [[nodiscard]] bool arguments_end_in_nul() const { return arguments_end_in_nul_; }

 private:
  std::vector<ToldByClient> told_;
  bool arguments_end_in_nul_ = true;
};

/// A message of the daemon.
struct ToldByDaemon {
  std::string kind{};  ///< "hello", "notice", "gone", "ready", "reply"
  std::string id{};    ///< or the version, or the name of what is gone
  ProgramNotice notice{};
  process::RunResult result{};
};

[[nodiscard]] inline bool same_result(const process::RunResult& one,
                                      const process::RunResult& other) {
  return one.outcome.cause == other.outcome.cause &&
         one.outcome.exit_status == other.outcome.exit_status &&
         one.outcome.signal == other.outcome.signal && one.outcome.pid == other.outcome.pid &&
         one.outcome.duration == other.outcome.duration &&
         one.outcome.detail == other.outcome.detail && one.output == other.output &&
         one.error == other.error && one.error_truncated == other.error_truncated;
}

[[nodiscard]] inline bool operator==(const ToldByDaemon& one, const ToldByDaemon& other) {
  return one.kind == other.kind && one.id == other.id && one.notice == other.notice &&
         same_result(one.result, other.result);
}

class DaemonRecord : public DaemonMessages {
 public:
  void on_hello(std::uint32_t version) override {
    told_.push_back({.kind = "hello", .id = std::to_string(version)});
  }
  void on_notice(ProgramNotice notice) override {
    told_.push_back({.kind = "notice", .notice = std::move(notice)});
  }
  void on_gone(std::string_view name) override {
    told_.push_back({.kind = "gone", .id = std::string(name)});
  }
  void on_ready() override { told_.push_back({.kind = "ready"}); }
  void on_reply(std::string_view id, process::RunResult& result) override {
    told_.push_back({.kind = "reply", .id = std::string(id), .result = result});
  }

  [[nodiscard]] const std::vector<ToldByDaemon>& told() const { return told_; }

 private:
  std::vector<ToldByDaemon> told_;
};

/// Feeds @p bytes in pieces of @p size. The problem; empty: there is none.
template <typename Reader, typename Record>
std::string read_in_pieces(Reader& reader, std::string_view bytes, std::size_t size,
                           Record& record) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    if (const auto done = reader.read(bytes.substr(0, size), record); !done) {
      return done.error().message;
    }
  }
  return {};
}

}  // namespace kamexec::service
