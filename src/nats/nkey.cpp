// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/nkey.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace kamexec::nats {
namespace {

// https://github.com/nats-io/nkeys: the prefix of a seed is one of its kind (five bits) and one of
// the key's kind (five bits); then 32 bytes, and a CRC-16 in little-endian order.
constexpr std::uint8_t kSeed = 18U << 3U;
constexpr std::uint8_t kUser = 20U << 3U;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSeedBytes = 2 + kKeyBytes + 2;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

using Bytes = std::vector<std::uint8_t>;

/// CRC-16/XMODEM.
std::uint16_t checksum(const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= static_cast<std::uint32_t>(bytes[i]) << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? crc << 1U ^ 0x1021U : crc << 1U;
    }
    crc &= 0xffffU;
  }
  return static_cast<std::uint16_t>(crc);
}

/// Empty: a letter isn't of the alphabet.
Bytes from_base32(std::string_view text) {
  Bytes bytes;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) {
      return {};
    }
    buffer = buffer << 5U | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> bits & 0xffU));
    }
  }
  return bytes;
}

std::string to_base32(const Bytes& bytes) {
  std::string text;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = buffer << 8U | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kAlphabet[buffer >> bits & 0x1fU];
    }
  }
  if (bits > 0) {
    text += kAlphabet[buffer << (5U - bits) & 0x1fU];
  }
  return text;
}

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

}  // namespace

Result<std::string> public_key_of(std::string_view seed) {
  constexpr std::size_t kLetters = (kSeedBytes * 8 + 4) / 5;
  Bytes raw = seed.size() == kLetters ? from_base32(seed) : Bytes();
  const bool is_seed = raw.size() == kSeedBytes && (raw[0] & 0xf8U) == kSeed &&
                       ((raw[0] & 0x07U) << 5U | (raw[1] & 0xf8U) >> 3U) == kUser &&
                       checksum(raw.data(), kSeedBytes - 2) ==
                           (raw[kSeedBytes - 2] | static_cast<unsigned>(raw[kSeedBytes - 1]) << 8U);
  if (!is_seed) {
    OPENSSL_cleanse(raw.data(), raw.size());
    return failure("it isn't a seed of a user's nkey (SU…)");
  }
  const std::unique_ptr<EVP_PKEY, KeyDeleter> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.data() + 2, kKeyBytes));
  OPENSSL_cleanse(raw.data(), raw.size());
  std::array<std::uint8_t, kKeyBytes> public_bytes{};
  std::size_t size = public_bytes.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), public_bytes.data(), &size) != 1) {
    return failure("OpenSSL can't make the public key of a seed");
  }
  Bytes encoded{kUser};
  encoded.insert(encoded.end(), public_bytes.begin(), public_bytes.end());
  const std::uint16_t sum = checksum(encoded.data(), encoded.size());
  encoded.push_back(static_cast<std::uint8_t>(sum & 0xffU));
  encoded.push_back(static_cast<std::uint8_t>(sum >> 8U));
  return to_base32(encoded);
}

}  // namespace kamexec::nats
