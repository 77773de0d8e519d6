// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of a daemon that tests of other parts need.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "daemon/served_programs.h"
#include "engine/executor.h"
#include "program/read_program.h"
#include "request/inherited_environment.h"

namespace kamexec::daemon {

/// What a daemon's file with these definitions says.
inline program::Programs programs_of(const std::vector<std::string>& definitions) {
  program::Programs made;
  for (const std::string& text : definitions) {
    Result<program::ProgramDefinition> read = program::read_program(text, program::Reader::daemon);
    if (!read) {
      ADD_FAILURE() << read.error().message;
      continue;
    }
    EXPECT_TRUE(made.add(*read));
  }
  EXPECT_THAT(made.locate("/usr/bin:/bin"), testing::IsEmpty());
  return made;
}

/// As it is served from now on; @p before: what was until now.
inline ServedPrograms served_of(const std::vector<std::string>& definitions,
                                const ServedPrograms& before = {}) {
  Result<ServedPrograms> made = next_programs(programs_of(definitions), before);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return {};
  }
  return std::move(*made);
}

/// One without a service or a fleet, open.
inline std::unique_ptr<engine::Executor> open_executor() {
  auto made = std::make_unique<engine::Executor>(
      engine::ExecutorOptions{.environment = request::InheritedEnvironment::only(nullptr, {}),
                              .program_hosts = {},
                              .wrap_transport = {},
                              .service_socket = {}});
  EXPECT_TRUE(made->open());
  return made;
}

}  // namespace kamexec::daemon
