// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/libnats_link.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/printable.h"
#include "nats/credentials.h"
#include "nats/library_link.h"

namespace kamexec::nats {

Result<std::unique_ptr<Link>> make_libnats_link(LinkOptions options) {
  if (options.servers.empty()) {
    return failure("can't use NATS: no server is named");
  }
  if (!is_subject(options.inbox) || options.inbox.find_first_of("*>") != std::string::npos) {
    return failure("can't use the inbox \"" + printable(options.inbox, 100) +
                   "\" for NATS: it is a subject without wildcards, as _INBOX.MYNAME");
  }
  std::vector<Server> servers;
  for (const std::string& url : options.servers) {
    Result<Server> server = read_server(url);
    if (!server) {
      return tl::unexpected(server.error());
    }
    servers.push_back(std::move(*server));
  }
  if (Result<void> checked = check_credentials(options); !checked) {
    return tl::unexpected(checked.error());
  }
  Result<std::shared_ptr<Posts>> posts = Posts::make(options.received_most);
  if (!posts) {
    return tl::unexpected(posts.error());
  }
  Result<process::WatchSet> watched = process::WatchSet::create();
  if (!watched) {
    return tl::unexpected(watched.error());
  }
  if (!open_library()) {
    return failure("can't use NATS: libnats can't be opened");
  }
  auto link = std::make_unique<LibraryLink>(std::move(options), std::move(servers),
                                            std::move(*posts), std::move(*watched));
  if (Result<void> started = link->start(); !started) {
    return tl::unexpected(started.error());
  }
  return link;
}

}  // namespace kamexec::nats
