// SPDX-License-Identifier: GPL-2.0-or-later
// A name for one call, carried by everything that the call starts: how a program that left its
// process group, its session and its parents behind is still known to be ours. It is carried twice,
// as either can be lost or unreadable:
// - as a variable of the environment. A program may clear it, and the kernel shows the environment
//   of one that isn't "dumpable" (PR_SET_DUMPABLE, setuid) to root alone;
// - as the hard limit RLIMIT_RTTIME, where it has none: 146,000 years of processor time without a
//   pause under a real-time scheduler limit nothing. Limits are inherited, everybody may read them
//   (proc(5), limits), and without privileges they can't be raised again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kamexec::process {

inline constexpr std::string_view kCallMarkerName = "KAMEXEC_CALL=";

struct CallMarker {
  /// "KAMEXEC_CALL=<our pid>.<counter>.<monotonic nanoseconds>": never the same twice, in no
  /// process of this boot.
  std::string variable;
  /// Microseconds; 0: none. Above 2^62: whether it is a worker's, 22 bits of the host's own, our
  /// pid and the counter's last 17 bits: not the same twice within 131,072 calls of one process.
  std::uint64_t limit = 0;
};

/// Who carries it: what a worker has started is to end with the server, a command's job in the
/// background is not.
enum class Marked { command, worker };

/// Any thread.
[[nodiscard]] CallMarker make_call_marker(Marked who = Marked::command);

/// Whether this process made the marker with that limit, no other of the host's.
[[nodiscard]] bool made_here(std::uint64_t limit);

/// Makes limits of markers this host's own, at random: in this process, and in those that it forks
/// from now on. Once, before it forks.
void make_markers_our_own();
/// Whether @p limit marks a worker of this host: of any process that has its markers from the same
/// make_markers_our_own(). False where that was never called.
[[nodiscard]] bool marks_our_worker(std::uint64_t limit);

/// The environment given with the marker appended. A marker that it held already (we run under
/// another kamexec) gives way. Owns only the pointers: the strings, @p variable too, must outlive
/// it.
[[nodiscard]] std::vector<char*> with_marker(char* const* environment, std::string& variable);

}  // namespace kamexec::process
