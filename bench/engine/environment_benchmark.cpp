// SPDX-License-Identifier: GPL-2.0-or-later
// The environment of one call, made from the facts of an INVITE.
#include <benchmark/benchmark.h>

#include "invite.h"
#include "request/envp.h"
#include "request/request_variables.h"

namespace kamexec {
namespace {

void environment_of_invite(benchmark::State& state) {
  const char* const server[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/",
                                "LANG=C", nullptr};
  const request::InheritedEnvironment inherited = request::InheritedEnvironment::everything(server);
  const request::RequestFacts facts = invite_facts();
  request::RequestVariables environment;
  request::Envp envp;
  for (auto _ : state) {
    environment.clear();
    request::add_request(facts, request::EnvironmentOptions(), environment);
    benchmark::DoNotOptimize(envp.fill(inherited, environment.packed()));
  }
  if (environment.value("SIP_HF_CALLID") != facts.call_id) {
    state.SkipWithError("the environment is not that of the INVITE");
  }
}

BENCHMARK(environment_of_invite);

}  // namespace
}  // namespace kamexec
