// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "program/attribute_rule.h"

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;
using Unit = NumberRange::Unit;

// In milliseconds, bytes and pieces.
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = kMinute * 60 * 24;
constexpr std::int64_t kKibibyte = std::int64_t{1} << 10;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
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
  return {{unit, least, most},
          false,
          [](const ProgramDefinition& program) { return number_of(Of{}(program)); },
          [](ProgramDefinition& program, std::int64_t value) { assign(Of{}(program), value); }};
}
template <typename Of>
constexpr NumberField or_none(Unit unit, std::int64_t least, std::int64_t most, Of of) {
  NumberField field = number(unit, least, most, of);
  field.range.none_is_zero = true;
  return field;
}
/// 0 stands for a value that isn't set; the range must be without it.
constexpr NumberField unset_is_zero(NumberField field) {
  field.unset_is_zero = true;
  return field;
}

constexpr auto kRules = std::to_array<AttributeRule>({
    {"name", Scope::any, OwnField{read_name, write_name}},
    {"run", Scope::run, OwnField{read_run, write_run}},
    {"via", Scope::any, OwnField{read_via, write_via}},
    {"timeout", Scope::any,
     unset_is_zero(number(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.timeout; }))},
    {"kill_grace", Scope::run,
     number(
         Unit::milliseconds, 0, kMinute, [](auto& p) -> auto& { return p.kill_grace; })},
    {"max", Scope::spawn,
     number(
         Unit::count, 1, 10'000, [](auto& p) -> auto& { return p.most_running; })},
    {"queue", Scope::run,
     number(
         Unit::count, 0, kMillion, [](auto& p) -> auto& { return p.most_queued; })},
    {"queue_time", Scope::run,
     or_none(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.queue_time; })},
    {"output_limit", Scope::answer,
     number(
         Unit::bytes, 1, 64 * kMebibyte, [](auto& p) -> auto& { return p.output_limit; })},
    {"error_limit", Scope::run,
     number(
         Unit::bytes, 0, 64 * kMebibyte, [](auto& p) -> auto& { return p.error_limit; })},
    {"environment", Scope::run, OwnField{read_environment, write_environment}},
    {"directory", Scope::run, OwnField{read_directory, write_directory}},
    {"user", Scope::run, OwnField{read_user, write_user}},
    {"group", Scope::run, OwnField{read_group, write_group}},
    {"cpu", Scope::run,
     number(
         Unit::seconds, 1, 365 * kDay / kSecond,
         [](auto& p) -> auto& { return p.limits.cpu_seconds; })},
    {"memory", Scope::run,
     number(
         Unit::bytes, kMebibyte, std::int64_t{1} << 50,
         [](auto& p) -> auto& { return p.limits.memory_bytes; })},
    {"files", Scope::run,
     number(
         Unit::count, 8, kMillion, [](auto& p) -> auto& { return p.limits.files; })},
    {"processes", Scope::run,
     number(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.limits.processes; })},
    {"nice", Scope::run,
     number(
         Unit::integer, -20, 19, [](auto& p) -> auto& { return p.nice; })},
    {"no_new_privileges", Scope::run, OwnField{read_no_new_privileges, write_no_new_privileges}},
    {"sandbox", Scope::run, OwnField{read_sandbox, write_sandbox}},
    {"read", Scope::run, OwnField{read_read, write_read}},
    {"write", Scope::run, OwnField{read_write, write_write}},
    {"network", Scope::run, OwnField{read_network, write_network}},
    {"cgroup", Scope::run, OwnField{read_cgroup, write_cgroup}},
    {"memory_total", Scope::run,
     number(
         Unit::bytes, kMebibyte, std::int64_t{1} << 50,
         [](auto& p) -> auto& { return p.cgroup_limits.memory_bytes; })},
    {"processes_total", Scope::run,
     number(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.cgroup_limits.processes; })},
    {"cpu_total", Scope::run, OwnField{read_cpu_total, write_cpu_total}},
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
    {"cache", Scope::daemon,
     or_none(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.cache.yes; })},
    {"cache_no", Scope::daemon,
     or_none(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.cache.no; })},
    {"cache_stale", Scope::daemon,
     or_none(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.cache.stale; })},
    {"cache_size", Scope::daemon,
     number(
         Unit::bytes, 64 * kKibibyte, 16 * kGibibyte,
         [](auto& p) -> auto& { return p.cache.size; })},
    {"delivery", Scope::daemon, OwnField{read_delivery, write_delivery}},
    {"store_timeout", Scope::daemon,
     number(
         Unit::milliseconds, 1, kMinute, [](auto& p) -> auto& { return p.stored.store_timeout; })},
    {"store_most", Scope::daemon,
     number(
         Unit::count, 1, 1'000 * kMillion, [](auto& p) -> auto& { return p.stored.most; })},
    {"retry", Scope::daemon,
     number(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.stored.retry; })},
    {"retry_most", Scope::daemon,
     number(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.stored.retry_most; })},
    {"attempts", Scope::daemon,
     number(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.stored.attempts; })},
    {"keep", Scope::daemon,
     number(
         Unit::milliseconds, kSecond, 365 * kDay, [](auto& p) -> auto& { return p.stored.keep; })},
    {"keep_done", Scope::daemon,
     number(
         Unit::milliseconds, 0, 365 * kDay, [](auto& p) -> auto& { return p.stored.keep_done; })},
    {"order_by", Scope::daemon,
     or_none(
         Unit::count, 1, 4096, [](auto& p) -> auto& { return p.stored.order_by; })},
    {"allow", Scope::daemon, OwnField{read_allow, write_allow}},
    {"offer", Scope::offer, OwnField{read_offer, write_offer}},
    {"tries", Scope::fleet,
     number(
         Unit::count, 1, 16, [](auto& p) -> auto& { return p.fleet.tries; })},
    {"idempotent", Scope::fleet, OwnField{read_idempotent, write_idempotent}},
    {"hedge", Scope::fleet,
     unset_is_zero(number(
         Unit::milliseconds, 1, kDay, [](auto& p) -> auto& { return p.fleet.hedge; }))},
    {"calls_most", Scope::fleet,
     number(
         Unit::count, 1, kMillion, [](auto& p) -> auto& { return p.fleet.most; })},
});

}  // namespace

bool applies(Scope scope, Via via) {
  switch (scope) {
    case Scope::any:
      return true;
    case Scope::run:
    case Scope::offer:
      return via == Via::spawn || via == Via::pool;
    case Scope::answer:
    case Scope::daemon:
      return via != Via::service;
    case Scope::fleet:
      return via == Via::nats;
    case Scope::spawn:
      return via == Via::spawn;
    case Scope::pool:
      break;
  }
  return via == Via::pool;
}

std::span<const AttributeRule> attribute_rules() {
  return kRules;
}

}  // namespace kamexec::program
