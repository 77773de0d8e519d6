// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace kamexec::module {

/// The body of one of the module's own processes: takes jobs from its channel, runs them, resumes
/// their transactions. Returns only where it can't work at all; the log says why.
void run_job_process(int number) noexcept;

}  // namespace kamexec::module
