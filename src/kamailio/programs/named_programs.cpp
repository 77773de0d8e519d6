// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/programs/named_programs.h"

#include <exception>
#include <string>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/calls/call.h"
#include "kamailio/host/log.h"
#include "kamailio/programs/called_programs.h"
#include "kamailio/programs/program_counters.h"
#include "kamailio/programs/program_shared.h"
#include "program/read_program.h"

namespace kamexec {

Programs& named_programs() {
  // Never destroyed: `kamailio -c` has its configuration checked while the process exits.
  static Programs& programs = *new Programs;
  return programs;
}

namespace {

int log_failed(const Result<void>& result) {
  if (!result) {
    log_error(result.error().message);
  }
  return result ? 0 : -1;
}

Result<void> define(std::string_view text) {
  Result<ProgramDefinition> definition = read_program(text);
  if (!definition) {
    return tl::unexpected<Error>(std::move(definition.error()));
  }
  return named_programs().add(std::move(*definition));
}

template <typename Body>
int logged(Body body) noexcept {
  try {
    return log_failed(body());
  } catch (const std::exception& e) {
    log_error(e.what());
    return -1;
  }
}

}  // namespace
}  // namespace kamexec

int kamexec_program_define(const char* text) {
  return kamexec::logged([&] { return kamexec::define(text); });
}

int kamexec_programs_locate(void) {
  return kamexec::logged([] { return kamexec::named_programs().locate(kamexec::search_path()); });
}

int kamexec_programs_share(void) {
  return kamexec::logged([] {
    const kamexec::Programs& programs = kamexec::named_programs();
    const kamexec::Result<void> created = kamexec::ProgramShared::create(programs);
    return created ? kamexec::register_program_counters(programs) : created;
  });
}

void kamexec_programs_start(void) {
  static_cast<void>(kamexec::logged([] {
    kamexec::start_called_pools(kamexec::CalledBy::sip_worker);
    return kamexec::Result<void>{};
  }));
}
