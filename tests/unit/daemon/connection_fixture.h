// SPDX-License-Identifier: GPL-2.0-or-later
// Connections over socket pairs, and a Requests that notes what it is asked.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/call.h"
#include "daemon/connection.h"

namespace kamexec::daemon {

/// Keeps each call in flight until answer().
class NotingRequests final : public Requests {
 public:
  void on_hello(Connection& from) override { say(from, "hello 2\nready\n"); }
  void on_call(Connection& from, const service::CallRequest& request) override {
    ids.emplace_back(request.id);
    Call& call = calls.emplace_back();
    call.bytes = bytes_of_a_call;
    from.begin(request.id, call);
    from.hold(call.bytes);
  }
  void on_refused(Connection&, std::string_view id, std::string_view) override {
    refused.emplace_back(id);
  }
  void on_cancel(Connection&, std::string_view id) override { cancelled.emplace_back(id); }
  void on_control(Connection&, const service::ControlRequest& request) override {
    controls.emplace_back(request.verb);
  }
  void on_closed(Connection& from, std::string_view why) override {
    closed.emplace_back(why);
    lost += from.calls().size();
  }

  void answer(Connection& to, const std::string& id, const std::string& text) {
    to.end(id, bytes_of_a_call);
    say(to, text);
  }
  static void say(Connection& to, std::string_view text) {
    to.out() += text;
    to.written();
  }

  std::size_t bytes_of_a_call = 100;
  std::vector<std::string> ids, refused, cancelled, controls, closed;
  std::size_t lost = 0;
  std::list<Call> calls;
};

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() : loop_(std::move(*EventLoop::create())), shared_{loop_, requests_} {}

  /// A connection whose other end is `client`.
  Connection& connect() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    client_.reset(ends[0]);
    Result<Peer> peer = peer_of(ends[1]);
    EXPECT_TRUE(peer);
    connection_ = std::make_unique<Connection>(UniqueFd(ends[1]), std::move(*peer), shared_);
    EXPECT_TRUE(connection_->open());
    return *connection_;
  }
  Connection& greeted() {
    connect();
    send("hello 2\n");
    turn();
    EXPECT_EQ(received(), "hello 2\nready\n");
    return *connection_;
  }
  bool send(std::string_view text) {
    return ::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  /// As the daemon does: what has happened, then what is to be sent.
  void turn() {
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(loop_.turn(Clock::now()));
      flush();
    }
  }
  void flush() {
    std::vector<Connection*> written;
    written.swap(shared_.written);
    for (Connection* one : written) {
      one->flush();
    }
  }
  std::string received() {
    std::string all;
    std::array<char, 65536> buffer{};
    ssize_t size = 0;
    while ((size = ::recv(client_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ended_ = size == 0;
    return all;
  }
  static std::string call(const std::string& id) {
    return "request " + id + " run 0\nprogram p\narg x\nend " + id + "\n";
  }

  NotingRequests requests_;
  EventLoop loop_;
  ConnectionShared shared_;
  UniqueFd client_;
  std::unique_ptr<Connection> connection_;
  bool ended_ = false;  ///< received() has seen the end
};

}  // namespace kamexec::daemon
