// SPDX-License-Identifier: GPL-2.0-or-later
// The text of a definition. What is read holds what the reader promises, and its own text reads
// back as the same; what is refused says why, in words that a terminal can show.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "program/attribute.h"
#include "program/program_definition.h"
#include "program/read_program.h"

namespace kamexec::program {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_refusal(const Error& error) {
  require(!error.message.empty());
  require(std::all_of(error.message.begin(), error.message.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }));
}

void check_program(const ProgramDefinition& program) {
  require(!program.name.empty() && program.name.size() <= kLongestProgramName);
  require(std::all_of(program.name.begin(), program.name.end(), is_program_name_byte));
  if (program.via == Via::service) {
    require(program.run.empty() && without_effect(program).empty());
    return;
  }
  require(!program.run.empty() && !program.run.front().empty());
  require(program.timeout.count() >= 1);
  require(program.cache.yes.count() > 0 || program.cache == CacheRule());
  require(program.queue_time <= program.timeout);
  require(program.most_running >= 1 && program.output_limit >= 1);
  require(program.pool.least <= program.pool.most && program.pool.start <= program.pool.most);
  require(program.pool.idle <= program.pool.most && program.pool.most >= 1);
  require(program.pool.back_off_first <= program.pool.back_off_most);
  require(program.directory.empty() || program.directory.front() == '/');
  for (const std::string& assignment : program.environment.assignments) {
    require(assignment.find('=') != assignment.npos && assignment.substr(0, 4) != "SIP_");
  }
}

void check(std::string_view text, Reader reader) {
  const auto program = read_program(text, reader);
  if (!program) {
    check_refusal(program.error());
    return;
  }
  check_program(*program);
  const std::string written = definition_text(*program);
  if (written.size() > kLongestDefinition) {  // quotes and defaults take room
    return;
  }
  const auto again = read_program(written, reader);
  require(again.has_value() && *again == *program);
}

}  // namespace
}  // namespace kamexec::program

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kamexec::program::check(text, kamexec::program::Reader::server);
  kamexec::program::check(text, kamexec::program::Reader::daemon);
  return 0;
}
