// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/credentials.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "base/printable.h"
#include "base/unique_fd.h"
#include "nats/nkey.h"

namespace kamexec::nats {
namespace {

constexpr std::size_t kMostBytes = 65'536;

tl::unexpected<Error> unusable(const std::string& path, std::string_view why) {
  return failure("can't use " + printable(path, 300) + ": " + std::string(why));
}

/// A text that leaves nothing in memory.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.text_.clear(); }
  Secret& operator=(Secret&&) = delete;
  ~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Result<Secret> read_all(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) {
    return tl::unexpected(system_error("can't read " + printable(path, 300), errno));
  }
  std::string text(kMostBytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return tl::unexpected(system_error("can't read " + printable(path, 300), errno));
    }
    if (got == 0) {
      text.resize(size);
      return Secret(std::move(text));
    }
    size += static_cast<std::size_t>(got);
  }
  return unusable(path, "it is too large");
}

/// Without the blanks around it.
Result<Secret> first_line(const std::string& path) {
  constexpr std::string_view kBlanks = " \t\r";
  const Result<Secret> all = read_all(path);
  if (!all) {
    return tl::unexpected(all.error());
  }
  const std::string_view text = all->text();
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return unusable(path, "its first line is empty");
  }
  return Secret(std::string(line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin)));
}

/// The library puts names and passwords into JSON as they are.
std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string json;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      json += "\\u00";
      json += kHex[byte >> 4U];
      json += kHex[byte & 0xfU];
    } else {
      json += c;
    }
  }
  return json;
}

Result<std::string> public_key_in(const std::string& path) {
  const Result<Secret> seed = first_line(path);
  if (!seed) {
    return tl::unexpected(seed.error());
  }
  Result<std::string> key = public_key_of(seed->text());
  if (!key) {
    return unusable(path, key.error().message);
  }
  return key;
}

Result<void> check_credentials_file(const std::string& path) {
  const Result<Secret> all = read_all(path);
  if (!all) {
    return tl::unexpected(all.error());
  }
  if (all->text().find("BEGIN NATS USER JWT") == std::string::npos ||
      all->text().find("BEGIN USER NKEY SEED") == std::string::npos) {
    return unusable(path, "it has no JWT with its seed, as nsc writes them");
  }
  return {};
}

Result<void> as_result(natsStatus status) {
  if (status != NATS_OK) {
    return failure(library_error(status));
  }
  return {};
}

}  // namespace

Result<void> set_credentials(natsOptions* options, const LinkOptions& wanted) {
  if (!wanted.user.empty()) {
    const Result<Secret> password = first_line(wanted.password_file);
    if (!password) {
      return tl::unexpected(password.error());
    }
    const Secret json(escaped(password->text()));
    return as_result(
        natsOptions_SetUserInfo(options, escaped(wanted.user).c_str(), json.text().c_str()));
  }
  if (!wanted.token_file.empty()) {
    const Result<Secret> token = first_line(wanted.token_file);
    if (!token) {
      return tl::unexpected(token.error());
    }
    const Secret json(escaped(token->text()));
    return as_result(natsOptions_SetToken(options, json.text().c_str()));
  }
  if (!wanted.credentials_file.empty()) {
    if (Result<void> checked = check_credentials_file(wanted.credentials_file); !checked) {
      return checked;
    }
    return as_result(
        natsOptions_SetUserCredentialsFromFiles(options, wanted.credentials_file.c_str(), nullptr));
  }
  if (!wanted.nkey_file.empty()) {
    const Result<std::string> key = public_key_in(wanted.nkey_file);
    if (!key) {
      return tl::unexpected(key.error());
    }
    return as_result(natsOptions_SetNKeyFromSeed(options, key->c_str(), wanted.nkey_file.c_str()));
  }
  return {};
}

Result<void> check_credentials(const LinkOptions& wanted) {
  const int kinds = (wanted.user.empty() ? 0 : 1) + (wanted.token_file.empty() ? 0 : 1) +
                    (wanted.credentials_file.empty() ? 0 : 1) + (wanted.nkey_file.empty() ? 0 : 1);
  if (kinds > 1) {
    return failure(
        "only one of a user, a token, a credentials file and an nkey may be set: it says who we "
        "are");
  }
  if (wanted.user.empty() != wanted.password_file.empty()) {
    return failure("a user needs a password file, and a password file a user");
  }
  if (wanted.tls_certificate.empty() != wanted.tls_key.empty()) {
    return failure("a certificate needs its key, and a key its certificate");
  }
  for (const std::string* const path : {&wanted.tls_ca, &wanted.tls_certificate, &wanted.tls_key}) {
    if (!path->empty() && ::access(path->c_str(), R_OK) != 0) {
      return tl::unexpected(system_error("can't read " + printable(*path, 300), errno));
    }
  }
  for (const std::string* const path : {&wanted.password_file, &wanted.token_file}) {
    if (!path->empty()) {
      if (const Result<Secret> line = first_line(*path); !line) {
        return tl::unexpected(line.error());
      }
    }
  }
  if (!wanted.credentials_file.empty()) {
    return check_credentials_file(wanted.credentials_file);
  }
  if (!wanted.nkey_file.empty()) {
    if (const Result<std::string> key = public_key_in(wanted.nkey_file); !key) {
      return tl::unexpected(key.error());
    }
  }
  return {};
}

}  // namespace kamexec::nats
