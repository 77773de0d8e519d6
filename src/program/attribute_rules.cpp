// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "program/attribute_rule.h"

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;
using Unit = NumberField::Unit;

// In milliseconds, bytes and pieces.
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = kMinute * 60 * 24;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kMillion = 1'000'000;

void assign(milliseconds& member, std::int64_t value) {
  member = milliseconds(value);
}
template <typename Member>
void assign(Member& member, std::int64_t value) {
  member = static_cast<std::remove_reference_t<decltype(member)>>(value);
}

std::optional<std::int64_t> number_of(milliseconds member) {
  return member.count();
}
template <typename Number>
std::optional<std::int64_t> number_of(Number member) {
  return static_cast<std::int64_t>(member);
}
template <typename Number>
std::optional<std::int64_t> number_of(const std::optional<Number>& member) {
  return member ? number_of(*member) : std::nullopt;
}

/// @p Of gives the member of a definition.
template <typename Of>
constexpr NumberField number(Unit unit, std::int64_t least, std::int64_t most, Of) {
  return {unit,
          least,
          most,
          false,
          [](const ProgramDefinition& program) { return number_of(Of{}(program)); },
          [](ProgramDefinition& program, std::int64_t value) { assign(Of{}(program), value); }};
}
template <typename Of>
constexpr NumberField or_none(Unit unit, std::int64_t least, std::int64_t most, Of of) {
  NumberField field = number(unit, least, most, of);
  field.none_is_zero = true;
  return field;
}

constexpr auto kRules = std::to_array<AttributeRule>({
    {"name", Scope::both, OwnField{read_name, write_name}},
    {"run", Scope::both, OwnField{read_run, write_run}},
    {"via", Scope::both, OwnField{read_via, write_via}},
    {"timeout", Scope::both,
     number(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.timeout; })},
    {"kill_grace", Scope::both,
     number(
         Unit::milliseconds, 0, kMinute, [](auto& p) -> auto& { return p.kill_grace; })},
    {"max", Scope::spawn,
     number(
         Unit::count, 1, 10'000, [](auto& p) -> auto& { return p.most_running; })},
    {"queue", Scope::both,
     number(
         Unit::count, 0, kMillion, [](auto& p) -> auto& { return p.most_queued; })},
    {"queue_time", Scope::both,
     or_none(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.queue_time; })},
    {"output_limit", Scope::both,
     number(
         Unit::bytes, 1, 64 * kMebibyte, [](auto& p) -> auto& { return p.output_limit; })},
    {"error_limit", Scope::both,
     number(
         Unit::bytes, 0, 64 * kMebibyte, [](auto& p) -> auto& { return p.error_limit; })},
    {"environment", Scope::both, OwnField{read_environment, write_environment}},
    {"directory", Scope::both, OwnField{read_directory, write_directory}},
    {"user", Scope::both, OwnField{read_user, write_user}},
    {"group", Scope::both, OwnField{read_group, write_group}},
    {"cpu", Scope::both,
     number(
         Unit::seconds, 1, 365 * kDay / kSecond,
         [](auto& p) -> auto& { return p.limits.cpu_seconds; })},
    {"memory", Scope::both,
     number(
         Unit::bytes, kMebibyte, std::int64_t{1} << 50,
         [](auto& p) -> auto& { return p.limits.memory_bytes; })},
    {"files", Scope::both,
     number(
         Unit::count, 8, kMillion, [](auto& p) -> auto& { return p.limits.files; })},
    {"processes", Scope::both,
     number(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.limits.processes; })},
    {"nice", Scope::both,
     number(
         Unit::integer, -20, 19, [](auto& p) -> auto& { return p.nice; })},
    {"workers", Scope::pool,
     number(
         Unit::count, 1, 1000, [](auto& p) -> auto& { return p.pool.most; })},
    {"workers_least", Scope::pool,
     number(
         Unit::count, 0, 1000, [](auto& p) -> auto& { return p.pool.least; })},
    {"workers_idle", Scope::pool,
     number(
         Unit::count, 0, 1000, [](auto& p) -> auto& { return p.pool.idle; })},
    {"workers_start", Scope::pool,
     number(
         Unit::count, 0, 1000, [](auto& p) -> auto& { return p.pool.start; })},
    {"idle_time", Scope::pool,
     or_none(
         Unit::milliseconds, kSecond, kDay, [](auto& p) -> auto& { return p.pool.idle_time; })},
    {"requests", Scope::pool,
     or_none(
         Unit::count, 1, 1'000 * kMillion, [](auto& p) -> auto& { return p.pool.requests; })},
    {"age", Scope::pool,
     or_none(
         Unit::milliseconds, kSecond, 365 * kDay, [](auto& p) -> auto& { return p.pool.age; })},
    {"start_timeout", Scope::pool,
     number(
         Unit::milliseconds, 1, 10 * kMinute,
         [](auto& p) -> auto& { return p.pool.start_timeout; })},
    {"backoff", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * kMinute,
         [](auto& p) -> auto& { return p.pool.back_off_first; })},
    {"backoff_most", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * kMinute,
         [](auto& p) -> auto& { return p.pool.back_off_most; })},
    {"breaker", Scope::pool,
     or_none(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.pool.breaker_failures; })},
    {"breaker_time", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * kMinute,
         [](auto& p) -> auto& { return p.pool.breaker_time; })},
    {"wants", Scope::pool, OwnField{read_wants, write_wants}},
});

}  // namespace

std::span<const AttributeRule> attribute_rules() {
  return kRules;
}

}  // namespace kamexec::program
