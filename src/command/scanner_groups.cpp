// SPDX-License-Identifier: GPL-2.0-or-later
// What belongs together: the commands of a compound command, and the parts of a pipeline.
#include "command/scanner.h"

namespace kamexec::command {

/// A place in the pipeline that is under way, or in a new one.
InPipeline Scanner::new_place(bool is_group, std::size_t index) {
  if (!pipeline_) {
    pipeline_ = scan_.pipelines.size();
    scan_.pipelines.emplace_back();
  }
  last_pipeline_ = *pipeline_;
  std::vector<PipelinePart>& parts = scan_.pipelines[*pipeline_];
  const InPipeline place{groups_.back(), *pipeline_, parts.size()};
  parts.push_back({is_group, index});
  pipeline_.reset();
  return place;
}

/// if, while, for, {, ( …
void Scanner::open_group() {
  Group group;
  group.kind = Group::Kind::compound;
  if (function_) {
    // A function's body runs where the function is called, not where it stands.
    group.function = std::move(*function_);
    group.place.group = groups_.back();
    function_.reset();
    pipeline_.reset();
  } else {
    group.place = new_place(true, scan_.groups.size());
  }
  groups_.push_back(scan_.groups.size());
  scan_.groups.push_back(std::move(group));
  last_group_.reset();
}

void Scanner::close_group() {
  last_group_.reset();
  if (groups_.size() > 1) {
    last_group_ = groups_.back();
    groups_.pop_back();
  }
}

std::size_t Scanner::substitution_group() {
  Group group;
  group.kind = Group::Kind::substitution;
  group.place.group = groups_.back();
  scan_.groups.push_back(std::move(group));
  return scan_.groups.size() - 1;
}

}  // namespace kamexec::command
