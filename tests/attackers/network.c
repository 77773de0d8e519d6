// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets: to other hosts, to services of this one, to the kernel.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262  // linux/in.h
#endif

static struct sockaddr_in here(const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static Refused connect_stream(int protocol, const char* port) {
  const struct sockaddr_in to = here(port);
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
  if (made < 0) {
    return "socket";
  }
  if (connect(made, (const struct sockaddr*)&to, sizeof to) != 0) {
    return "connect";
  }
  return send(made, "x", 1, MSG_NOSIGNAL) == 1 ? NULL : "send";
}

static Refused tcp(char** arguments) {
  return connect_stream(0, arguments[0]);
}

/// TCP under another protocol number, which Landlock does not count as TCP.
static Refused mptcp(char** arguments) {
  return connect_stream(IPPROTO_MPTCP, arguments[0]);
}

/// TCP without connect(2).
static Refused fast_open(char** arguments) {
  const struct sockaddr_in to = here(arguments[0]);
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  return sendto(made, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (const struct sockaddr*)&to,
                sizeof to) == 1
             ? NULL
             : "sendto";
}

static Refused fast_open_message(char** arguments) {
  struct sockaddr_in to = here(arguments[0]);
  struct iovec part = {(void*)"x", 1};
  const struct msghdr message = {
      .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1};
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  return sendmsg(made, &message, MSG_FASTOPEN | MSG_NOSIGNAL) == 1 ? NULL : "sendmsg";
}

static Refused listen_tcp(char** arguments) {
  (void)arguments;
  const struct sockaddr_in at = here("0");
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  if (bind(made, (const struct sockaddr*)&at, sizeof at) != 0) {
    return "bind";
  }
  return listen(made, 1) == 0 ? NULL : "listen";
}

/// Without bind(2): the kernel picks a port.
static Refused listen_unbound(char** arguments) {
  (void)arguments;
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  return listen(made, 1) == 0 ? NULL : "listen";
}

static Refused udp(char** arguments) {
  const struct sockaddr_in to = here(arguments[0]);
  const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  return sendto(made, "x", 1, 0, (const struct sockaddr*)&to, sizeof to) == 1 ? NULL : "sendto";
}

/// A name that begins with "@" is an abstract one.
static Refused connect_unix(char** arguments) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const size_t length = strlen(arguments[0]);
  if (length >= sizeof to.sun_path) {
    errno = ENAMETOOLONG;
    return "address";
  }
  memcpy(to.sun_path, arguments[0], length);
  if (to.sun_path[0] == '@') {
    to.sun_path[0] = '\0';
  }
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    return "socket";
  }
  return connect(made, (const struct sockaddr*)&to, size) == 0 ? NULL : "connect";
}

/// The machine's interfaces.
static Refused netlink(char** arguments) {
  (void)arguments;
  struct {
    struct nlmsghdr head;
    struct rtgenmsg family;
  } request = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                        .nlmsg_type = RTM_GETLINK,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
  static char answer[1 << 15];
  const int made = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (made < 0) {
    return "socket";
  }
  if (send(made, &request, request.head.nlmsg_len, 0) < 0) {
    return "send";
  }
  return recv(made, answer, sizeof answer, 0) > 0 ? NULL : "recv";
}

static Refused raw(char** arguments) {
  (void)arguments;
  return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP) >= 0 ? NULL : "socket";
}

static Refused packet(char** arguments) {
  (void)arguments;
  return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)) >= 0 ? NULL : "socket";
}

const Attack network_attacks[] = {
    {"tcp", 1, tcp},
    {"mptcp", 1, mptcp},
    {"fast-open", 1, fast_open},
    {"fast-open-message", 1, fast_open_message},
    {"listen", 0, listen_tcp},
    {"listen-unbound", 0, listen_unbound},
    {"udp", 1, udp},
    {"unix", 1, connect_unix},
    {"netlink", 0, netlink},
    {"raw", 0, raw},
    {"packet", 0, packet},
    {NULL, 0, NULL},
};
