// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/calls/last_call.h"

#include <array>
#include <string_view>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/text.h"

namespace kamexec {

LastCall& last_call() {
  static LastCall last;
  return last;
}

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

}  // namespace
}  // namespace kamexec

KamexecFact kamexec_fact_named(HostText name) {
  for (std::size_t i = 0; i < kamexec::kFactNames.size(); ++i) {
    if (kamexec::view(name) == kamexec::kFactNames[i]) {
      return static_cast<KamexecFact>(i);
    }
  }
  return KAMEXEC_FACT_UNKNOWN;
}

KamexecFactValue kamexec_fact(KamexecFact fact) {
  const kamexec::LastCall& last = kamexec::last_call();
  if (!last.made) {
    return kamexec::nothing();
  }
  const kamexec::Outcome& outcome = last.outcome;
  switch (fact) {
    case KAMEXEC_FACT_RC:
      return kamexec::number(kamexec::code(outcome.cause));
    case KAMEXEC_FACT_STATUS:
      return kamexec::number(outcome.exit_status);
    case KAMEXEC_FACT_SIGNAL:
      return kamexec::number(outcome.signal);
    case KAMEXEC_FACT_OUTCOME:
      return kamexec::text(kamexec::word(outcome.cause));
    case KAMEXEC_FACT_US:
      return kamexec::number(static_cast<long>(outcome.duration.count()));
    case KAMEXEC_FACT_STDERR:
      return kamexec::text(last.error);
    case KAMEXEC_FACT_PID:
      return kamexec::number(outcome.pid);
    case KAMEXEC_FACT_UNKNOWN:
      break;
  }
  return kamexec::nothing();
}

void kamexec_forget_last_call(void) {
  kamexec::last_call().made = false;
}
