// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include <cerrno>

namespace kamexec::daemon {
namespace {

#ifndef SO_PEERGROUPS
constexpr int kPeerGroups = 59;  // Linux 4.13; the C library's headers may be older
#else
constexpr int kPeerGroups = SO_PEERGROUPS;
#endif

}  // namespace

bool Peer::is_in(gid_t wanted) const {
  return group == wanted || std::binary_search(groups.begin(), groups.end(), wanted);
}

bool Peer::is_operator() const {
  return user == 0 || user == ::geteuid();
}

std::string Peer::shown() const {
  return "the user " + std::to_string(user) + " (process " + std::to_string(pid) + ")";
}

Result<Peer> peer_of(int socket) {
  ucred credentials = {};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) {
    return system_failure("can't find out who connects", errno);
  }
  Peer peer{credentials.pid, credentials.uid, credentials.gid, {}};
  std::vector<gid_t> groups(64);
  for (;;) {
    size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(socket, SOL_SOCKET, kPeerGroups, groups.data(), &size) == 0) {
      break;
    }
    if (errno != ERANGE) {
      // A kernel that doesn't tell: the main group alone counts.
      return peer;
    }
    groups.resize(size / sizeof(gid_t));
  }
  groups.resize(size / sizeof(gid_t));
  std::sort(groups.begin(), groups.end());
  peer.groups = std::move(groups);
  return peer;
}

}  // namespace kamexec::daemon
