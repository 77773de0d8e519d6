// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/sip/message_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kChunk = 65536;

/// The bytes of the header part, its empty line not counted; npos: there is no empty line.
std::size_t header_end(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
    if (text.substr(at + 1, 1) == "\n" || text.substr(at + 1, 2) == "\r\n") {
      return at + 1;
    }
  }
  return text.npos;
}

}  // namespace

Result<std::string> read_whole_file(const std::string& path) {
  UniqueFd opened;
  int fd = STDIN_FILENO;
  if (path != "-") {
    opened.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    fd = opened.get();
    if (fd < 0) {
      return system_failure(path, errno);
    }
  }
  std::string bytes;
  while (bytes.size() <= kLongestMessage) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kChunk);
    const ssize_t got = ::read(fd, bytes.data() + size, kChunk);
    const int number = errno;
    bytes.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) {
      return bytes;
    }
    if (got < 0 && number != EINTR) {
      return system_failure(path, number);
    }
  }
  return failure(path + " is longer than a SIP message can be: " + std::to_string(kLongestMessage) +
                 " bytes at most");
}

MessageText with_sip_line_ends(std::string bytes) {
  MessageText result;
  const std::size_t first = bytes.find('\n');
  const bool lf_alone = first != bytes.npos && (first == 0 || bytes[first - 1] != '\r');
  const std::size_t found = header_end(bytes);
  const std::size_t end = found == bytes.npos ? bytes.size() : found;
  if (lf_alone) {
    for (std::size_t i = 0; i < end; ++i) {
      if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) {
        result.bytes += '\r';
      }
      result.bytes += bytes[i];
    }
    const bool lf_after = found != bytes.npos && bytes[end] == '\n';
    result.bytes += (lf_after ? "\r" : "") + bytes.substr(end);
    result.notes.emplace_back("the lines of the header end in LF alone: read as CRLF");
  } else {
    result.bytes = std::move(bytes);
  }
  if (found == result.bytes.npos && !result.bytes.empty()) {
    result.bytes += result.bytes.back() == '\n' ? "\r\n" : "\r\n\r\n";
    result.notes.emplace_back("there is no empty line after the header: added");
  }
  return result;
}

}  // namespace kamexec::tool
