// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/takeover.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <utility>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "daemon/listener.h"
#include "service/client_messages.h"
#include "service/daemon_messages.h"

namespace kamexec::daemon {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kReplyLimit = std::size_t{64} << 10;
constexpr std::string_view kId = "replace";

class Answer final : public service::DaemonMessages {
 public:
  [[nodiscard]] const std::optional<process::RunResult>& reply() const { return reply_; }

  void on_hello(std::uint32_t) override {}
  void on_notice(service::ProgramNotice) override {}
  void on_gone(std::string_view) override {}
  void on_ready() override {}
  void on_reply(std::string_view id, process::RunResult& result) override {
    if (id == kId) {
      reply_ = std::move(result);
    }
  }

 private:
  std::optional<process::RunResult> reply_;
};

/// The descriptor that came with @p message, if one did.
UniqueFd descriptor_in(msghdr& message) {
  UniqueFd found;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
        part->cmsg_len == CMSG_LEN(sizeof(int))) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
      found.reset(fd);
    }
  }
  return found;
}

Error lost(const std::string& path, int number) {
  return system_error("the daemon at " + path + " does not answer", number);
}

/// Waits for @p events until @p until.
bool wait_for(int fd, short events, TimePoint until) {
  pollfd one{fd, events, 0};
  for (;;) {
    const timespec left = time_left(Clock::now(), until);
    const int ready = ::ppoll(&one, 1, &left, nullptr);
    if (ready != 0 && (ready > 0 || errno != EINTR)) {
      return ready > 0;
    }
    if (Clock::now() >= until) {
      return false;
    }
  }
}

Result<void> send_all(int fd, std::string_view text, const std::string& path, TimePoint until) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if ((errno != EAGAIN && errno != EINTR) || !wait_for(fd, POLLOUT, until)) {
      return tl::unexpected<Error>(lost(path, errno));
    }
  }
  return {};
}

}  // namespace

Result<std::optional<TakenSocket>> take_socket_over(const std::string& path) {
  Result<std::optional<UniqueFd>> connected = connect_to(path);
  if (!connected) {
    return tl::unexpected<Error>(std::move(connected.error()));
  }
  if (!*connected) {
    return std::optional<TakenSocket>();
  }
  const int fd = (*connected)->get();
  const TimePoint until = after(Clock::now(), kPatience);
  std::string request;
  service::append_client_hello(request);
  service::append_control(request, {.id = kId, .verb = "replace", .arguments = {}});
  if (Result<void> sent = send_all(fd, request, path, until); !sent) {
    return tl::unexpected<Error>(std::move(sent.error()));
  }

  service::DaemonReader reader(kReplyLimit);
  Answer answer;
  TakenSocket taken;
  std::array<char, 16384> buffer;
  while (!answer.reply()) {
    if (!wait_for(fd, POLLIN, until)) {
      return tl::unexpected<Error>(lost(path, ETIMEDOUT));
    }
    iovec piece{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t received = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
      continue;
    }
    if (received <= 0) {
      return tl::unexpected<Error>(lost(path, received < 0 ? errno : ECONNRESET));
    }
    if (UniqueFd found = descriptor_in(message); found.valid()) {
      taken.fd = std::move(found);
    }
    if (const Result<void> read =
            reader.read({buffer.data(), static_cast<std::size_t>(received)}, answer);
        !read) {
      return failure("the daemon at " + path + " is out of step: " + read.error().message);
    }
  }
  const process::RunResult& reply = *answer.reply();
  if (reply.outcome.cause != process::Cause::ok || !taken.fd.valid()) {
    return failure("the daemon at " + path +
                   " does not hand its socket over: " + reply.outcome.detail);
  }
  taken.lent = std::string_view(reply.output).starts_with(kSocketIsLent);
  return std::optional<TakenSocket>(std::move(taken));
}

}  // namespace kamexec::daemon
