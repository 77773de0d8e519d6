// SPDX-License-Identifier: GPL-2.0-or-later
// The files of a control group (kernel: Documentation/admin-guide/cgroup-v2.rst), each read and
// written as one small text.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::process {

/// The directory of a control group, close-on-exec; invalid with errno.
[[nodiscard]] UniqueFd open_cgroup(int parent, const char* name);
[[nodiscard]] UniqueFd open_cgroup(const std::string& path);

/// The path of a group as messages have it.
[[nodiscard]] std::string in_quotes(std::string_view path);

/// The text of @p file of the group @p cgroup, without the last line's end. The error has no words
/// but the file's name.
[[nodiscard]] Result<std::string> read_cgroup_file(int cgroup, const char* file);
/// 0, or the errno.
[[nodiscard]] int write_cgroup_file(int cgroup, const char* file, std::string_view text);

/// The number after @p key in a file of lines "key number"; 0 where there is none.
[[nodiscard]] unsigned long long number_after(std::string_view text, std::string_view key);
/// Whether @p text has @p word between blanks or the text's ends.
[[nodiscard]] bool has_word(std::string_view text, std::string_view word);

/// What cgroup.procs shows: the processes right in the group. 0 stands for one of another pid
/// namespace.
[[nodiscard]] std::vector<pid_t> processes_in(int cgroup);
/// Whether a process lives in the group or below it (cgroup.events). True where that can't be read.
[[nodiscard]] bool is_populated(int cgroup);

/// Removes the group and those below it, which a program may have made. 0, or the errno: EBUSY
/// while a process lives in it.
[[nodiscard]] int remove_cgroup(int parent, const char* name);

/// The names of the groups right below; all of them, or those that begin with @p prefix.
[[nodiscard]] std::vector<std::string> groups_below(int cgroup, std::string_view prefix = {});

}  // namespace kamexec::process
