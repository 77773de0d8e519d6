// SPDX-License-Identifier: GPL-2.0-or-later
// The text for a command's standard input.
#pragma once

#include <string>

#include "kamailio/calls/command.h"
#include "kamailio/host/host.h"

struct KamexecInput {
  kamexec::module::Format format;  ///< empty: fixed is all there is
  std::string fixed;

  /// Appends the text for one message: variables in their places, of any length.
  void write(HostMessage* message, std::string& out) const;
};
