// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/served_programs.h"

namespace kamexec::daemon {
namespace {

bool same(const program::Program& left, const program::Program& right) {
  return left.definition == right.definition && left.place.path == right.place.path &&
         left.place.identity == right.place.identity;
}

}  // namespace

std::size_t most_at_once(const program::ProgramDefinition& definition) {
  return definition.via == program::Via::pool ? definition.pool.most : definition.most_running;
}

Result<ServedPrograms> next_programs(const program::Programs& loaded,
                                     const ServedPrograms& before) {
  ServedPrograms next;
  for (const auto& [name, program] : loaded.all()) {
    Result<Access> access = Access::of(program.definition);
    if (!access) {
      return tl::unexpected<Error>(std::move(access.error()));
    }
    const auto known = before.find(name);
    if (known != before.end() && same(known->second->program, program) &&
        known->second->access == *access) {
      next.emplace(name, known->second);
      continue;
    }
    auto made = std::make_shared<ServedProgram>();
    made->program = program;
    made->access = std::move(*access);
    const program::CacheRule& rule = program.definition.cache;
    if (rule.yes.count() > 0 || rule.no.count() > 0) {
      made->cache.emplace(rule);
    }
    next.emplace(name, std::move(made));
  }
  return next;
}

}  // namespace kamexec::daemon
