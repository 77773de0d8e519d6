// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/program_start_copy.h"

#include "base/packed_strings.h"

namespace kamexec::process {
namespace {

std::size_t size_or_none(const char* text) {
  return text == nullptr ? 0 : packed_size(std::string_view(text));
}

const char* add_or_none(StringPacker& packer, const char* text) {
  return text == nullptr ? nullptr : packer.add(std::string_view(text));
}

}  // namespace

ProgramStartCopy::ProgramStartCopy(const ProgramStart& start, std::string_view input)
    : identity_(start.identity == nullptr ? nullptr : std::make_unique<Identity>(*start.identity)),
      start_(start) {
  block_.reset(
      new char[size_or_none(start.program) + size_or_none(start.working_directory) +
               packed_size(start.argv) + packed_size(start.environment) + packed_size(input)]);
  StringPacker packer(block_.get());
  // Every pointer of the original is replaced; what is no pointer was copied with it.
  start_.program = add_or_none(packer, start.program);
  start_.working_directory = add_or_none(packer, start.working_directory);
  if (start.argv != nullptr) {
    argv_ = packer.add(start.argv);
    start_.argv = argv_.data();
  }
  if (start.environment != nullptr) {
    environment_ = packer.add(start.environment);
    start_.environment = environment_.data();
  }
  start_.identity = identity_.get();
  input_ = {packer.add(input), input.size()};
}

}  // namespace kamexec::process
