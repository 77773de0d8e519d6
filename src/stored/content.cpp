// SPDX-License-Identifier: GPL-2.0-or-later
// A part: 'h' or 'b', the format's number, the 16 bytes of the id, values, 8 bytes of checksum. A
// value: 4 bytes of length, its bytes. Numbers are little-endian.
#include "stored/content.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

namespace kamexec::stored {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kChecksumBytes = 8;

void add_number(std::string& part, std::uint64_t number, std::size_t bytes) {
  for (; bytes > 0; --bytes) {
    part += static_cast<char>(number & 0xffU);
    number >>= 8U;
  }
}

std::uint64_t number_in(std::string_view bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    if (bytes.size() == sizeof(std::uint64_t)) {
      std::uint64_t whole = 0;
      std::memcpy(&whole, bytes.data(), sizeof(whole));
      return whole;
    }
  }
  std::uint64_t number = 0;
  for (std::size_t at = bytes.size(); at-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(bytes[at]);
  }
  return number;
}

void add_value(std::string& part, std::string_view value) {
  add_number(part, value.size(), 4);
  part += value;
}

std::string begun_part(char kind, const IdBytes& id, std::size_t bytes) {
  std::string part;
  part.reserve(bytes + 2 + id.size() + kChecksumBytes);
  part += kind;
  part += kFormat;
  part.append(id.data(), id.size());
  return part;
}

constexpr std::size_t kLengthBytes = 4;

std::size_t head_bytes(const Notification& notification) {
  std::size_t bytes = 5 * kLengthBytes + notification.program.size() + notification.call.size() +
                      (notification.order ? notification.order->size() : 0);
  for (const std::string& argument : notification.arguments) {
    bytes += kLengthBytes + argument.size();
  }
  return bytes;
}

std::size_t body_bytes(const Notification& notification) {
  return 4 * kLengthBytes + notification.variables.size() + notification.uri.size() +
         notification.message.size() + notification.input.size();
}

class PartReader {
 public:
  explicit PartReader(std::string_view left) : left_(left) {}

  /// What has been checked for its checksum and kind; the id is read.
  [[nodiscard]] static Result<PartReader> open(std::string_view part, char kind, IdBytes& id) {
    if (part.size() < 2 + id.size() + kChecksumBytes) {
      return failure("it is too short");
    }
    if (part[0] != kind || part[1] != kFormat) {
      return failure("it is in no format that this version knows");
    }
    const std::string_view summed = part.substr(0, part.size() - kChecksumBytes);
    if (part.substr(summed.size()) != checksum_of(summed)) {
      return failure("its checksum is wrong");
    }
    std::copy_n(part.data() + 2, id.size(), id.data());
    return PartReader(summed.substr(2 + id.size()));
  }

  [[nodiscard]] bool number(std::size_t& number) {
    if (left_.size() < 4) {
      return false;
    }
    number = number_in(left_.substr(0, 4));
    left_.remove_prefix(4);
    return true;
  }
  [[nodiscard]] bool value(std::string& value) {
    std::size_t size = 0;
    if (!number(size) || left_.size() < size) {
      return false;
    }
    value = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }
  [[nodiscard]] bool at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
};

tl::unexpected<Error> bad_values() {
  return failure("its values are not what their lengths say");
}

Result<void> check(const Notification& notification) {
  if (notification.program.empty() || notification.program.size() > kLongestName) {
    return failure("a notification that has no name of a program can't be kept");
  }
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(notification.arguments.begin(), notification.arguments.end(), has_nul)) {
    return failure("a notification whose argument has a NUL can't be kept: a program can't get it");
  }
  if (!notification.variables.empty() && notification.variables.back() != '\0') {
    return failure("a notification whose variables don't end with a NUL can't be kept");
  }
  if (notification.size() > std::numeric_limits<std::uint32_t>::max()) {
    return failure("a notification of 4 GiB can't be kept");
  }
  return {};
}

}  // namespace

std::string checksum_of(std::string_view bytes) {
  // As FNV-1a (draft-eastlake-fnv section 2), of eight bytes at a time: each step can be undone, so
  // one changed word always changes it. The shift lets the upper bits count for the lower ones.
  std::uint64_t hash = 0xcbf29ce484222325U;
  while (!bytes.empty()) {
    const std::string_view word = bytes.substr(0, kChecksumBytes);
    hash = (hash ^ number_in(word)) * 0x100000001b3U;
    hash ^= hash >> 32U;
    bytes.remove_prefix(word.size());
  }
  std::string sum;
  add_number(sum, hash, kChecksumBytes);
  return sum;
}

Result<Content> encode(const Notification& notification) {
  const std::optional<IdBytes> id = id_bytes(notification.id);
  if (!id) {
    return failure("a notification whose id isn't 32 lower-case hexadecimal digits can't be kept");
  }
  if (const Result<void> good = check(notification); !good) {
    return tl::unexpected(good.error());
  }
  Content content;
  content.head = begun_part('h', *id, head_bytes(notification));
  add_value(content.head, notification.program);
  add_number(content.head, notification.order ? 1 : 0, 4);
  add_value(content.head, notification.order ? *notification.order : std::string());
  add_value(content.head, notification.call);
  add_number(content.head, notification.arguments.size(), 4);
  for (const std::string& argument : notification.arguments) {
    add_value(content.head, argument);
  }
  content.head += checksum_of(content.head);

  content.body = begun_part('b', *id, body_bytes(notification));
  add_value(content.body, notification.variables);
  add_value(content.body, notification.uri);
  add_value(content.body, notification.message);
  add_value(content.body, notification.input);
  content.body += checksum_of(content.body);
  return content;
}

std::string_view id_in(const Content& content) {
  return std::string_view(content.head).substr(2, IdBytes().size());
}

Result<void> decode_head(std::string_view bytes, Notification& into) {
  IdBytes id{};
  Result<PartReader> reader = PartReader::open(bytes, 'h', id);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  std::size_t ordered = 0;
  std::string order;
  std::size_t arguments = 0;
  if (!reader->value(into.program) || !reader->number(ordered) || ordered > 1 ||
      !reader->value(order) || (ordered == 0 && !order.empty()) || !reader->value(into.call) ||
      !reader->number(arguments)) {
    return bad_values();
  }
  into.id = id_text(id);
  into.order.reset();
  if (ordered == 1) {
    into.order = std::move(order);
  }
  into.arguments.clear();
  for (; arguments > 0; --arguments) {
    if (!reader->value(into.arguments.emplace_back())) {
      return bad_values();
    }
  }
  if (!reader->at_end()) {
    return bad_values();
  }
  return check(into);
}

Result<void> decode_body(std::string_view bytes, Notification& into) {
  IdBytes id{};
  Result<PartReader> reader = PartReader::open(bytes, 'b', id);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  if (id_text(id) != into.id) {
    return failure("its parts are of two notifications");
  }
  if (!reader->value(into.variables) || !reader->value(into.uri) || !reader->value(into.message) ||
      !reader->value(into.input) || !reader->at_end()) {
    return bad_values();
  }
  return check(into);
}

}  // namespace kamexec::stored
