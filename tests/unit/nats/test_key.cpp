// SPDX-License-Identifier: GPL-2.0-or-later
#include "test_key.h"

#include <openssl/evp.h>
#include <sys/random.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

namespace kamexec::nats {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// In groups of @p bits; without padding.
std::string encoded(const Bytes& bytes, unsigned bits, std::string_view alphabet) {
  std::string text;
  std::uint32_t buffer = 0;
  unsigned have = 0;
  const std::uint32_t mask = (1U << bits) - 1;
  for (const std::uint8_t byte : bytes) {
    buffer = buffer << 8U | byte;
    have += 8;
    while (have >= bits) {
      have -= bits;
      text += alphabet[buffer >> have & mask];
    }
  }
  if (have > 0) {
    text += alphabet[buffer << (bits - have) & mask];
  }
  return text;
}

std::string base32(Bytes bytes) {
  std::uint32_t crc = 0;
  for (const std::uint8_t byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte) << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U ^ 0x1021U) & 0xffffU : crc << 1U;
    }
  }
  bytes.push_back(static_cast<std::uint8_t>(crc & 0xffU));
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8U));
  return encoded(bytes, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

std::string base64(std::string_view text) {
  return encoded(Bytes(text.begin(), text.end()), 6,
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

}  // namespace

TestKey::TestKey(Kind kind) : kind_(kind) {
  std::size_t size = public_.size();
  if (::getrandom(secret_.data(), secret_.size(), 0) != static_cast<ssize_t>(secret_.size())) {
    std::abort();
  }
  const std::unique_ptr<EVP_PKEY, Deleter> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret_.data(), secret_.size()));
  if (EVP_PKEY_get_raw_public_key(key.get(), public_.data(), &size) != 1) {
    std::abort();
  }
}

std::string TestKey::seed() const {
  const auto kind = static_cast<std::uint8_t>(kind_);
  constexpr std::uint8_t kSeed = 18U << 3U;
  Bytes bytes{static_cast<std::uint8_t>(kSeed | kind >> 5U),
              static_cast<std::uint8_t>((kind & 31U) << 3U)};
  bytes.insert(bytes.end(), secret_.begin(), secret_.end());
  return base32(std::move(bytes));
}

std::string TestKey::public_key() const {
  Bytes bytes{static_cast<std::uint8_t>(kind_)};
  bytes.insert(bytes.end(), public_.begin(), public_.end());
  return base32(std::move(bytes));
}

std::string TestKey::token(const TestKey& subject, const std::string& claims) const {
  const std::string text = base64(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." +
                           base64(R"({"jti":"test","iat":)" + std::to_string(::time(nullptr)) +
                                  R"(,"iss":")" + public_key() + R"(","name":"test","sub":")" +
                                  subject.public_key() + R"(","nats":)" + claims + "}");
  const std::unique_ptr<EVP_PKEY, Deleter> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret_.data(), secret_.size()));
  const std::unique_ptr<EVP_MD_CTX, Deleter> context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1) {
    std::abort();
  }
  return text + "." +
         base64(std::string_view(reinterpret_cast<const char*>(signature.data()), size));
}

std::string credentials_text(const std::string& token, const TestKey& user) {
  return "-----BEGIN NATS USER JWT-----\n" + token +
         "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.seed() +
         "\n------END USER NKEY SEED------\n";
}

}  // namespace kamexec::nats
