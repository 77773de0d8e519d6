// SPDX-License-Identifier: GPL-2.0-or-later
// How NATS is reached: the section [nats] of kamexecd's file, as plain data.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace kamexec::nats {

struct LinkOptions {
  /// nats://HOST:PORT or tls://HOST:PORT, tried in a random order. Empty: NATS isn't used.
  std::vector<std::string> servers;
  std::string name;  ///< that the server shows of the connection

  // Who we are: one of these, or nothing. Files are read at each connection, so that what has been
  // renewed holds from the next one on.
  std::string user;
  std::string password_file;     ///< its first line; with user
  std::string token_file;        ///< its first line
  std::string credentials_file;  ///< of a JWT and its seed, as nsc(1) writes it
  std::string nkey_file;         ///< a seed

  bool tls = false;             ///< also implied by tls:// and by the three below
  std::string tls_ca;           ///< PEM file; empty: the system's
  std::string tls_certificate;  ///< PEM file of ours
  std::string tls_key;          ///< PEM file

  /// Inboxes are INBOX.RANDOM.N: a prefix of one's own keeps others from reading the answers.
  std::string inbox = "_INBOX";

  /// For one connection: TCP, TLS, and the server's answer.
  std::chrono::milliseconds connect_timeout{2'000};
  /// Between attempts to connect, when all servers were tried: doubled up to the second. The first
  /// attempt after a loss is made at once. Short: a call fails as long as there is no connection.
  std::chrono::milliseconds reconnect{50};
  std::chrono::milliseconds reconnect_most{500};
  /// How often the server is pinged on an idle connection; two that are not answered end it.
  std::chrono::milliseconds ping_interval{10'000};
  /// A request on a connection that was silent for so long waits for an answer to a ping first.
  std::chrono::milliseconds idle{5'000};
  /// How long that answer may take. Then the connection is replaced, and the request goes over the
  /// new one.
  std::chrono::milliseconds idle_answer{250};
  /// Bytes that wait to be sent. What comes beyond is refused.
  std::size_t unsent_most = std::size_t{16} << 20;
  /// Bytes and messages that have come and wait to be handled, of one subscription.
  std::size_t received_most = std::size_t{64} << 20;

  bool operator==(const LinkOptions&) const = default;
};

}  // namespace kamexec::nats
