// SPDX-License-Identifier: GPL-2.0-or-later
// bare_nats URL REQUEST REPLY CALLERS threads|messages
//
// Makes bare requests by libnats: the message in the file REQUEST to an answerer in a process of
// its own, and the one in REPLY back, as many as it is told (repeat.h), CALLERS of them at the same
// time. In the files are lines "NAME: VALUE" for the headers, an empty line, and the payload.
// "threads": each caller is a thread that waits in natsConnection_RequestMsg(), all on one
// connection, as libnats' users do it. "messages": no thread waits; whenever a reply comes, the
// library's thread sends the next request. Exit status 2 for a mistake in what it was told.
#include <nats/nats.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "repeat.h"

namespace {

using kamexec::Result;
using kamexec::UniqueFd;

constexpr int kPatienceMs = 10'000;

/// 0 for what is no number.
int number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

struct Content {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;
  bool is_read = false;
};

Content read_content(const char* path) {
  Content made;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (std::getline(file, line) && !line.empty()) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) {
      return made;
    }
    made.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  made.is_read = file.good();
  made.payload.assign(std::istreambuf_iterator<char>(file), {});
  return made;
}

/// nullptr where there is no memory. @p reply: nullptr: none.
natsMsg* message_of(const Content& content, const char* subject, const char* reply) {
  natsMsg* message = nullptr;
  if (natsMsg_Create(&message, subject, reply, content.payload.data(),
                     static_cast<int>(content.payload.size())) != NATS_OK) {
    return nullptr;
  }
  for (const auto& [name, value] : content.headers) {
    natsMsgHeader_Set(message, name.c_str(), value.c_str());
  }
  return message;
}

/// The way that costs least: without headers no message need be made.
natsStatus publish(natsConnection* connection, const Content& content, const char* subject,
                   const char* reply) {
  const int size = static_cast<int>(content.payload.size());
  if (content.headers.empty()) {
    return reply == nullptr
               ? natsConnection_Publish(connection, subject, content.payload.data(), size)
               : natsConnection_PublishRequest(connection, subject, reply, content.payload.data(),
                                               size);
  }
  natsMsg* const message = message_of(content, subject, reply);
  const natsStatus status = natsConnection_PublishMsg(connection, message);
  natsMsg_Destroy(message);
  return status;
}

struct Told {
  std::string url;
  Content request;
  Content reply;
  int callers = 0;
  bool threads = false;
  std::string subject = "bench.bare." + std::to_string(::getpid());
};

/// nullptr where it can't connect. What is sent goes out at once.
natsConnection* connected(const std::string& url) {
  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  const bool made = natsOptions_Create(&options) == NATS_OK &&
                    natsOptions_SetURL(options, url.c_str()) == NATS_OK &&
                    natsOptions_SetSendAsap(options, true) == NATS_OK &&
                    natsConnection_Connect(&connection, options) == NATS_OK;
  natsOptions_Destroy(options);
  return made ? connection : nullptr;
}

void answer(natsConnection* connection, natsSubscription* /*subscription*/, natsMsg* message,
            void* reply) {
  publish(connection, *static_cast<const Content*>(reply), natsMsg_GetReply(message), nullptr);
  natsMsg_Destroy(message);
}

/// The process of the echo: says by a byte that it listens, and ends with its parent.
[[noreturn]] void echo(Told& told, UniqueFd ready, UniqueFd life) {
  natsConnection* const connection = connected(told.url);
  natsSubscription* subscription = nullptr;
  if (connection == nullptr ||
      natsConnection_QueueSubscribe(&subscription, connection, told.subject.c_str(), "bench",
                                    answer, &told.reply) != NATS_OK ||
      natsConnection_FlushTimeout(connection, kPatienceMs) != NATS_OK ||
      ::write(ready.get(), "r", 1) != 1) {
    ::_exit(1);
  }
  ready.reset();
  char byte = 0;
  static_cast<void>(::read(life.get(), &byte, 1));
  ::_exit(0);
}

/// Has started it, before libnats has a thread here; ends it.
class Echo {
 public:
  explicit Echo(Told& told) {
    int ready[2];
    int life[2];
    if (::pipe(ready) != 0 || ::pipe(life) != 0) {
      return;
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(0);  // the numbers are our parent's
      ::close(ready[0]);
      ::close(life[1]);
      echo(told, UniqueFd(ready[1]), UniqueFd(life[0]));
    }
    ::close(ready[1]);
    ::close(life[0]);
    life_ = UniqueFd(life[1]);
    const UniqueFd said(ready[0]);
    char byte = 0;
    listens_ = pid_ > 0 && ::read(said.get(), &byte, 1) == 1;
  }
  ~Echo() {
    life_.reset();
    if (pid_ > 0) {
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

  [[nodiscard]] bool listens() const { return listens_; }

 private:
  pid_t pid_ = -1;
  UniqueFd life_;
  bool listens_ = false;
};

Result<std::size_t> outcome(natsStatus status, std::size_t bytes) {
  if (status != NATS_OK) {
    return kamexec::failure(std::string("a request has failed: ") + natsStatus_GetText(status));
  }
  return bytes;
}

/// Threads that each wait for an answer.
Result<std::size_t> by_threads(natsConnection* connection, const Told& told, long calls) {
  std::atomic<long> left{calls};
  std::atomic<natsStatus> failed{NATS_OK};
  const auto caller = [&] {
    natsMsg* const request = message_of(told.request, told.subject.c_str(), nullptr);
    while (left.fetch_sub(1) > 0 && failed == NATS_OK) {
      natsMsg* reply = nullptr;
      const natsStatus status = natsConnection_RequestMsg(&reply, connection, request, kPatienceMs);
      if (status != NATS_OK) {
        failed = status;
      }
      natsMsg_Destroy(reply);
    }
    natsMsg_Destroy(request);
  };
  if (told.callers == 1) {
    caller();
  } else {
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(told.callers));
    for (int i = 0; i < told.callers; ++i) {
      threads.emplace_back([&] {
        caller();
        nats_ReleaseThreadMemory();
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  return outcome(failed, told.reply.payload.size());
}

/// Replies to one inbox, each of which sends the next request.
class Messages {
 public:
  Messages(natsConnection* connection, const Told& told) : connection_(connection), told_(told) {}
  ~Messages() {
    natsSubscription_Destroy(subscription_);
    natsInbox_Destroy(inbox_);
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  natsStatus begin() {
    const natsStatus status = natsInbox_Create(&inbox_);
    return status == NATS_OK
               ? natsConnection_Subscribe(&subscription_, connection_, inbox_, replied, this)
               : status;
  }

  Result<std::size_t> make(long calls) {
    {
      const std::lock_guard lock(mutex_);
      waiting_ = calls;
    }
    left_ = calls;
    for (int i = 0; i < told_.callers; ++i) {
      next();
    }
    std::unique_lock lock(mutex_);
    const bool over = over_.wait_for(lock, std::chrono::minutes(1), [&] { return waiting_ == 0; });
    return outcome(over ? NATS_OK : NATS_TIMEOUT, told_.reply.payload.size());
  }

 private:
  void next() {
    if (left_.fetch_sub(1) > 0) {
      publish(connection_, told_.request, told_.subject.c_str(), inbox_);
    }
  }

  static void replied(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                      natsMsg* message, void* self) {
    natsMsg_Destroy(message);
    auto* const all = static_cast<Messages*>(self);
    all->next();
    const std::lock_guard lock(all->mutex_);
    if (--all->waiting_ == 0) {
      all->over_.notify_one();
    }
  }

  natsConnection* connection_;
  const Told& told_;
  natsInbox* inbox_ = nullptr;
  natsSubscription* subscription_ = nullptr;
  std::atomic<long> left_{0};
  std::mutex mutex_;
  std::condition_variable over_;
  long waiting_ = 0;
};

int ask(const Told& told) {
  natsConnection* const connection = connected(told.url);
  if (connection == nullptr) {
    std::fprintf(stderr, "bare_nats: can't connect to %s\n", told.url.c_str());
    return 1;
  }
  int status = 1;
  if (told.threads) {
    status = kamexec::repeat_together_as_told(
        "bare_nats", [&](long calls) { return by_threads(connection, told, calls); });
  } else if (Messages messages(connection, told); messages.begin() == NATS_OK) {
    status = kamexec::repeat_together_as_told("bare_nats",
                                              [&](long calls) { return messages.make(calls); });
  }
  natsConnection_Destroy(connection);
  return status;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  const bool complete = count == 6;
  Told told;
  if (complete) {
    told.request = read_content(words[2]);
    told.reply = read_content(words[3]);
  }
  const std::string_view way = complete ? words[5] : "";
  told.callers = complete ? number(words[4]) : 0;
  told.threads = way == "threads";
  if (!told.request.is_read || !told.reply.is_read || told.callers < 1 ||
      (!told.threads && way != "messages")) {
    std::fputs("usage: bare_nats URL REQUEST REPLY CALLERS threads|messages\n", stderr);
    return 2;
  }
  told.url = words[1];
  const Echo echo(told);
  if (!echo.listens()) {
    std::fprintf(stderr, "bare_nats: the echo can't connect to %s\n", told.url.c_str());
    return 1;
  }
  return ask(told);
}
