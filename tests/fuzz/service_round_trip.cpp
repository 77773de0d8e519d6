// SPDX-License-Identifier: GPL-2.0-or-later
// Any values in the messages of the service protocol: what is written is read as it was meant, and
// what is too long for the writer is refused by the reader.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>

#include "../unit/service/told.h"
#include "base/printable.h"

namespace kamexec::service {
namespace {

constexpr std::size_t kLimit = std::size_t{1} << 20;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::string value(FuzzedDataProvider& data) {
  return data.ConsumeRandomLengthString(200);
}

std::string variables(FuzzedDataProvider& data) {
  std::string packed;
  for (int count = data.ConsumeIntegralInRange(0, 3); count > 0; --count) {
    std::string variable = "SIP_" + value(data) + "=" + value(data);
    std::erase(variable, '\0');
    packed += variable + '\0';
  }
  return packed;
}

ToldByClient some_call(FuzzedDataProvider& data) {
  ToldByClient call{.kind = "call", .id = "a1B2", .word = "dset"};
  call.time_left = std::chrono::milliseconds(data.ConsumeIntegralInRange(0, 0x7fffffff));
  call.program = "least_cost-1";
  for (int count = data.ConsumeIntegralInRange(0, 12); count > 0; --count) {
    call.arguments.push_back(value(data));
  }
  call.uri = value(data);
  call.variables = variables(data);
  call.message = value(data);
  call.input = value(data);
  return call;
}

void check_call(FuzzedDataProvider& data, std::size_t piece) {
  const ToldByClient call = some_call(data);
  const std::vector<std::string_view> arguments(call.arguments.begin(), call.arguments.end());
  const CallRequest request{call.id,  call.word,      call.time_left, call.program, arguments,
                            call.uri, call.variables, call.message,   call.input};
  std::string text;
  require(append_call(text, request, kLimit));
  std::string bounded;
  require(!append_call(bounded, request, text.size() - 1) && bounded.empty());

  for (const std::size_t limit : {text.size(), text.size() - 1}) {
    ClientReader reader(limit);
    ClientRecord record;
    require(read_in_pieces(reader, "hello 2\n" + text + "cancel x\n", piece, record).empty());
    require(record.told().size() == 3 && !reader.in_message());
    require(limit == text.size() ? record.told()[1] == call : record.told()[1].kind == "refused");
  }
}

process::RunResult some_result(FuzzedDataProvider& data) {
  process::RunResult result;
  process::Outcome& outcome = result.outcome;
  outcome.cause = static_cast<process::Cause>(data.ConsumeIntegralInRange(0, 5));
  outcome.pid = data.ConsumeIntegralInRange(0, 0x7fffffff);
  outcome.duration = std::chrono::microseconds(data.ConsumeIntegralInRange(0L, 1L << 40));
  outcome.signal = data.ConsumeIntegralInRange(0, 64);
  outcome.exit_status = data.ConsumeIntegralInRange(-1, 255);
  result.error = value(data);
  result.error_truncated = data.ConsumeBool();
  switch (outcome.cause) {
    case process::Cause::ok:
      outcome.exit_status = 0;
      outcome.signal = 0;
      break;
    case process::Cause::nonzero_exit:
      outcome.exit_status = outcome.signal != 0 ? -1 : std::max(outcome.exit_status, 1);
      break;
    default:
      outcome.detail = printable(value(data), 1000);
      return result;
  }
  const std::size_t repeats = data.ConsumeBool() ? 200 : 1;  // longer than a line may be
  const std::string piece = value(data);
  for (std::size_t i = 0; i < repeats; ++i) {
    result.output += piece;
  }
  return result;
}

void check_reply(FuzzedDataProvider& data, std::size_t piece) {
  const process::RunResult result = some_result(data);
  std::string text;
  append_reply(text, "Z9", result);
  DaemonReader reader(kLimit);
  DaemonRecord record;
  require(read_in_pieces(reader, "hello 2\n" + text + "ready\n", piece, record).empty());
  require(record.told().size() == 3);
  require(record.told()[1].id == "Z9" && same_result(record.told()[1].result, result));
}

}  // namespace
}  // namespace kamexec::service

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  const std::size_t piece = data.ConsumeIntegralInRange<std::size_t>(1, 100);
  if (data.ConsumeBool()) {
    kamexec::service::check_call(data, piece);
  } else {
    kamexec::service::check_reply(data, piece);
  }
  return 0;
}
