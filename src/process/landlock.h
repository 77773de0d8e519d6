// SPDX-License-Identifier: GPL-2.0-or-later
// Landlock as the kernel defines it (include/uapi/linux/landlock.h of Linux 6.12; landlock(7)). It
// is written out, because older headers lack parts of it that the running kernel may have.
#pragma once

#include <sys/syscall.h>

#include <cstdint>

namespace kamexec::process::landlock {

// The numbers are the same on every architecture (from 424 on).
inline constexpr long kCreateRulesetNumber = 444;
inline constexpr long kAddRuleNumber = 445;
inline constexpr long kRestrictSelfNumber = 446;

inline constexpr unsigned kCreateRulesetVersion = 1U << 0;
inline constexpr int kPathBeneath = 1;
inline constexpr int kNetPort = 2;

/// ABI 1 had the first member alone, ABI 4 added the second, ABI 6 the third. The kernel takes a
/// longer struct whose further bytes are 0.
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t directory = -1;
};

struct NetPort {
  std::uint64_t allowed = 0;
  std::uint64_t port = 0;
};

// Rights of files. ABI 1 unless told otherwise.
inline constexpr std::uint64_t kExecute = 1ULL << 0;
inline constexpr std::uint64_t kWriteFile = 1ULL << 1;
inline constexpr std::uint64_t kReadFile = 1ULL << 2;
inline constexpr std::uint64_t kReadDirectory = 1ULL << 3;
inline constexpr std::uint64_t kRemoveDirectory = 1ULL << 4;
inline constexpr std::uint64_t kRemoveFile = 1ULL << 5;
inline constexpr std::uint64_t kMakeCharacterDevice = 1ULL << 6;
inline constexpr std::uint64_t kMakeDirectory = 1ULL << 7;
inline constexpr std::uint64_t kMakeFile = 1ULL << 8;
inline constexpr std::uint64_t kMakeSocket = 1ULL << 9;
inline constexpr std::uint64_t kMakeFifo = 1ULL << 10;
inline constexpr std::uint64_t kMakeBlockDevice = 1ULL << 11;
inline constexpr std::uint64_t kMakeSymbolicLink = 1ULL << 12;
inline constexpr std::uint64_t kRefer = 1ULL << 13;           // ABI 2
inline constexpr std::uint64_t kTruncate = 1ULL << 14;        // ABI 3
inline constexpr std::uint64_t kIoctlOfDevices = 1ULL << 15;  // ABI 5
inline constexpr std::uint64_t kBindTcp = 1ULL << 0;          // ABI 4
inline constexpr std::uint64_t kConnectTcp = 1ULL << 1;       // ABI 4
inline constexpr std::uint64_t kScopeSignal = 1ULL << 1;      // ABI 6

inline constexpr int kAbiOfFiles = 1;
inline constexpr int kAbiOfRefer = 2;
inline constexpr int kAbiOfTruncate = 3;
inline constexpr int kAbiOfPorts = 4;
inline constexpr int kAbiOfIoctl = 5;
inline constexpr int kAbiOfSignals = 6;

}  // namespace kamexec::process::landlock
