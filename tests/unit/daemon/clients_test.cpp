// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/clients.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <cerrno>
#include <cstring>

#include "connection_fixture.h"

namespace kamexec::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class ClientsTest : public testing::Test {
 protected:
  ClientsTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("kamexecd" + std::to_string(::getpid()))),
        path_(directory_ / "socket"),
        loop_(std::move(*EventLoop::create())),
        clients_(loop_, requests_) {
    std::filesystem::create_directory(directory_);
    clients_.set_limits(limits_);
  }
  ~ClientsTest() override { std::filesystem::remove_all(directory_); }

  void listen() {
    Result<Listener> listener = Listener::make({.path = path_, .mode = 0600, .group = {}});
    ASSERT_TRUE(listener) << listener.error().message;
    ASSERT_TRUE(clients_.listen(std::move(*listener)));
  }
  /// A client that has said hello, and whose calls are answered or not.
  UniqueFd connected() {
    Result<std::optional<UniqueFd>> made = connect_to(path_);
    EXPECT_TRUE(made && *made);
    UniqueFd fd = std::move(**made);
    send(fd, "hello 2\n");
    turn();
    EXPECT_EQ(received(fd), "hello 2\nready\n");
    return fd;
  }
  static bool send(const UniqueFd& to, std::string_view text) {
    return ::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(text.size());
  }
  static std::string call(const std::string& id) {
    return "request " + id + " run 0\nprogram p\nend " + id + "\n";
  }
  static std::string received(const UniqueFd& by) {
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(by.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
  }
  static bool is_closed(const UniqueFd& fd) {
    char byte = 0;
    return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }
  void turn() {
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(loop_.turn(Clock::now()));
      clients_.settle();
    }
  }
  void answer_all() {
    clients_.for_each([this](Connection& connection) {
      while (!connection.calls().empty()) {
        requests_.answer(connection, std::string(connection.calls().begin()->first.text()), "x\n");
      }
    });
    turn();
  }

  const std::filesystem::path directory_;
  const std::string path_;
  NotingRequests requests_;
  EventLoop loop_;
  ClientLimits limits_;
  Clients clients_;
};

TEST_F(ClientsTest, AtTheLimitTheOneThatIsIdleForLongestMakesRoom) {
  limits_.connections = 3;
  clients_.set_limits(limits_);
  listen();
  const UniqueFd one = connected();
  const UniqueFd two = connected();
  const UniqueFd three = connected();
  for (const UniqueFd* client : {&one, &three, &two, &one}) {
    send(*client, call("a" + std::to_string(requests_.ids.size())));
    turn();
    answer_all();
  }
  EXPECT_EQ(clients_.count(), 3U);
  const UniqueFd four = connected();
  EXPECT_EQ(clients_.count(), 3U);
  received(three);
  EXPECT_TRUE(is_closed(three));
  EXPECT_FALSE(send(three, call("b"))) << "it knows that nothing was sent";
  received(one);
  EXPECT_FALSE(is_closed(one));
  EXPECT_EQ(clients_.counters().evicted, 1U);
}

TEST_F(ClientsTest, OneThatNeverCalledMakesRoomFirst) {
  limits_.connections = 2;
  clients_.set_limits(limits_);
  listen();
  const UniqueFd caller = connected();
  send(caller, call("a"));
  turn();
  answer_all();
  const UniqueFd silent = connected();
  const UniqueFd next = connected();
  EXPECT_TRUE(is_closed(silent));
  received(caller);
  EXPECT_FALSE(is_closed(caller));
}

TEST_F(ClientsTest, WhereAllAreBusyTheNextOneWaits) {
  limits_.connections = 1;
  clients_.set_limits(limits_);
  listen();
  const UniqueFd busy = connected();
  send(busy, call("a"));
  turn();
  Result<std::optional<UniqueFd>> next = connect_to(path_);
  ASSERT_TRUE(next && *next);
  send(**next, "hello 2\n");
  turn();
  EXPECT_EQ(clients_.count(), 1U);
  EXPECT_EQ(received(**next), "");
  EXPECT_LT(clients_.wake_at(), Clock::now() + seconds(10)) << "it is tried again";
  answer_all();
  clients_.check_time(Clock::now() + seconds(1));
  turn();
  EXPECT_EQ(received(**next), "hello 2\nready\n");
}

TEST_F(ClientsTest, WithoutADescriptorOthersAreServedAndNoTurnSpins) {
  listen();
  const UniqueFd busy = connected();
  send(busy, call("a"));
  turn();
  Result<std::optional<UniqueFd>> next = connect_to(path_);
  ASSERT_TRUE(next && *next);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const UniqueFd lowest(::dup(0));
  rlimit none{static_cast<rlim_t>(lowest.get()), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  turn();
  const TimePoint began = Clock::now();
  ASSERT_TRUE(loop_.turn(began + milliseconds(30)));
  EXPECT_GE(Clock::now() - began, milliseconds(25)) << "nothing is told while it pauses";
  answer_all();
  EXPECT_EQ(received(busy), "x\n");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  clients_.check_time(Clock::now() + seconds(1));
  send(**next, "hello 2\n");
  turn();
  EXPECT_EQ(received(**next), "hello 2\nready\n");
}

TEST_F(ClientsTest, StoppingAnswersThoseThatHadConnected) {
  listen();
  const UniqueFd known = connected();
  send(known, call("a"));
  turn();
  Result<std::optional<UniqueFd>> waiting = connect_to(path_);
  ASSERT_TRUE(waiting && *waiting);
  send(**waiting, "hello 2\n" + call("b"));
  clients_.stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
  const Result<std::optional<UniqueFd>> late = connect_to(path_);
  EXPECT_TRUE(late && !*late);
  EXPECT_FALSE(send(known, call("c")));
  EXPECT_FALSE(send(**waiting, call("c")));
  EXPECT_EQ(clients_.count(), 2U);
  answer_all();
  EXPECT_EQ(received(known), "x\n");
  EXPECT_EQ(received(**waiting), "hello 2\nready\nx\n");
  EXPECT_TRUE(clients_.empty());
  EXPECT_EQ(requests_.lost, 0U);
}

TEST_F(ClientsTest, ASocketThatIsLeftOverIsTakenAndALiveOneIsNot) {
  {
    Result<Listener> first = Listener::make({.path = path_, .mode = 0640, .group = {}});
    ASSERT_TRUE(first) << first.error().message;
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
    const Result<Listener> second = Listener::make({.path = path_, .mode = 0600, .group = {}});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("--replace"));
    EXPECT_FALSE(first->outlives_us());
  }  // closed, and its path stays: as after a kill
  ASSERT_TRUE(std::filesystem::exists(path_));
  Result<Listener> next = Listener::make({.path = path_, .mode = 0600, .group = {}});
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
  next->take_path_away();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ClientsTest, APathThatIsNotOursAnyMoreStays) {
  Result<Listener> first = Listener::make({.path = path_, .mode = 0600, .group = {}});
  ASSERT_TRUE(first);
  first->close();
  Result<Listener> second = Listener::make({.path = path_, .mode = 0600, .group = {}});
  ASSERT_TRUE(second) << second.error().message;
  first->take_path_away();
  EXPECT_TRUE(std::filesystem::exists(path_));
  second->take_path_away();
}

TEST_F(ClientsTest, WhatIsNoSocketStays) {
  std::ofstream(path_) << "kept";
  const Result<Listener> made = Listener::make({.path = path_, .mode = 0600, .group = {}});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("is no socket"));
  EXPECT_EQ(std::filesystem::file_size(path_), 4U);
}

}  // namespace
}  // namespace kamexec::daemon
