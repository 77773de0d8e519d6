// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/connect.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/printable.h"
#include "nats/credentials.h"

namespace kamexec::nats {
namespace {

/// 22 letters and digits, for an inbox that nobody guesses.
Result<std::string> random_name() {
  constexpr std::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::array<unsigned char, 22> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return system_failure("can't make an inbox: getrandom", errno);
  }
  std::string name;
  for (const unsigned char byte : bytes) {
    name += kDigits[byte % kDigits.size()];
  }
  return name;
}

/// The library puts the name between quotes as it is.
std::string quotable(std::string_view name) {
  std::string quoted;
  for (const char c : printable(name, 200)) {
    quoted += c == '"' || c == '\\' ? '_' : c;
  }
  return quoted;
}

natsStatus set_plain(natsOptions* options, const LinkOptions& wanted, const Server& address,
                     std::chrono::milliseconds time) {
  const std::string url = "nats://" + host_and_port(address);
  const std::string name = quotable(wanted.name);
  std::array<natsStatus, 10> results{natsOptions_SetURL(options, url.c_str()),
                                     natsOptions_SetName(options, name.c_str()),
                                     natsOptions_SetTimeout(options, time.count()),
                                     natsOptions_SetAllowReconnect(options, false),
                                     natsOptions_SetIgnoreDiscoveredServers(options, true),
                                     natsOptions_SetSendAsap(options, true),
                                     natsOptions_SetPingInterval(options, 0),
                                     natsOptions_SetMaxPendingMsgs(options, 65'536),
                                     natsOptions_SetIOBufSize(options, 32'768),
                                     natsOptions_UseGlobalMessageDelivery(options, false)};
  for (const natsStatus status : results) {
    if (status != NATS_OK) {
      return status;
    }
  }
  return NATS_OK;
}

bool wants_tls(const LinkOptions& wanted, const Server& server) {
  return wanted.tls || server.tls || !wanted.tls_ca.empty() || !wanted.tls_certificate.empty() ||
         !wanted.tls_key.empty();
}

natsStatus set_tls(natsOptions* options, const LinkOptions& wanted, const Server& server) {
  natsStatus status = natsOptions_SetSecure(options, true);
  if (status == NATS_OK && !wanted.tls_ca.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, wanted.tls_ca.c_str());
  }
  if (status == NATS_OK && !wanted.tls_certificate.empty()) {
    status = natsOptions_LoadCertificatesChain(options, wanted.tls_certificate.c_str(),
                                               wanted.tls_key.c_str());
  }
  if (status == NATS_OK) {
    // The library is given an address; the certificate is for the name.
    status = natsOptions_SetExpectedHostname(options, server.host.c_str());
  }
  return status;
}

tl::unexpected<Error> failed(const Server& server, std::string_view why) {
  return failure(host_and_port(server) + ": " + std::string(why));
}

}  // namespace

std::string no_connection_in_time(const LinkOptions& wanted) {
  return "no connection within " + std::to_string(wanted.connect_timeout.count()) + " ms";
}

Result<Connected> connect(const LinkOptions& wanted, const Server& server, const Greeting& greeting,
                          TimePoint deadline, const std::shared_ptr<Posts>& posts) {
  if (!greeting.headers) {
    return failed(server, "NATS server " + greeting.version + " is too old: 2.2 is needed");
  }
  if (greeting.lame_duck) {
    return failed(server, "it is about to end (lame duck)");
  }
  Result<std::string> random = random_name();
  if (!random) {
    return tl::unexpected(random.error());
  }
  Connected made;
  made.server = server;
  made.server_version = greeting.version;
  made.tls = wants_tls(wanted, server) || greeting.tls_required;
  made.inbox = wanted.inbox + "." + *random;
  made.channel = std::make_shared<Channel>(posts);
  made.number = std::make_unique<ChannelNumber>(made.channel);

  natsOptions* raw_options = nullptr;
  natsStatus status = natsOptions_Create(&raw_options);
  const LibraryOptions options(raw_options);
  if (status == NATS_OK) {
    const Server address{greeting.address.host(), server.port, server.tls};
    status = set_plain(options.get(), wanted, address, limit_until(deadline));
  }
  if (status == NATS_OK && made.tls) {
    status = set_tls(options.get(), wanted, server);
  }
  if (status == NATS_OK) {
    if (Result<void> set = set_credentials(options.get(), wanted); !set) {
      return failed(server, set.error().message);
    }
    status = tell_channel(options.get(), made.number->get());
  }
  natsConnection* connection = nullptr;
  if (status == NATS_OK) {
    status = natsConnection_Connect(&connection, options.get());
  }
  if (status == NATS_TIMEOUT) {  // where the library notices it itself, as from 3.10 on
    return failed(server, no_connection_in_time(wanted));
  }
  if (status != NATS_OK) {
    return failed(server, library_error(status));
  }
  made.connection.reset(connection);
  natsSubscription* answers = nullptr;
  status =
      subscribe_for_channel(&answers, connection, (made.inbox + ".*").c_str(), made.number->get());
  if (status != NATS_OK) {
    close_now(connection, *made.channel);
    return failed(server, library_error(status));
  }
  made.answers.reset(answers);
  return made;
}

}  // namespace kamexec::nats
