// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/request_id.h"

#include <fcntl.h>
#include <sys/random.h>

#include <algorithm>

#include <cerrno>

#include "process/pipe.h"

namespace kamexec::pool {
namespace {

/// For a sandbox that refuses getrandom(2), and for the first moments after a machine's start.
Result<RequestId> id_from_device(int getrandom_errno) {
  const UniqueFd device(::open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOCTTY));
  const int open_errno = errno;
  std::uint64_t number = 0;
  const process::Transfer got =
      device.valid()
          ? process::read_some(device.get(), reinterpret_cast<char*>(&number), sizeof number)
          : process::Transfer{};
  if (got.bytes == sizeof number) {
    return RequestId(number);
  }
  return tl::unexpected<Error>(
      Error{"no random id for the request: " + system_error("getrandom", getrandom_errno).message +
                ", and " +
                (device.valid() ? std::string("/dev/urandom returns none")
                                : system_error("/dev/urandom", open_errno).message),
            getrandom_errno});
}

}  // namespace

RequestId::RequestId(std::uint64_t number) : size_(16) {
  for (std::size_t i = 0; i < size_; ++i) {
    digits_[i] = "0123456789abcdef"[number >> 60];
    number <<= 4;
  }
}

RequestId::RequestId(std::string_view text)
    : size_(static_cast<std::uint8_t>(std::min(text.size(), kLongest))) {
  std::copy_n(text.begin(), size_, digits_.begin());
}

Result<RequestId> new_request_id() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) {
    return RequestId(number);
  }
  return id_from_device(errno);
}

Result<RequestId> RequestIds::next() {
  if (left_ == 0) {
    // Up to 256 bytes come whole or not at all (getrandom(2)).
    static_assert(sizeof numbers_ <= 256);
    if (::getrandom(numbers_.data(), sizeof numbers_, GRND_NONBLOCK) != sizeof numbers_) {
      return new_request_id();
    }
    left_ = numbers_.size();
  }
  return RequestId(numbers_[--left_]);
}

}  // namespace kamexec::pool
