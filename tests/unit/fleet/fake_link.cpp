// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_link.h"

#include <algorithm>
#include <charconv>

namespace kamexec::fleet::test {
namespace {

using nats::Failure;
using nats::RequestId;
using nats::SubscriptionId;
using nats::Trouble;

std::string_view take_token(std::string_view& subject) {
  const std::string_view token = subject.substr(0, subject.find('.'));
  subject.remove_prefix(std::min(token.size() + 1, subject.size()));
  return token;
}

}  // namespace

FakeMessage::FakeMessage(const nats::Outgoing& sent)
    : subject_(sent.subject), reply_(sent.reply), payload_(sent.payload) {
  for (const nats::Header& header : sent.headers) {
    headers_.emplace_back(header.name, header.value);
  }
}

std::string_view FakeMessage::header(const char* name) const {
  const auto found = std::find_if(headers_.begin(), headers_.end(),
                                  [name](const auto& header) { return header.first == name; });
  return found == headers_.end() ? std::string_view() : std::string_view(found->second);
}

std::size_t FakeMessage::size() const {
  std::size_t size = payload_.size() + (headers_.empty() ? 0 : 12);
  for (const auto& [name, value] : headers_) {
    size += name.size() + value.size() + 4;
  }
  return size;
}

bool matches(std::string_view pattern, std::string_view subject) {
  while (!pattern.empty() && !subject.empty()) {
    const std::string_view wanted = take_token(pattern);
    if (wanted == ">") {
      return true;
    }
    if (const std::string_view token = take_token(subject); wanted != "*" && wanted != token) {
      return false;
    }
  }
  return pattern.empty() && subject.empty();
}

std::unique_ptr<FakeLink> FakeServer::connect() {
  static int number = 0;
  return std::make_unique<FakeLink>(*this, "_INBOX.L" + std::to_string(++number));
}

void FakeServer::lose(std::string pattern, std::size_t count) {
  losing_.emplace_back(std::move(pattern), count);
}

void FakeServer::down() {
  up_ = false;
  for (FakeLink* const link : links_) {
    link->cut_off();
  }
}

void FakeServer::up() {
  up_ = true;
  for (FakeLink* const link : links_) {
    link->restore();
  }
}

std::vector<const FakeMessage*> FakeServer::sent_to(std::string_view pattern) const {
  std::vector<const FakeMessage*> found;
  for (const FakeMessage& message : sent) {
    if (matches(pattern, message.subject())) {
      found.push_back(&message);
    }
  }
  return found;
}

void FakeServer::settle() {
  for (bool happened = true; happened;) {
    happened = false;
    for (FakeLink* const link : std::vector<FakeLink*>(links_)) {
      if (!link->frozen && link->has_events()) {
        link->step();
        happened = true;
      }
    }
  }
}

bool FakeServer::takes_away(std::string_view subject) {
  for (auto& [pattern, count] : losing_) {
    if (count > 0 && matches(pattern, subject)) {
      --count;
      return true;
    }
  }
  return false;
}

bool FakeServer::denies(std::string_view subject) const {
  return std::any_of(denied_.begin(), denied_.end(),
                     [&](const std::string& pattern) { return matches(pattern, subject); });
}

bool FakeServer::route(const FakeMessage& message) {
  sent.push_back(message);
  if (takes_away(message.subject())) {
    return true;
  }
  bool wanted = false;
  std::map<std::string, std::vector<std::pair<FakeLink*, SubscriptionId>>> groups;
  for (FakeLink* const link : links_) {
    if (!link->state_.connected) {
      continue;
    }
    if (link->is_for_inbox(message.subject())) {
      link->receive_answer(message);
      wanted = true;
    }
    for (const auto& [id, subscription] : link->subscriptions_) {
      if (subscription.over || !matches(subscription.subject, message.subject())) {
        continue;
      }
      if (!subscription.queue.empty()) {
        groups[subscription.queue].emplace_back(link, id);
        continue;
      }
      link->add(FakeLink::Came{id, message});
      wanted = true;
    }
  }
  for (const auto& [queue, members] : groups) {
    const auto& [link, id] = members[choose(members.size()) % members.size()];
    link->add(FakeLink::Came{id, message});
    wanted = true;
  }
  return wanted;
}

FakeLink::FakeLink(FakeServer& server, std::string name)
    : server_(server),
      name_(std::move(name)),
      watches_(std::move(process::WatchSet::create().value())) {
  state_.server = "fake:4222";
  state_.server_version = "2.9.10";
  server_.links_.push_back(this);
  if (server_.is_up()) {
    connect();
  }
}

FakeLink::~FakeLink() {
  std::erase(server_.links_, this);
}

void FakeLink::cut_off() {
  if (!state_.connected) {
    return;
  }
  state_.connected = false;
  state_.trouble = "the connection was lost";
  ++state_.lost;
  std::erase_if(events_, [](const Event& event) {
    return std::holds_alternative<Came>(event) || std::holds_alternative<Answer>(event);
  });
  for (const auto& [id, request] : requests_) {
    add(Failing{id, {Failure::connection_lost, ""}});
  }
  add(Changed{});
}

void FakeLink::restore() {
  if (!state_.connected && server_.is_up()) {
    connect();
    add(Changed{});
  }
}

void FakeLink::connect() {
  state_.connected = true;
  state_.trouble.clear();
  state_.max_payload = server_.max_payload;
  inbox_ = name_ + "." + std::to_string(++state_.connections) + ".";
}

void FakeLink::fail_next(Failure failure, bool at_once) {
  fail_next_ = {failure, at_once};
}

tl::expected<void, Failure> FakeLink::check(const FakeMessage& message) const {
  if (!state_.connected) {
    return tl::unexpected(Failure::not_connected);
  }
  if (message.size() > server_.max_payload) {
    return tl::unexpected(Failure::too_large);
  }
  return {};
}

tl::expected<void, Failure> FakeLink::publish(const nats::Outgoing& message) {
  const FakeMessage copy(message);
  if (auto checked = check(copy); !checked) {
    return checked;
  }
  if (server_.denies(copy.subject())) {
    state_.trouble = "Permissions Violation for Publish to \"" + std::string(copy.subject()) + "\"";
    return {};
  }
  server_.route(copy);
  return {};
}

tl::expected<RequestId, Failure> FakeLink::request(const nats::Outgoing& message,
                                                   TimePoint deadline, Answered answered,
                                                   Failed failed) {
  FakeMessage copy(message);
  if (auto checked = check(copy); !checked) {
    return tl::unexpected(checked.error());
  }
  const auto failing = std::exchange(fail_next_, std::nullopt);
  if (failing && failing->second) {
    return tl::unexpected(failing->first);
  }
  const RequestId id = ++last_id_;
  requests_.emplace(id, Request{deadline, std::move(answered), std::move(failed)});
  copy.set_reply(inbox_ + std::to_string(id));
  if (failing) {
    add(Failing{id, {failing->first, ""}});
  } else if (server_.denies(copy.subject())) {
    add(Failing{id,
                {Failure::not_permitted,
                 "Permissions Violation for Publish to \"" + std::string(copy.subject()) + "\""}});
  } else if (!server_.route(copy)) {
    add(Failing{id, {Failure::no_responders, ""}});
  }
  set_alarm();
  return id;
}

void FakeLink::forget(RequestId id) {
  requests_.erase(id);
  set_alarm();
}

SubscriptionId FakeLink::subscribe(std::string subject, std::string queue, Handler handler) {
  const SubscriptionId id = ++last_id_;
  subscriptions_.emplace(id,
                         Subscription{std::move(subject), std::move(queue), std::move(handler)});
  return id;
}

void FakeLink::unsubscribe(SubscriptionId id, Done done) {
  if (const auto found = subscriptions_.find(id); found != subscriptions_.end()) {
    found->second.over = true;
  }
  add(Unsubscribed{id, std::move(done)});
}

bool FakeLink::is_for_inbox(std::string_view subject) const {
  return subject.substr(0, inbox_.size()) == inbox_;
}

void FakeLink::receive_answer(const FakeMessage& message) {
  const std::string_view digits = message.subject().substr(inbox_.size());
  RequestId id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  add(Answer{id, message});
}

void FakeLink::add(Event event) {
  events_.push_back(std::move(event));
  set_alarm();
}

/// fd() is readable while something is to be done.
void FakeLink::set_alarm() {
  TimePoint due = events_.empty() ? kNoDeadline : TimePoint::min();
  for (const auto& [id, request] : requests_) {
    due = std::min(due, request.deadline);
  }
  watches_.set_alarm(due);
}

void FakeLink::fail(RequestId id, const Trouble& trouble) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) {
    return;
  }
  const Failed failed = std::move(found->second.failed);
  requests_.erase(found);
  call(failed, trouble);
}

void FakeLink::fail_overdue() {
  const TimePoint now = server_.now();
  std::vector<RequestId> overdue;
  for (const auto& [id, request] : requests_) {
    if (request.deadline <= now) {
      overdue.push_back(id);
    }
  }
  for (const RequestId id : overdue) {
    fail(id, {Failure::timed_out, ""});
  }
}

void FakeLink::handle(Event& event) {
  if (auto* const came = std::get_if<Came>(&event)) {
    if (const auto found = subscriptions_.find(came->to); found != subscriptions_.end()) {
      const Handler handler = found->second.handler;  // it may unsubscribe
      call(handler, came->message);
    }
  } else if (auto* const answer = std::get_if<Answer>(&event)) {
    const auto found = requests_.find(answer->to);
    if (found == requests_.end()) {
      ++state_.late;
      return;
    }
    const Answered answered = std::move(found->second.answered);
    requests_.erase(found);
    call(answered, answer->message);
  } else if (auto* const failing = std::get_if<Failing>(&event)) {
    fail(failing->request, failing->trouble);
  } else if (auto* const over = std::get_if<Unsubscribed>(&event)) {
    subscriptions_.erase(over->id);
    if (over->done) {
      over->done();
    }
  } else if (changed_) {
    changed_();
  }
}

void FakeLink::step() {
  static_cast<void>(watches_.wait(TimePoint::min()));
  // What the handlers bring about is the next step's.
  std::deque<Event> events;
  events.swap(events_);
  for (Event& event : events) {
    handle(event);
  }
  fail_overdue();
  set_alarm();
}

}  // namespace kamexec::fleet::test
