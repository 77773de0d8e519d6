// SPDX-License-Identifier: GPL-2.0-or-later
// A name for one call, carried by the environment of everything that the call starts: how a program
// that left its process group, its session and its parents behind is still known to be ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kamexec {

inline constexpr std::string_view call_marker_name = "KAMEXEC_CALL=";

/// "KAMEXEC_CALL=<our pid>.<counter>.<monotonic nanoseconds>": never the same twice, in no process
/// of this boot. Any thread.
[[nodiscard]] std::string make_call_marker();

/// The environment given with the marker appended. A marker that it held already (we run under
/// another kamexec) gives way. Owns only the pointers: the strings, @p marker too, must outlive it.
[[nodiscard]] std::vector<char*> with_marker(char* const* environment, std::string& marker);

}  // namespace kamexec
