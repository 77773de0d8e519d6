// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/job.h"

#include <array>
#include <new>

#include "base/packed_strings.h"
#include "kamailio/host/host_process.h"

namespace kamexec::module {
namespace {

/// All texts of a job but the words of its argv.
std::array<std::string_view*, 12> texts_of(AsyncJob& job) {
  engine::Invocation& call = job.invocation;
  return {&call.variables, &call.input,   &call.call,    &call.uri,
          &call.message,   &job.label,    &job.next_hop, &job.path,
          &job.avp_names,  &job.out_name, &job.err_name, &job.asked_program};
}

std::size_t count_of(char* const* words) {
  std::size_t count = 0;
  while (words[count] != nullptr) {
    ++count;
  }
  return count;
}

}  // namespace

void AsyncJobDeleter::operator()(AsyncJob* job) const {
  if (job->on_end != nullptr) {
    job->on_end(*job);
  }
  host_shared_free(job);
}

AsyncJobPtr pack(const AsyncJob& given) {
  AsyncJob job = given;
  engine::Invocation& call = job.invocation;
  const std::size_t words = count_of(call.argv);
  const std::size_t pointers = (words + 1) * sizeof(char*);
  static_assert(sizeof(AsyncJob) % alignof(char*) == 0);
  job.size = sizeof(AsyncJob) + pointers + packed_size(call.path);
  for (std::size_t i = 0; i < words; ++i) {
    job.size += packed_size(call.argv[i]);
  }
  for (const std::string_view* text : texts_of(job)) {
    job.size += packed_size(*text);
  }
  char* memory = static_cast<char*>(host_shared_allocate(job.size));
  if (memory == nullptr) {
    return {};
  }

  char** argv = reinterpret_cast<char**>(memory + sizeof(AsyncJob));
  StringPacker packer(memory + sizeof(AsyncJob) + pointers);
  for (std::size_t i = 0; i < words; ++i) {
    argv[i] = packer.add(std::string_view(call.argv[i]));
  }
  argv[words] = nullptr;
  call.argv = argv;
  call.path = packer.add(std::string_view(call.path));
  for (std::string_view* text : texts_of(job)) {
    *text = {packer.add(*text), text->size()};
  }
  return AsyncJobPtr(new (memory) AsyncJob(job));
}

}  // namespace kamexec::module
