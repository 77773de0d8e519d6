// SPDX-License-Identifier: GPL-2.0-or-later
// Entry points of $exec(...): the facts of this process' last call.
#include <array>
#include <string_view>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/guard.h"
#include "kamailio/host/text.h"
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

constexpr std::array<std::string_view, KAMEXEC_FACT_UNKNOWN> kFactNames = {
    "rc", "status", "signal", "outcome", "us", "stderr", "pid"};

KamexecFactValue number(long value) {
  return {KAMEXEC_NUMBER, value, {nullptr, 0}};
}
KamexecFactValue text(std::string_view value) {
  return {KAMEXEC_TEXT, 0, host_text(value)};
}
KamexecFactValue nothing() {
  return {KAMEXEC_NO_VALUE, 0, {nullptr, 0}};
}

KamexecFact fact_named(std::string_view name) {
  for (std::size_t i = 0; i < kFactNames.size(); ++i) {
    if (name == kFactNames[i]) {
      return static_cast<KamexecFact>(i);
    }
  }
  return KAMEXEC_FACT_UNKNOWN;
}

KamexecFactValue value_of(KamexecFact fact, const LastCall& last) {
  if (!last.made) {
    return nothing();
  }
  const process::Outcome& outcome = last.outcome;
  switch (fact) {
    case KAMEXEC_FACT_RC:
      return number(process::code(outcome.cause));
    case KAMEXEC_FACT_STATUS:
      return number(outcome.exit_status);
    case KAMEXEC_FACT_SIGNAL:
      return number(outcome.signal);
    case KAMEXEC_FACT_OUTCOME:
      return text(process::word(outcome.cause));
    case KAMEXEC_FACT_US:
      return number(static_cast<long>(outcome.duration.count()));
    case KAMEXEC_FACT_STDERR:
      return text(last.error);
    case KAMEXEC_FACT_PID:
      return number(outcome.pid);
    case KAMEXEC_FACT_UNKNOWN:
      break;
  }
  return nothing();
}

}  // namespace
}  // namespace kamexec::module

using namespace kamexec::module;

using namespace kamexec;

KamexecFact kamexec_fact_named(HostText name) noexcept {
  return guarded([name] { return fact_named(view(name)); }, KAMEXEC_FACT_UNKNOWN);
}

KamexecFactValue kamexec_fact(KamexecFact fact) noexcept {
  return guarded([fact] { return value_of(fact, process_state().last_call); }, nothing());
}

void kamexec_forget_last_call(void) noexcept {
  guarded([] { process_state().last_call.made = false; });
}
