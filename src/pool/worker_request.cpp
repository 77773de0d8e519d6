// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_request.h"

#include "base/packed_strings.h"
#include "pool/field_text.h"

namespace kamexec::pool {

WorkerRequestCopy::WorkerRequestCopy(const WorkerRequest& request, const Wants& wants)
    : attempt_(request.attempt) {
  const std::string_view uri = wants.uri ? request.uri : std::string_view();
  const std::string_view message = wants.message ? request.message : std::string_view();
  char* const* environment = wants.environment ? request.environment : nullptr;

  block_.reset(
      new char[packed_size(request.id) + packed_size(request.call) + packed_size(uri) +
               packed_size(message) + packed_size(request.arguments) + packed_size(environment)]);
  StringPacker packer(block_.get());
  id_ = {packer.add(request.id), request.id.size()};
  call_ = {packer.add(request.call), request.call.size()};
  uri_ = {packer.add(uri), uri.size()};
  message_ = {packer.add(message), message.size()};
  arguments_ = packer.add(request.arguments);
  if (environment != nullptr) {
    environment_ = packer.add(environment);
  }
}

WorkerRequest WorkerRequestCopy::view() const {
  WorkerRequest request;
  request.id = id_;
  request.attempt = attempt_;
  request.call = call_;
  request.arguments = arguments_;
  request.uri = uri_;
  request.environment = environment_.empty() ? nullptr : environment_.data();
  request.message = message_;
  return request;
}

bool append_request(std::string& to, const WorkerRequest& request, std::string_view id,
                    const Wants& wants, std::chrono::milliseconds time_left, std::size_t most) {
  FieldText text(to, most);
  text.add("request ");
  text.add(id);
  text.add(" ");
  text.add(request.call);
  text.add(" ");
  text.add(time_left.count());
  text.add("\n");
  if (request.attempt > 0) {
    text.add("attempt ");
    text.add(request.attempt);
    text.add("\n");
  }
  for (const std::string_view argument : request.arguments) {
    text.field("arg", argument);
  }
  if (wants.uri && !request.uri.empty()) {
    text.field("uri", request.uri);
  }
  if (wants.environment && request.environment != nullptr) {
    for (char* const* variable = request.environment; *variable != nullptr; ++variable) {
      text.field("env", *variable);
    }
  }
  if (wants.message && !request.message.empty()) {
    text.field("message", request.message);
  }
  text.add("end ");
  text.add(id);
  text.add("\n");
  return text.finish();
}

}  // namespace kamexec::pool
