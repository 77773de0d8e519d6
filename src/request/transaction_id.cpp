// SPDX-License-Identifier: GPL-2.0-or-later
#include "request/transaction_id.h"

#include <md5.h>
#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace kamexec::request {
namespace {

constexpr std::string_view kMagicCookie = "z9hG4bK";

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// With something after it: the cookie alone, which broken clients send, tells nothing apart.
bool has_magic_cookie(std::string_view branch) {
  return branch.size() > kMagicCookie.size() &&
         std::equal(kMagicCookie.begin(), kMagicCookie.end(), branch.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

class Digest {
 public:
  Digest() { MD5Init(&context_); }

  // Each with its size before it: "ab","c" and "a","bc" are two transactions.
  void add(std::string_view text) {
    add_size(text.size());
    update(text.data(), text.size());
  }

  void add_without_case(std::string_view text) {
    add_size(text.size());
    std::array<char, 64> part;
    while (!text.empty()) {
      const std::size_t size = std::min(text.size(), part.size());
      std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), part.begin(),
                     lower);
      update(part.data(), size);
      text.remove_prefix(size);
    }
  }

  TransactionId finish() {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<std::uint8_t, MD5_DIGEST_LENGTH> sum;
    MD5Final(sum.data(), &context_);
    TransactionId id;
    for (const std::uint8_t byte : sum) {
      id.digits[id.size++] = kHex[byte >> 4];
      id.digits[id.size++] = kHex[byte & 0xf];
    }
    return id;
  }

 private:
  void add_size(std::uint64_t size) { update(&size, sizeof size); }
  void update(const void* data, std::size_t size) {
    MD5Update(&context_, static_cast<const std::uint8_t*>(data), size);
  }

  MD5_CTX context_;
};

}  // namespace

TransactionId transaction_id(const RequestFacts& facts) {
  const bool by_branch = has_magic_cookie(facts.via_branch);
  if (!by_branch && (facts.call_id.empty() || facts.cseq_number.empty())) {
    return {};
  }
  Digest digest;
  digest.add_without_case(facts.via_branch);
  digest.add_without_case(facts.via_host);
  digest.add(facts.via_port);
  digest.add(facts.call_id);
  digest.add(facts.cseq_number);
  if (!by_branch) {
    digest.add(facts.from_tag);
    digest.add(facts.original_uri);
  }
  return digest.finish();
}

}  // namespace kamexec::request
