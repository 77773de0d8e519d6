// SPDX-License-Identifier: GPL-2.0-or-later
#include "stored/id.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace kamexec::stored {

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

namespace {

/// Bytes that nobody can guess, by few calls of the kernel. A process that was forked makes no ids.
class Chance {
 public:
  [[nodiscard]] Result<void> fill(unsigned char* bytes, std::size_t size) {
    if (pool_.size() - at_ < size) {
      // getrandom(2): so few bytes come whole; a signal interrupts only while the kernel has none
      // yet.
      ssize_t got = 0;
      do {
        got = ::getrandom(pool_.data(), pool_.size(), 0);
      } while (got < 0 && errno == EINTR);
      if (got != static_cast<ssize_t>(pool_.size())) {
        return system_failure("can't make an id: getrandom", got < 0 ? errno : EIO);
      }
      at_ = 0;
    }
    std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(at_), size, bytes);
    at_ += size;
    return {};
  }

 private:
  std::array<unsigned char, 250> pool_{};  // up to 256 bytes come whole
  std::size_t at_ = pool_.size();
};

}  // namespace

Result<std::string> new_id(WallTime now) {
  // unix_ts_ms (48 bits, the first byte is the highest), ver (4), rand_a (12), var (2), rand_b
  // (62).
  std::array<unsigned char, 16> bytes{};
  auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t at = 6; at-- > 0;) {
    bytes[at] = static_cast<unsigned char>(milliseconds & 0xffU);
    milliseconds >>= 8U;
  }
  thread_local Chance chance;
  if (const Result<void> filled = chance.fill(bytes.data() + 6, bytes.size() - 6); !filled) {
    return tl::unexpected(filled.error());
  }
  bytes[6] = static_cast<unsigned char>(0x70U | (bytes[6] & 0x0fU));
  bytes[8] = static_cast<unsigned char>(0x80U | (bytes[8] & 0x3fU));

  IdBytes id{};
  std::transform(bytes.begin(), bytes.end(), id.begin(),
                 [](unsigned char byte) { return static_cast<char>(byte); });
  return id_text(id);
}

std::optional<IdBytes> id_bytes(std::string_view id) {
  IdBytes bytes{};
  if (id.size() != 2 * bytes.size()) {
    return std::nullopt;
  }
  for (std::size_t at = 0; at < id.size(); ++at) {
    const char digit = id[at];
    unsigned value = 0;
    if (digit >= '0' && digit <= '9') {
      value = static_cast<unsigned>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      value = static_cast<unsigned>(digit - 'a') + 10;
    } else {
      return std::nullopt;
    }
    const unsigned before = static_cast<unsigned char>(bytes[at / 2]);
    bytes[at / 2] = static_cast<char>(before << 4U | value);
  }
  return bytes;
}

std::string id_text(const IdBytes& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 0x0fU];
  }
  return text;
}

}  // namespace kamexec::stored
