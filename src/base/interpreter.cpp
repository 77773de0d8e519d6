// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/interpreter.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/unique_fd.h"

namespace kamexec {
namespace {

constexpr std::size_t kLineSize = 256;  ///< what the kernel reads of a script (BINPRM_BUF_SIZE)
constexpr std::size_t kLongestLoader = 4096;
constexpr unsigned kMostSegments = 64;
constexpr std::string_view kBlanks = " \t";

std::string read_at(const UniqueFd& file, std::size_t size, std::uint64_t offset) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string shown(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (c == '\r') {
      all += "\\r";
    } else {
      all += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  return all;
}

/// Empty: it is there and may be executed.
std::string problem_with(const std::string& program) {
  struct stat status = {};
  if (::stat(program.c_str(), &status) < 0) {
    return "is not there";
  }
  return S_ISREG(status.st_mode) && ::access(program.c_str(), X_OK) == 0 ? "" : "can't be executed";
}

constexpr std::string_view kLineEnds =
    "the file's lines end in CR LF; sed -i 's/\\r$//' FILE changes them to LF";

/// Of a script's first line.
std::string named_interpreter(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks, 2), line.size()));
  return std::string(line.substr(0, line.find_first_of(kBlanks)));
}

std::string problem_of_script(std::string_view line) {
  const std::string interpreter = named_interpreter(line);
  if (interpreter.empty()) {
    return {};
  }
  if (const std::string problem = problem_with(interpreter); !problem.empty()) {
    return "its interpreter " + shown(interpreter) + " " + problem +
           (interpreter.back() == '\r' ? ": " + std::string(kLineEnds) : "");
  }
  // env looks for a program whose name ends in CR.
  if (interpreter.ends_with("/env") && line.ends_with('\r')) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks, 2), line.size()));
    return "its interpreter " + shown(line) + " is not there: " + std::string(kLineEnds);
  }
  return {};
}

template <typename Header, typename Segment>
std::string loader_of(const UniqueFd& file, const std::string& head) {
  Header header;
  if (head.size() < sizeof header) {
    return {};
  }
  std::memcpy(&header, head.data(), sizeof header);
  for (unsigned i = 0; i < std::min<unsigned>(header.e_phnum, kMostSegments); ++i) {
    const std::string bytes =
        read_at(file, sizeof(Segment), header.e_phoff + std::uint64_t{i} * header.e_phentsize);
    Segment segment;
    if (bytes.size() < sizeof segment) {
      return {};
    }
    std::memcpy(&segment, bytes.data(), sizeof segment);
    if (segment.p_type == PT_INTERP) {
      const std::string name = read_at(
          file, std::min<std::uint64_t>(segment.p_filesz, kLongestLoader), segment.p_offset);
      return name.substr(0, name.find('\0'));
    }
  }
  return {};
}

std::string loader_of_binary(const UniqueFd& file, const std::string& head) {
  const bool is_wide = head.size() > EI_CLASS && head[EI_CLASS] == ELFCLASS64;
  return is_wide ? loader_of<Elf64_Ehdr, Elf64_Phdr>(file, head)
                 : loader_of<Elf32_Ehdr, Elf32_Phdr>(file, head);
}

std::string problem_of_binary(const UniqueFd& file, const std::string& head) {
  const std::string loader = loader_of_binary(file, head);
  const std::string problem = loader.empty() ? std::string() : problem_with(loader);
  return problem.empty() ? problem : "its dynamic loader, " + shown(loader) + ", " + problem;
}

/// A file to run, and how it begins. Invalid where it can't be read.
struct OpenedProgram {
  explicit OpenedProgram(const std::string& path)
      : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
        head(file.valid() ? read_at(file, kLineSize, 0) : std::string()) {}

  [[nodiscard]] bool is_script() const { return head.starts_with("#!"); }
  [[nodiscard]] bool is_binary() const { return head.starts_with(ELFMAG); }
  [[nodiscard]] std::string_view first_line() const {
    return std::string_view(head).substr(0, head.find_first_of(std::string_view("\n\0", 2)));
  }

  UniqueFd file;
  std::string head;
};

}  // namespace

std::string missing_interpreter(const std::string& path) {
  const OpenedProgram program(path);
  if (program.is_script()) {
    return problem_of_script(program.first_line());
  }
  return program.is_binary() ? problem_of_binary(program.file, program.head) : std::string();
}

std::string interpreter_of(const std::string& path) {
  const OpenedProgram program(path);
  if (program.is_script()) {
    return named_interpreter(program.first_line());
  }
  return program.is_binary() ? loader_of_binary(program.file, program.head) : std::string();
}

}  // namespace kamexec
