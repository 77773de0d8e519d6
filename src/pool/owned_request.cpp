// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/owned_request.h"

#include <cstring>
#include <utility>

namespace kamexec {

OwnedRequest::OwnedRequest(const WorkerRequest& request, const Wants& wants) {
  const std::string_view uri = wants.uri ? request.uri : std::string_view();
  const std::string_view message = wants.message ? request.message : std::string_view();
  char* const* environment = wants.environment ? request.environment : nullptr;

  std::size_t size = request.call.size() + uri.size() + message.size();
  for (const std::string_view argument : request.arguments) {
    size += argument.size();
  }
  for (char* const* variable = environment; variable != nullptr && *variable != nullptr;
       ++variable) {
    size += std::strlen(*variable) + 1;
  }
  bytes_ = std::make_unique<char[]>(size);

  char* at = bytes_.get();
  const auto copy = [&at](std::string_view bytes) {
    if (!bytes.empty()) {
      std::memcpy(at, bytes.data(), bytes.size());
    }
    return std::string_view(std::exchange(at, at + bytes.size()), bytes.size());
  };
  call_ = copy(request.call);
  uri_ = copy(uri);
  message_ = copy(message);
  arguments_.reserve(request.arguments.size());
  for (const std::string_view argument : request.arguments) {
    arguments_.push_back(copy(argument));
  }
  if (environment == nullptr) {
    return;
  }
  for (char* const* variable = environment; *variable != nullptr; ++variable) {
    environment_.push_back(at);
    copy({*variable, std::strlen(*variable) + 1});
  }
  environment_.push_back(nullptr);
}

WorkerRequest OwnedRequest::view() const {
  WorkerRequest request;
  request.call = call_;
  request.arguments = arguments_;
  request.uri = uri_;
  request.environment = environment_.empty() ? nullptr : environment_.data();
  request.message = message_;
  return request;
}

}  // namespace kamexec
