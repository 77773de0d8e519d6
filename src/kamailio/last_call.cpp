// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/last_call.h"

#include <array>
#include <string_view>

#include "kamailio/module.h"
#include "kamailio/text.h"

namespace kamexec {

LastCall& last_call() {
  static LastCall last;
  return last;
}

namespace {

constexpr std::array<std::string_view, KX_FACT_UNKNOWN> kFactNames = {
    "rc", "status", "signal", "outcome", "us", "stderr", "pid"};

KxFactValue number(long value) {
  return {KX_NUMBER, value, {nullptr, 0}};
}
KxFactValue text(std::string_view value) {
  return {KX_TEXT, 0, host_text(value)};
}
KxFactValue nothing() {
  return {KX_NO_VALUE, 0, {nullptr, 0}};
}

}  // namespace
}  // namespace kamexec

KxFact kx_fact_named(HostText name) {
  for (std::size_t i = 0; i < kamexec::kFactNames.size(); ++i) {
    if (kamexec::view(name) == kamexec::kFactNames[i]) {
      return static_cast<KxFact>(i);
    }
  }
  return KX_FACT_UNKNOWN;
}

KxFactValue kx_fact(KxFact fact) {
  const kamexec::LastCall& last = kamexec::last_call();
  if (!last.made) {
    return kamexec::nothing();
  }
  const kamexec::Outcome& outcome = last.outcome;
  switch (fact) {
    case KX_FACT_RC:
      return kamexec::number(kamexec::code(outcome.cause));
    case KX_FACT_STATUS:
      return kamexec::number(outcome.exit_status);
    case KX_FACT_SIGNAL:
      return kamexec::number(outcome.signal);
    case KX_FACT_OUTCOME:
      return kamexec::text(kamexec::word(outcome.cause));
    case KX_FACT_US:
      return kamexec::number(static_cast<long>(outcome.duration.count()));
    case KX_FACT_STDERR:
      return kamexec::text(last.error);
    case KX_FACT_PID:
      return kamexec::number(outcome.pid);
    case KX_FACT_UNKNOWN:
      break;
  }
  return kamexec::nothing();
}

void kx_forget_last_call(void) {
  kamexec::last_call().made = false;
}
