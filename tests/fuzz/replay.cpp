// SPDX-License-Identifier: GPL-2.0-or-later
// The short form of a fuzz target, without libFuzzer: each of its seeds as it is, and changed in a
// number of ways that are the same each time. A fault aborts, and the input is written to
// fault.bin.
//   replay <directory of seeds> <changes of each>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::uint8_t> input;

void keep_input(int /*signal*/) {
  const int file = ::open("fault.bin", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (::write(file, input.data(), input.size()) < 0) {
    ::_exit(1);
  }
  ::signal(SIGSEGV, SIG_DFL);  // it comes again
}

void run(const std::string& bytes) {
  // Of exactly that size: a sanitizer sees a byte that is read behind it.
  input = std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  static_cast<void>(LLVMFuzzerTestOneInput(input.data(), input.size()));
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Some bytes of it are replaced, left out or doubled; or it is cut; or its end is another seed's.
std::string changed(std::string bytes, const std::string& other, std::minstd_rand& random) {
  const auto below = [&random](std::size_t most) { return most == 0 ? 0 : random() % most; };
  for (std::size_t left = 1 + below(4); left > 0 && !bytes.empty(); --left) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = 1 + below(8);
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << below(8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 4:
        bytes.resize(at);
        break;
      default:
        bytes.resize(at);
        bytes += other.substr(below(other.size()));
        break;
    }
  }
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "replay <directory of seeds> <changes of each>\n";
    return 2;
  }
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    seeds.push_back(read(entry.path()));
  }
  if (seeds.empty()) {
    std::cerr << arguments[1] << " has no seed\n";
    return 1;
  }
  std::signal(SIGABRT, keep_input);
  std::signal(SIGSEGV, keep_input);
  const long changes = std::strtol(arguments[2], nullptr, 10);
  std::minstd_rand random(1);
  run({});
  for (const std::string& seed : seeds) {
    run(seed);
    for (long i = 0; i < changes; ++i) {
      run(changed(seed, seeds[random() % seeds.size()], random));
    }
  }
  return 0;
}
