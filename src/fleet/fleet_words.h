// SPDX-License-Identifier: GPL-2.0-or-later
// How calls over NATS fail, in words for the operator's log: what happened, where, and what to do.
#pragma once

#include <string>
#include <string_view>

#include "fleet/answer_message.h"
#include "fleet/subjects.h"
#include "nats/link.h"
#include "process/outcome.h"

namespace kamexec::fleet {

/// "worker daemon ID (zone Z)"; "a worker daemon" where it has no ID.
[[nodiscard]] std::string in_words(const WorkerName& worker);

/// How a call of @p program ends that met @p trouble on its way to @p subject.
[[nodiscard]] process::Outcome outcome_of(const nats::Trouble& trouble, std::string_view program,
                                          std::string_view subject, const nats::LinkState& link);
/// Nothing has come until the deadline. @p lost: there was no connection at the end.
[[nodiscard]] process::Outcome unanswered(std::string_view program, const WorkerName& by,
                                          bool lost);
[[nodiscard]] process::Outcome too_many(std::string_view program, std::size_t most);
/// What @p answer's detail says, with who says it. @p asked: worker daemons that were.
[[nodiscard]] std::string detail_of(const Answer& answer, std::size_t asked);

}  // namespace kamexec::fleet
