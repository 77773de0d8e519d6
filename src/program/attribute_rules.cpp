// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "program/attribute_rule.h"

namespace kamexec {
namespace {

using std::chrono::milliseconds;
using Unit = NumberField::Unit;

// In milliseconds, bytes and pieces.
constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t day = 24 * 60 * minute;
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t million = 1'000'000;
constexpr std::size_t longest_name = 64;

void assign(milliseconds& member, std::uint64_t value) {
  member = milliseconds(value);
}
template <typename Member>
void assign(Member& member, std::uint64_t value) {
  member = static_cast<std::remove_reference_t<decltype(member)>>(value);
}

std::optional<std::uint64_t> number_of(milliseconds member) {
  return static_cast<std::uint64_t>(member.count());
}
template <typename Member>
std::optional<std::uint64_t> number_of(const Member& member) {
  return member;
}

/// @p Of gives the member of a definition.
template <typename Of>
constexpr NumberField number(Unit unit, std::uint64_t least, std::uint64_t most, Of) {
  return {unit,
          least,
          most,
          false,
          [](const ProgramDefinition& program) { return number_of(Of{}(program)); },
          [](ProgramDefinition& program, std::uint64_t value) { assign(Of{}(program), value); }};
}
template <typename Of>
constexpr NumberField or_none(Unit unit, std::uint64_t least, std::uint64_t most, Of of) {
  NumberField field = number(unit, least, most, of);
  field.none_is_zero = true;
  return field;
}

bool is_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

Result<void> read_name(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word)
    return tl::unexpected(word.error());
  if (word->size() > longest_name)
    return failure(shown(*word) + " is longer than " + std::to_string(longest_name) + " bytes");
  if (!std::all_of(word->begin(), word->end(), is_name_byte))
    return failure(shown(*word) + " is no name: write letters, digits, '_' and '-'");
  into.name = *word;
  return {};
}

bool is_full_path(std::string_view path) {
  return path.substr(0, 1) == "/";
}

Result<void> read_run(const Attribute& attribute, ProgramDefinition& into) {
  if (attribute.words.empty() || attribute.words.front().empty())
    return failure("there is no program in it");
  const std::string& program = attribute.words.front();
  if (program.find('/') != program.npos && !is_full_path(program)) {
    return failure(shown(program) +
                   " depends on where the server was started: write a full path, or a name alone "
                   "to have it looked for in PATH");
  }
  into.run = attribute.words;
  return {};
}

std::string write_run(const ProgramDefinition& program) {
  std::string text;
  for (const std::string& word : program.run)
    text += (text.empty() ? "" : " ") + quoted_word(word);
  return text;
}

Result<void> read_via(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word)
    return tl::unexpected(word.error());
  if (*word == "nats")
    return failure("nats is not in this version yet: write spawn or pool");
  if (*word != "spawn" && *word != "pool")
    return failure(shown(*word) + " is no way to run a program: write spawn or pool");
  into.via = *word == "pool" ? Via::pool : Via::spawn;
  return {};
}

Result<void> read_directory(const Attribute& attribute, ProgramDefinition& into) {
  const auto word = only_word(attribute);
  if (!word)
    return tl::unexpected(word.error());
  if (!is_full_path(*word))
    return failure(shown(*word) + " depends on where the server was started: write a full path");
  into.directory = *word;
  return {};
}

template <std::string ProgramDefinition::*Member>
Result<void> read_word(const Attribute& attribute, ProgramDefinition& into) {
  auto word = only_word(attribute);
  if (!word)
    return tl::unexpected(word.error());
  into.*Member = std::move(*word);
  return {};
}
template <std::string ProgramDefinition::*Member>
std::string write_word(const ProgramDefinition& program) {
  return (program.*Member).empty() ? std::string() : quoted_word(program.*Member);
}

Result<void> read_wants(const Attribute& attribute, ProgramDefinition& into) {
  WorkerWants wants;
  for (const std::string& word : attribute.words) {
    if (word == "environment")
      wants.environment = true;
    else if (word == "message")
      wants.message = true;
    else if (word != "none" || attribute.words.size() > 1)
      return failure(shown(word) + " is unknown: write environment, message, both, or none");
  }
  if (attribute.words.empty())
    return failure("the value is missing: write environment, message, both, or none");
  into.pool.wants = wants;
  return {};
}

std::string write_wants(const ProgramDefinition& program) {
  if (!program.pool.wants)
    return {};
  const auto [environment, message] = *program.pool.wants;
  if (environment)
    return message ? "environment message" : "environment";
  return message ? "message" : "none";
}

std::string write_via(const ProgramDefinition& program) {
  return program.via == Via::pool ? "pool" : "spawn";
}

using P = ProgramDefinition;

constexpr auto rules = std::to_array<AttributeRule>({
    {"name", Scope::both, OwnField{read_name, write_word<&P::name>}},
    {"run", Scope::both, OwnField{read_run, write_run}},
    {"via", Scope::both, OwnField{read_via, write_via}},
    {"timeout", Scope::both,
     number(
         Unit::milliseconds, 1, day, [](auto& p) -> auto& { return p.timeout; })},
    {"kill_grace", Scope::both,
     number(
         Unit::milliseconds, 0, minute, [](auto& p) -> auto& { return p.kill_grace; })},
    {"max", Scope::spawn,
     number(
         Unit::count, 1, 10'000, [](auto& p) -> auto& { return p.most_running; })},
    {"queue", Scope::both,
     number(
         Unit::count, 0, million, [](auto& p) -> auto& { return p.most_queued; })},
    {"queue_time", Scope::both,
     or_none(
         Unit::milliseconds, 1, day, [](auto& p) -> auto& { return p.queue_time; })},
    {"output_limit", Scope::both,
     number(
         Unit::bytes, 1, 64 * mebibyte, [](auto& p) -> auto& { return p.output_limit; })},
    {"error_limit", Scope::both,
     number(
         Unit::bytes, 0, 64 * mebibyte, [](auto& p) -> auto& { return p.error_limit; })},
    {"environment", Scope::both, OwnField{read_environment, write_environment}},
    {"directory", Scope::both, OwnField{read_directory, write_word<&P::directory>}},
    {"user", Scope::both, OwnField{read_word<&P::user>, write_word<&P::user>}},
    {"group", Scope::both, OwnField{read_word<&P::group>, write_word<&P::group>}},
    {"cpu", Scope::both,
     number(
         Unit::seconds, 1, 365 * day / second,
         [](auto& p) -> auto& { return p.limits.cpu_seconds; })},
    {"memory", Scope::both,
     number(
         Unit::bytes, mebibyte, std::uint64_t{1} << 50,
         [](auto& p) -> auto& { return p.limits.memory_bytes; })},
    {"files", Scope::both,
     number(
         Unit::count, 8, million, [](auto& p) -> auto& { return p.limits.files; })},
    {"processes", Scope::both,
     number(
         Unit::count, 1, million, [](auto& p) -> auto& { return p.limits.processes; })},
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
     number(
         Unit::milliseconds, second, day, [](auto& p) -> auto& { return p.pool.idle_time; })},
    {"requests", Scope::pool,
     or_none(
         Unit::count, 1, 1'000 * million, [](auto& p) -> auto& { return p.pool.requests; })},
    {"age", Scope::pool,
     or_none(
         Unit::milliseconds, second, 365 * day, [](auto& p) -> auto& { return p.pool.age; })},
    {"start_timeout", Scope::pool,
     number(
         Unit::milliseconds, 1, 10 * minute,
         [](auto& p) -> auto& { return p.pool.start_timeout; })},
    {"backoff", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * minute, [](auto& p) -> auto& { return p.pool.backoff; })},
    {"backoff_most", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * minute, [](auto& p) -> auto& { return p.pool.backoff_most; })},
    {"breaker", Scope::pool,
     or_none(
         Unit::count, 1, million, [](auto& p) -> auto& { return p.pool.breaker; })},
    {"breaker_time", Scope::pool,
     number(
         Unit::milliseconds, 1, 60 * minute, [](auto& p) -> auto& { return p.pool.breaker_time; })},
    {"wants", Scope::pool, OwnField{read_wants, write_wants}},
});

}  // namespace

std::span<const AttributeRule> attribute_rules() {
  return rules;
}

}  // namespace kamexec
