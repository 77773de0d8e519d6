// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/prepare_options.h"
#include "program/program_call.h"
#include "program/program_command.h"
#include "program/read_program.h"

namespace kamexec::engine {
namespace {

class CountingHost final : public ProgramHost, private process::SharedSlots {
 public:
  explicit CountingHost(SharedProgram& shared) : shared_(shared) { ++shared_.hosts; }

  [[nodiscard]] process::SharedSlots& slots() override { return *this; }
  [[nodiscard]] std::uint64_t generation() const override { return shared_.generation; }
  void call_began() override { ++shared_.calls_began; }
  void call_ended() override { ++shared_.calls_ended; }
  void pool_changed(const pool::PoolGauges& gauges, const pool::PoolCounters& counters) override {
    ++shared_.told;
    shared_.gauges = gauges;
    shared_.counters = counters;
  }

 private:
  bool take() override { return up_to(shared_.running, shared_.most); }
  void give_back() override { --shared_.running; }
  bool join_queue() override { return up_to(shared_.waiting, shared_.queue); }
  void leave_queue() override { --shared_.waiting; }
  static bool up_to(std::size_t& count, std::size_t most) {
    return count < most ? (++count, true) : false;
  }

  SharedProgram& shared_;
};

command::CommandTemplate template_of(const std::string& text) {
  command::CommandTemplate parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('%', at), text.size());
    if (end > at) {
      parts.push_back({false, text.substr(at, end - at)});
    }
    if (end < text.size()) {
      parts.push_back({true, "$rU"});
    }
    at = end + 1;
  }
  return parts;
}

}  // namespace

ProgramHosts hosts_of(SharedProgram& shared) {
  return [&shared](const program::Program&) { return std::make_unique<CountingHost>(shared); };
}

TemporaryDirectory::TemporaryDirectory() : path_("/tmp/kamexec-engine-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    ADD_FAILURE() << "no directory " << path_;
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write_script(const std::string& name,
                                             const std::string& text) const {
  std::string path = path_ + "/" + name;
  std::ofstream(path) << "#!/bin/sh\n" << text;
  ::chmod(path.c_str(), 0755);
  return path;
}

command::PreparedCommand EngineTest::command(const std::string& text,
                                             std::string_view search_path) {
  command::PrepareOptions options;
  options.search_path = search_path;
  command::Preparation preparation = command::prepare(template_of(text), options);
  EXPECT_TRUE(preparation.command) << text;
  return preparation.command ? *preparation.command : command::PreparedCommand();
}

EngineTest::Call EngineTest::call(const std::string& definition, const std::string& text) {
  Result<program::ProgramDefinition> read = program::read_program(definition);
  EXPECT_TRUE(read) << definition;
  if (!read) {
    return {};
  }
  const std::string name = read->name;
  EXPECT_TRUE(programs_.add(std::move(*read)));
  EXPECT_THAT(programs_.locate(search_path_), ::testing::IsEmpty());
  return call(*programs_.find(name), text);
}

EngineTest::Call EngineTest::call(const program::Program& program, const std::string& text) {
  const auto called = program::read_program_call(template_of(text));
  EXPECT_TRUE(called && called->program == program.definition.name) << text;
  Call made;
  made.program = &program;
  made.arguments = program::call_command(*made.program, *called, program::CallTail::as_written);
  return made;
}

Result<Invocation> EngineTest::invocation(const command::PreparedCommand& command,
                                          const program::Program* program,
                                          const std::vector<std::string_view>& values) {
  Result<Invocation> made = make_invocation({.command = command,
                                             .program = program,
                                             .values = values,
                                             .search_path = search_path_,
                                             .limits = limits_,
                                             .requested = Clock::now()},
                                            buffers_);
  if (made) {
    made->capture_output = true;
    made->call = "avp";
  }
  return made;
}

}  // namespace kamexec::engine
