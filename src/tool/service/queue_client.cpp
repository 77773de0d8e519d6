// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/queue_client.h"

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tool/service/queue_selection.h"
#include "tool/service/service_client.h"

namespace kamexec::tool {

Result<void> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return system_failure("standard output can't be written", errno);
  }
  return {};
}

/// The end of a command that has told all: on standard output, if that can be written.
Tried<int> said(std::string_view text) {
  if (Result<void> printed = print(text); !printed) {
    return failed(std::move(printed.error()), kNotPossible);
  }
  return kFine;
}

Tried<QueueClient> QueueClient::open(const QueueOptions& options) {
  Result<std::unique_ptr<service::Client>> client = meet_service(options.service);
  if (!client) {
    return failed(std::move(client.error()), kNotPossible);
  }
  return QueueClient(std::move(*client));
}

Result<std::string> QueueClient::ask(const std::vector<std::string>& arguments) const {
  return ask_service(*client_, "queue", arguments);
}

AskQueue QueueClient::asker() const {
  return [this](const std::vector<std::string>& arguments) { return ask(arguments); };
}

Tried<QueueQuestion> question_of(const QueueOptions& options, const char* verb, std::size_t page) {
  Result<std::vector<std::string>> filters = filters_of(options);
  if (!filters) {
    return failed(std::move(filters.error()));
  }
  return QueueQuestion{verb, std::move(*filters), options.after, options.most, page};
}

}  // namespace kamexec::tool
