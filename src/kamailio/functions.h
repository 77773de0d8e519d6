// SPDX-License-Identifier: GPL-2.0-or-later
// The script's functions, whoever calls them: the native script or a script engine.
#pragma once

#include <span>
#include <string_view>

#include "kamailio/command.h"

namespace kamexec {

/// What exec_run takes beside its command; NULL and empty where not given.
struct RunArguments {
  std::string_view input;
  HostVariable* out = nullptr;
  HostVariable* err = nullptr;
};

/// @p values: those of the command's variables, in order; exec_dset adds the R-URI itself.
/// Each gives 1 or a negative code and records the call for $exec(...).
int exec_dset(HostMessage* message, const Command& command, Values& values);
int exec_msg(HostMessage* message, const Command& command, Values& values);
int exec_avp(HostMessage* message, const Command& command, Values& values, HostAvpList* names);
int exec_cmd(HostMessage* message, const Command& command, Values& values);
int exec_run(HostMessage* message, const Command& command, Values& values,
             const RunArguments& arguments);

}  // namespace kamexec
