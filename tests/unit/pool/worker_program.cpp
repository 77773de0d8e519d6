// SPDX-License-Identifier: GPL-2.0-or-later
// The worker that the tests ask. How it begins is its first argument; what it does with a request,
// good or bad, is the request's first argument. Plain system calls, so that each write is one.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

[[noreturn]] void sleep_for_ever() {
  for (;;) {
    ::pause();
  }
}

void sleep_milliseconds(long count) {
  const timespec pause{count / 1000, count % 1000 * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

void say(const std::string& text, int fd = 1) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written <= 0) {
      std::exit(9);
    }
    done += static_cast<std::size_t>(written);
  }
}

bool read_line(std::string& line) {
  static std::string buffer;
  std::size_t end;
  while ((end = buffer.find('\n')) == buffer.npos) {
    char bytes[65536];
    const ssize_t got = ::read(0, bytes, sizeof bytes);
    if (got <= 0) {
      return false;
    }
    buffer.append(bytes, static_cast<std::size_t>(got));
  }
  line.assign(buffer, 0, end);
  buffer.erase(0, end + 1);
  return true;
}

struct Request {
  std::string id;
  std::string first;  ///< its first line, without "request " and the id
  std::vector<std::string> fields;
  std::vector<std::string> arguments;
};

bool read_request(Request& request) {
  request = {};
  for (std::string line; read_line(line);) {
    if (line.rfind("request ", 0) == 0) {
      request.id = line.substr(8, line.find(' ', 8) - 8);
      request.first = line.substr(8 + request.id.size());
    } else if (line == "end " + request.id) {
      return true;
    } else {
      request.fields.push_back(line);
      if (line.rfind("arg ", 0) == 0) {
        request.arguments.push_back(line.substr(4));
      }
    }
  }
  return false;
}

std::string reply_text(const std::string& id, const std::vector<std::string>& lines,
                       const std::string& status = "0") {
  std::string text = "reply " + id + " " + status + "\n";
  for (const std::string& line : lines) {
    text += "line " + line + "\n";
  }
  return text + "end " + id + "\n";
}

std::string argument(const Request& request, std::size_t number) {
  return number < request.arguments.size() ? request.arguments[number] : std::string();
}

long number(const Request& request, std::size_t which) {
  return std::atol(argument(request, which).c_str());
}

/// A child that stays, holding our output.
pid_t leave_child() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(60);
    sleep_for_ever();
  }
  return pid;
}

using Behaviour = std::function<void(const Request&)>;

const std::map<std::string, Behaviour>& behaviours() {
  static const std::map<std::string, Behaviour> kAll = {
      // Good ones.
      {"echo", [](const Request& r) { say(reply_text(r.id, r.arguments)); }},
      {"fields", [](const Request& r) { say(reply_text(r.id, r.fields)); }},
      {"first", [](const Request& r) { say(reply_text(r.id, {r.first})); }},
      {"pid", [](const Request& r) { say(reply_text(r.id, {std::to_string(::getpid())})); }},
      {"no", [](const Request& r) { say(reply_text(r.id, {"no route"}, argument(r, 1))); }},
      {"error", [](const Request& r) { say("error " + r.id + " database is away\n"); }},
      {"wait",
       [](const Request& r) {
         sleep_milliseconds(number(r, 1));
         say(reply_text(r.id, {std::to_string(::getpid())}));
       }},
      {"much",
       [](const Request& r) {
         say(reply_text(r.id, {std::string(static_cast<std::size_t>(number(r, 1)), 'x')}));
       }},
      {"stderr",
       [](const Request& r) {
         say("something odd\n", 2);
         say(reply_text(r.id, {}, argument(r, 1)));
       }},
      {"flood-stderr",
       [](const Request& r) {
         say(std::string(1 << 20, 'e'), 2);
         say(reply_text(r.id, {"done"}));
       }},
      {"trickle",
       [](const Request& r) {
         for (const char byte : reply_text(r.id, r.arguments)) {
           say({byte});
           sleep_milliseconds(1);
         }
       }},
      {"last",
       [](const Request& r) {
         say(reply_text(r.id, {std::to_string(::getpid())}));
         std::exit(static_cast<int>(number(r, 1)));
       }},
      {"keep-child",
       [](const Request& r) { say(reply_text(r.id, {std::to_string(leave_child())})); }},
      // Bad ones.
      {"silent", [](const Request&) { sleep_for_ever(); }},
      {"deaf",
       [](const Request&) {
         std::signal(SIGTERM, SIG_IGN);
         sleep_for_ever();
       }},
      {"loop",
       [](const Request&) {
         volatile bool for_ever = true;
         while (for_ever) {
         }
       }},
      {"late",
       [](const Request& r) {
         std::signal(SIGTERM, SIG_IGN);
         sleep_milliseconds(number(r, 1));
         say(reply_text(r.id, {"late"}));
       }},
      {"crawl",
       [](const Request& r) {
         for (const char byte : reply_text(r.id, std::vector<std::string>(100, "x"))) {
           say({byte});
           sleep_milliseconds(20);
         }
       }},
      {"extra", [](const Request& r) { say(reply_text(r.id, {"good"}) + "line extra\n"); }},
      {"extra-later",
       [](const Request& r) {
         say(reply_text(r.id, {"good"}));
         sleep_milliseconds(20);
         say("line extra\n");
       }},
      {"twice",
       [](const Request& r) {
         say(reply_text(r.id, {"good"}));
         say(reply_text(r.id, {"again"}));
       }},
      {"other-id", [](const Request&) { say(reply_text("0123456789abcdef", {"other"})); }},
      {"last-id",
       [](const Request& r) {
         static std::string last = "none";
         say(reply_text(std::exchange(last, r.id), {"other"}));
       }},
      {"garbage", [](const Request&) { say("what?\n"); }},
      {"binary", [](const Request&) { say(std::string("\0\xff\r\n\x1b[31m\n", 10)); }},
      {"bad-escape", [](const Request& r) { say(reply_text(r.id, {"100%"})); }},
      {"endless-line",
       [](const Request& r) {
         say("reply " + r.id + " 0\nline ");
         for (;;) {
           say(std::string(4096, 'x'));
         }
       }},
      {"endless-lines",
       [](const Request& r) {
         say("reply " + r.id + " 0\n");
         for (;;) {
           say("line x\nline y\n");
         }
       }},
      {"close",
       [](const Request&) {
         ::close(1);
         sleep_for_ever();
       }},
      {"close-input",
       [](const Request& r) {
         ::close(0);
         say(reply_text(r.id, {"good"}));
         sleep_for_ever();
       }},
      {"fork-and-exit",
       [](const Request&) {
         leave_child();
         ::_exit(0);
       }},
      {"exit", [](const Request& r) { ::_exit(static_cast<int>(number(r, 1))); }},
      {"half",
       [](const Request& r) {
         say("reply " + r.id + " 0\nline half\n");
         ::_exit(3);
       }},
      {"abort",
       [](const Request&) {
         say("about to crash\n", 2);
         ::raise(SIGKILL);
       }},
  };
  return kAll;
}

/// What a worker costs that does nothing: one read, one write.
int answer_without_thought() {
  char bytes[4096];
  if (::read(0, bytes, sizeof bytes) <= 0) {  // the server's hello: no more comes before ours
    return 1;
  }
  say("hello 1\n");
  for (;;) {
    const ssize_t got = ::read(0, bytes, sizeof bytes);
    if (got <= 0) {
      return 0;
    }
    const std::string id(bytes + std::strlen("request "), 16);
    say("reply " + id + " 0\nline sip:4930123456@gw1.example.net\nend " + id + "\n");
  }
}

/// Says hello in the way asked for. False: it is not to go on.
bool begin(const std::string& way, const char* more) {
  std::string ours;
  if (way == "exit") {
    say("can't find my files\n", 2);
    ::_exit(4);
  }
  if (way == "silent") {
    sleep_for_ever();
  }
  if (way == "slow") {
    sleep_milliseconds(std::atol(more));
  }
  if (way == "early") {
    say("hello 1\n");
    read_line(ours);
    return true;
  }
  if (way == "fails-while" && ::access(more, F_OK) == 0) {
    ::_exit(5);
  }
  read_line(ours);
  if (way == "garbage") {
    say("Welcome to gateway finder 2.0\n");
  } else if (way == "banner") {
    say("hello 1\nready\n");
  } else if (way == "version") {
    say("hello 2\n");
  } else if (way == "wants") {
    say(std::string("hello 1 ") + more + "\n");
  } else if (way == "close") {
    ::close(1);
  } else if (way == "flood") {
    say(std::string(1 << 20, 'x'));
  } else {
    say("hello 1\n");
  }
  if (way == "hello-and-exit") {
    ::_exit(0);
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  ::alarm(60);  // nothing that a test forgets may outlive it for long
  const std::string way = count > 1 ? arguments[1] : "well";
  if (way == "thoughtless") {
    return answer_without_thought();
  }
  if (!begin(way, count > 2 ? arguments[2] : "")) {
    return 1;
  }
  if (way == "stays") {
    for (std::string line; read_line(line);) {
    }
    sleep_for_ever();  // at the end of its input
  }
  for (Request request; read_request(request);) {
    const auto place = behaviours().find(argument(request, 0));
    if (place == behaviours().end()) {
      return 8;
    }
    place->second(request);
  }
  return 0;
}
