// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/state/state.h"

namespace kamexec::module {
namespace {

/// Storage that no destructor is called for at exit.
template <typename T>
union Kept {
  Kept() : value() {}
  ~Kept() {}
  T value;
};

}  // namespace

ServerState& server_state() {
  static Kept<ServerState> state;
  return state.value;
}

ProcessState& process_state() {
  static Kept<ProcessState> state;
  return state.value;
}

const Settings& settings() {
  return server_state().settings;
}

}  // namespace kamexec::module
