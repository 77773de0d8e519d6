// SPDX-License-Identifier: GPL-2.0-or-later
// A server for the module's C++ files where there is none: the functions of src/kamailio/host/ with
// a message, variables and transactions that are made up. It takes no memory by operator new, so
// that what fails there is the module's own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kamailio/host/host_counters.h"
#include "kamailio/host/host_lock.h"
#include "kamailio/host/host_process.h"
#include "kamailio/host/host_transaction.h"

struct sip_msg {
  HostText received;
  HostText uri;
};

namespace kamexec::module {

struct FakeHost {
  sip_msg message;
  bool serves = false;            ///< the configuration is loaded
  char log[8192] = "";            ///< the lines, with a newline after each
  std::size_t values_begun = 0;   ///< host_format_value() was called,
  std::size_t values_ended = 0;   ///< and got to its end
  HostCancel cancel{};            ///< of the last host_suspend()
  void (*on_resume)() = nullptr;  ///< what host_resume() runs as the route's pre-script callback
  struct Shown {
    long (*read)(const void*) noexcept;
    const void* context;
  } shown[64]{};  ///< by host_counter_show()
  std::size_t shown_count = 0;
  void (*process)(int) noexcept = nullptr;  ///< the body that host_process_fork() got

  [[nodiscard]] bool logged(std::string_view text) const {
    return std::string_view(log).find(text) != std::string_view::npos;
  }
};
[[nodiscard]] FakeHost& fake_host();

/// What each variable gives: longer than a string holds without memory of its own.
inline constexpr std::string_view kValueOfVariables =
    "a value of forty bytes, or somewhat more than that";

}  // namespace kamexec::module
