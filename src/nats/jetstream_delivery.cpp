// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/jetstream_delivery.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/printable.h"

namespace kamexec::nats {
namespace {

constexpr std::size_t kLongestDetail = 200;
/// $JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.SEQUENCE.TIME.PENDING; where the server has a domain
/// DOMAIN.ACCOUNT follows $JS.ACK, and perhaps something random the end.
constexpr std::size_t kTokens = 9;
constexpr std::size_t kTokensWithDomain = 11;
constexpr std::size_t kMostTokens = 12;

template <typename Number>
bool read(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<Delivery> delivery_of(const Incoming& message, std::string_view stream,
                                    std::string_view consumer) {
  std::array<std::string_view, kMostTokens> tokens;
  std::size_t count = 0;
  for (std::string_view rest = message.reply();; ++count) {
    if (count == kMostTokens) {
      return std::nullopt;
    }
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    tokens[count] = rest.substr(0, dot);
    if (dot == rest.size()) {
      ++count;
      break;
    }
    rest.remove_prefix(dot + 1);
  }
  if (count != kTokens && count < kTokensWithDomain) {
    return std::nullopt;
  }
  const std::size_t begin = count == kTokens ? 2 : 4;
  Delivery delivery;
  if (tokens[0] != "$JS" || tokens[1] != "ACK" || tokens[begin] != stream ||
      tokens[begin + 1] != consumer || !read(tokens[begin + 2], delivery.delivered) ||
      !read(tokens[begin + 3], delivery.stream_sequence) ||
      !read(tokens[begin + 4], delivery.consumer_sequence) ||
      !read(tokens[begin + 6], delivery.pending) || delivery.delivered == 0) {
    return std::nullopt;
  }
  return delivery;
}

std::optional<PullEnd> pull_end_of(const Incoming& message) {
  PullEnd end;
  const std::string_view status = message.header("Status");
  if (status.empty() || !message.payload().empty() || !read(status, end.status)) {
    return std::nullopt;
  }
  end.detail = printable(message.header("Description"), kLongestDetail);
  return end;
}

}  // namespace kamexec::nats
