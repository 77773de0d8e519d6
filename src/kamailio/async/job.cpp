// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/async/job.h"

#include <cstring>
#include <new>
#include <string>

#include "kamailio/host/host_process.h"

namespace kamexec {
namespace {

void put_number(std::string& bytes, std::uint32_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void put(std::string& bytes, std::string_view text) {
  put_number(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
  bytes += '\0';
}

void put_all(std::string& bytes, const std::vector<std::string_view>& texts) {
  put_number(bytes, static_cast<std::uint32_t>(texts.size()));
  for (const std::string_view text : texts) {
    put(bytes, text);
  }
}

/// Reads what put() wrote; the block is our own, so that nothing in it can be wrong.
class Reader {
 public:
  explicit Reader(const char* at) : at_(at) {}
  std::uint32_t number() {
    std::uint32_t value = 0;
    std::memcpy(&value, at_, sizeof(value));
    at_ += sizeof(value);
    return value;
  }
  std::string_view text() {
    const std::uint32_t size = number();
    const std::string_view view(at_, size);
    at_ += size + 1;
    return view;
  }
  std::vector<std::string_view> all() {
    std::vector<std::string_view> texts(number());
    for (std::string_view& one : texts) {
      one = text();
    }
    return texts;
  }

 private:
  const char* at_;
};

const char* texts_of(const AsyncJob& job) {
  return reinterpret_cast<const char*>(&job) + sizeof(AsyncJob);
}

AsyncTexts read_texts(Reader& reader) {
  AsyncTexts texts;
  for (std::string_view* text :
       {&texts.label, &texts.program, &texts.input, &texts.uri, &texts.next_hop, &texts.path,
        &texts.avp_names, &texts.out_name, &texts.err_name}) {
    *text = reader.text();
  }
  return texts;
}

}  // namespace

void AsyncJobDeleter::operator()(AsyncJob* job) const {
  if (job->on_end != nullptr) {
    job->on_end(*job);
  }
  host_shared_free(job);
}

AsyncJobPtr pack(const AsyncJob& fixed, const AsyncTexts& texts) {
  std::string bytes;
  for (const std::string_view text :
       {texts.label, texts.program, texts.input, texts.uri, texts.next_hop, texts.path,
        texts.avp_names, texts.out_name, texts.err_name}) {
    put(bytes, text);
  }
  put_all(bytes, texts.arguments);
  put_all(bytes, texts.variables);
  const std::size_t size = sizeof(AsyncJob) + bytes.size();
  void* memory = host_shared_allocate(size);
  if (memory == nullptr) {
    return {};
  }
  AsyncJobPtr job(new (memory) AsyncJob(fixed));
  job->size = size;
  std::memcpy(static_cast<char*>(memory) + sizeof(AsyncJob), bytes.data(), bytes.size());
  return job;
}

AsyncTexts unpack_texts(const AsyncJob& job) {
  Reader reader(texts_of(job));
  return read_texts(reader);
}

AsyncTexts unpack(const AsyncJob& job) {
  Reader reader(texts_of(job));
  AsyncTexts texts = read_texts(reader);
  texts.arguments = reader.all();
  texts.variables = reader.all();
  return texts;
}

}  // namespace kamexec
