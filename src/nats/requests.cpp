// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/requests.h"

#include <algorithm>

namespace kamexec::nats {

KeptMessage::KeptMessage(const Outgoing& message)
    : subject(message.subject), payload(message.payload) {
  headers.reserve(message.headers.size());
  for (const Header& header : message.headers) {
    headers.emplace_back(header.name, header.value);
  }
}

std::size_t KeptMessage::bytes() const {
  constexpr std::size_t kOfEach = 512;
  std::size_t sum = kOfEach + subject.size() + payload.size();
  for (const auto& [name, value] : headers) {
    sum += name.size() + value.size() + sizeof(headers.front());
  }
  return sum;
}

RequestId Requests::add(Request request) {
  const RequestId id = ++last_;
  by_deadline_.emplace(request.deadline, id);
  if (request.kept) {
    kept_.insert(id);
    kept_bytes_ += request.kept->bytes();
  } else {
    ++sent_[request.connection];
  }
  all_.emplace(id, std::move(request));
  return id;
}

std::optional<Request> Requests::take(RequestId id) {
  const auto found = all_.find(id);
  if (found == all_.end()) {
    return std::nullopt;
  }
  Request request = std::move(found->second);
  all_.erase(found);
  by_deadline_.erase({request.deadline, id});
  if (request.kept) {
    forget_kept(id, request);
  } else if (const auto count = sent_.find(request.connection); --count->second == 0) {
    sent_.erase(count);
  }
  return request;
}

void Requests::forget_kept(RequestId id, Request& request) {
  kept_.erase(id);
  kept_bytes_ -= request.kept->bytes();
  request.kept.reset();
}

std::vector<RequestId> Requests::due(TimePoint now) const {
  std::vector<RequestId> ids;
  for (auto at = by_deadline_.begin(); at != by_deadline_.end() && at->first <= now; ++at) {
    ids.push_back(at->second);
  }
  return ids;
}

TimePoint Requests::next_deadline() const {
  return by_deadline_.empty() ? kNoDeadline : by_deadline_.begin()->first;
}

std::vector<RequestId> Requests::sent_over(std::uint64_t connection) const {
  std::vector<RequestId> ids;
  for (const auto& [id, request] : all_) {
    if (!request.kept && request.connection == connection) {
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<RequestId> Requests::sent_over(std::uint64_t connection,
                                           std::string_view subject) const {
  std::vector<RequestId> ids = sent_over(connection);
  ids.erase(std::remove_if(ids.begin(), ids.end(),
                           [&](RequestId id) { return all_.at(id).subject != subject; }),
            ids.end());
  return ids;
}

bool Requests::has_sent_over(std::uint64_t connection) const {
  return sent_.find(connection) != sent_.end();
}

void Requests::sent(RequestId id, std::uint64_t connection) {
  Request& request = all_.at(id);
  forget_kept(id, request);
  request.connection = connection;
  ++sent_[connection];
}

std::vector<RequestId> Requests::kept() const {
  return {kept_.begin(), kept_.end()};
}

}  // namespace kamexec::nats
