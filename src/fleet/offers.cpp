// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/offers.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <map>
#include <unordered_map>

#include <cerrno>

#include "base/clock.h"
#include "base/printable.h"
#include "fleet/answerable.h"
#include "fleet/parts.h"

namespace kamexec::fleet {
namespace {

/// What a call costs beside the bytes of its message.
constexpr std::size_t kOverhead = 1024;
constexpr std::size_t kLongestLastError = 256;
/// In answers to calls whose id can't be read.
constexpr std::string_view kNoId = "0";

engine::Needs common(const engine::Needs& left, const engine::Needs& right) {
  return {.variables = left.variables && right.variables,
          .input = left.input && right.input,
          .uri = left.uri && right.uri,
          .message = left.message && right.message};
}

/// Where an answer goes.
struct ReplyTo {
  explicit ReplyTo(const nats::Incoming& message)
      : subject(message.reply()), over(message.over()) {}
  ReplyTo(std::string_view reply, nats::ConnectionId came_over) : subject(reply), over(came_over) {}
  std::string_view subject;
  nats::ConnectionId over;
};

/// A call that has come and isn't answered.
struct UnderWay {
  std::string program;
  std::string id;  ///< the caller's
  std::string reply;
  nats::ConnectionId over = 0;  ///< that it came over
  std::size_t bytes = 0;
  TimePoint begun{};
};

struct Offered {
  bool current = false;  ///< false: only what has come of it is left
  std::vector<nats::SubscriptionId> subscriptions;
  std::size_t ending = 0;  ///< subscriptions whose end the server has yet to confirm
  OfferFigures figures;
};

}  // namespace

struct Offers::State : std::enable_shared_from_this<State> {
  State(nats::Link& used_link, OffersOptions given, OfferedCalls& runs)
      : link(used_link), options(std::move(given)), calls(runs) {}

  void begin(const std::string& name, Offered& offered);
  void end(const std::string& name, Offered& offered);
  void end_direct();
  [[nodiscard]] nats::SubscriptionId subscribe(std::string subject, bool as_one_of_many,
                                               std::function<void(const nats::Incoming&)> handler);

  void came(std::string_view program, const nats::Incoming& message);
  void take(Offered& offered, std::string_view program, const nats::Incoming& message);
  void cancel(std::string_view program, const nats::Incoming& message);
  [[nodiscard]] bool is_here(std::string_view id, std::string_view reply) const;
  void refuse(Offered* offered, const nats::Incoming& message, std::string_view id,
              process::Outcome outcome, bool elsewhere);
  void count(OfferFigures& figures, const process::Outcome& outcome, bool elsewhere) const;
  void send(Offered* offered, const ReplyTo& to, std::string_view id, Answer answer);
  UnderWay forget(std::unordered_map<OfferedCallId, UnderWay>::iterator place);
  [[nodiscard]] Offered* find(std::string_view program);

  nats::Link& link;
  const OffersOptions options;
  OfferedCalls& calls;
  std::map<std::string, Offered, std::less<>> programs;
  nats::SubscriptionId direct = 0;  ///< kx.to.ID.*
  std::size_t ending = 0;           ///< of all programs, and of `direct`
  bool draining = false;
  std::unordered_map<OfferedCallId, UnderWay> under_way;
  /// Callers' ids of those. Ordered, because callers choose them: none makes another's slow to
  /// find.
  std::multimap<std::string, OfferedCallId, std::less<>> ids;
  OfferedCallId last_id = 0;
  std::size_t held = 0;  ///< bytes of those under way
  ReceivedCall received;
};

Offers::Offers(nats::Link& link, OffersOptions options, OfferedCalls& calls)
    : state_(std::make_shared<State>(link, std::move(options), calls)) {}

Offers::~Offers() {
  try {
    drain();
  } catch (const std::exception&) {  // short of memory: what comes finds nobody
  }
}

// What is offered.

/// @p handler isn't called when this is gone, and throws into nobody's loop: a message that there
/// is no memory for is lost, as one that the network has lost.
nats::SubscriptionId Offers::State::subscribe(std::string subject, bool as_one_of_many,
                                              std::function<void(const nats::Incoming&)> handler) {
  return link.subscribe(
      std::move(subject), std::string(as_one_of_many ? kQueueGroup : ""),
      [weak = weak_from_this(), handler = std::move(handler)](const nats::Incoming& message) {
        if (const auto self = weak.lock()) {
          try {
            handler(message);
          } catch (const std::exception&) {
          }
        }
      });
}

void Offers::State::begin(const std::string& name, Offered& offered) {
  offered.current = true;
  const auto add = [&](std::string subject, bool as_one_of_many, auto handler) {
    offered.subscriptions.push_back(subscribe(
        std::move(subject), as_one_of_many,
        [this, name, handler](const nats::Incoming& message) { (this->*handler)(name, message); }));
  };
  if (!options.name.zone.empty()) {
    add(options.subjects.call_in_zone(name, options.name.zone), true, &State::came);
  }
  add(options.subjects.call(name), true, &State::came);
  add(options.subjects.cancel(name), false, &State::cancel);
}

void Offers::State::end(const std::string& name, Offered& offered) {
  offered.current = false;
  for (const nats::SubscriptionId id : std::exchange(offered.subscriptions, {})) {
    ++offered.ending;
    ++ending;
    link.unsubscribe(id, [weak = weak_from_this(), name] {
      const auto self = weak.lock();
      if (self == nullptr) {
        return;
      }
      --self->ending;
      const auto found = self->programs.find(name);
      if (--found->second.ending == 0 && !found->second.current) {
        self->programs.erase(found);
      }
    });
  }
}

void Offers::State::end_direct() {
  if (direct != 0) {
    ++ending;
    link.unsubscribe(std::exchange(direct, 0), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        --self->ending;
      }
    });
  }
}

void Offers::offer(const std::vector<std::string>& programs) {
  State& state = *state_;
  if (state.draining) {
    return;
  }
  for (auto& [name, offered] : state.programs) {
    if (offered.current && std::find(programs.begin(), programs.end(), name) == programs.end()) {
      state.end(name, offered);
    }
  }
  for (const std::string& name : programs) {
    Offered& offered = state.programs[name];
    if (!offered.current) {
      state.begin(name, offered);
    }
  }
  if (state.direct == 0 && !programs.empty() && !state.options.name.id.empty()) {
    state.direct = state.subscribe(state.options.subjects.to_any_of(state.options.name.id), false,
                                   [&state](const nats::Incoming& message) {
                                     state.came(Subjects::last(message.subject()), message);
                                   });
  }
}

void Offers::set_wants(std::string_view program, const engine::Needs& wants) {
  if (Offered* const offered = state_->find(program)) {
    offered->figures.wants = wants;
  }
}

void Offers::drain() {
  State& state = *state_;
  state.draining = true;
  state.end_direct();
  for (auto& [name, offered] : state.programs) {
    state.end(name, offered);
  }
}

bool Offers::is_drained() const {
  return state_->draining && state_->ending == 0 && state_->under_way.empty();
}

Offered* Offers::State::find(std::string_view program) {
  const auto found = programs.find(program);
  return found == programs.end() ? nullptr : &found->second;
}

// What comes.

/// @p program: of the subject, so anything where that is kx.to.ID.NAME.
void Offers::State::came(std::string_view program, const nats::Incoming& message) {
  Offered* const offered = find(program);
  const std::string_view reply = message.reply();
  const std::string_view id = id_of(message.payload());
  if (!is_answerable(reply, options.subjects) || is_here(id, reply)) {
    if (offered != nullptr) {
      ++offered->figures.dropped;
    }
    return;
  }
  if (offered == nullptr) {
    refuse(nullptr, message, id,
           process::Outcome::not_started({"it isn't offered by this kamexecd", 0}), true);
    return;
  }
  take(*offered, program, message);
}

void Offers::State::take(Offered& offered, std::string_view program,
                         const nats::Incoming& message) {
  const std::string_view payload = message.payload();
  const std::string_view id = id_of(payload);
  ++offered.figures.calls;
  const std::size_t bytes = kOverhead + payload.size() + message.reply().size() + program.size();
  if (bytes > options.memory - std::min(held, options.memory)) {
    refuse(&offered, message, id,
           process::Outcome::no_room("kamexecd holds as many bytes of calls as it may (memory)"),
           true);
    return;
  }
  if (const Result<void> read = read_call(payload, received); !read) {
    refuse(&offered, message, id,
           process::Outcome::refused("the call can't be read: " + read.error().message, EINVAL),
           false);
    return;
  }
  const engine::Needs missing =
      common(parts_named(message.header(kLeftOut)), offered.figures.wants);
  if (any(missing)) {
    ++offered.figures.incomplete;
    Answer answer;
    answer.incomplete = true;
    answer.result.outcome =
        process::Outcome::refused("it needs what was left out: " + names_of(missing));
    send(&offered, ReplyTo(message), id, std::move(answer));
    return;
  }
  const OfferedCallId number = ++last_id;
  const auto place = under_way
                         .emplace(number, UnderWay{std::string(program), std::string(id),
                                                   std::string(message.reply()), message.over(),
                                                   bytes, Clock::now()})
                         .first;
  try {
    ids.emplace(place->second.id, number);
  } catch (...) {
    under_way.erase(place);
    throw;
  }
  held += bytes;
  ++offered.figures.under_way;
  try {
    calls.on_call(number, program, received, message.header(kMayWait) != "no");
  } catch (...) {
    if (const auto left = under_way.find(number); left != under_way.end()) {
      forget(left);
    }
    throw;
  }
}

/// Whether it came before, and isn't answered: a message may come twice on its way through a net of
/// servers (gateways, leaf nodes).
bool Offers::State::is_here(std::string_view id, std::string_view reply) const {
  const auto [first, last] = ids.equal_range(id);
  return std::any_of(first, last,
                     [&](const auto& one) { return under_way.at(one.second).reply == reply; });
}

void Offers::State::cancel(std::string_view program, const nats::Incoming& message) {
  const Result<std::string_view> id = read_cancel(message.payload());
  if (!id) {
    return;
  }
  std::vector<OfferedCallId> meant;
  const auto [first, last] = ids.equal_range(*id);
  for (auto one = first; one != last; ++one) {
    if (under_way.at(one->second).program == program) {
      meant.push_back(one->second);
    }
  }
  for (const OfferedCallId number : meant) {
    forget(under_way.find(number));
    if (Offered* const offered = find(program)) {
      ++offered->figures.cancelled;
    }
    calls.on_cancel(number);
  }
}

// Answers.

void Offers::answer(OfferedCallId id, const process::RunResult& result, bool elsewhere) {
  State& state = *state_;
  const auto place = state.under_way.find(id);
  if (place == state.under_way.end()) {
    return;
  }
  const UnderWay call = state.forget(place);
  Offered* const offered = state.find(call.program);
  if (offered != nullptr) {
    offered->figures.time += Clock::now() - call.begun;
    state.count(offered->figures, result.outcome, elsewhere);
  }
  Answer answer;
  answer.result = result;
  answer.elsewhere = elsewhere;
  state.send(offered, ReplyTo(call.reply, call.over), call.id, std::move(answer));
}

UnderWay Offers::State::forget(std::unordered_map<OfferedCallId, UnderWay>::iterator place) {
  const auto [first, last] = ids.equal_range(place->second.id);
  ids.erase(std::find_if(first, last, [&](const auto& one) { return one.second == place->first; }));
  UnderWay call = std::move(place->second);
  under_way.erase(place);
  held -= call.bytes;
  if (Offered* const offered = find(call.program)) {
    --offered->figures.under_way;
  }
  return call;
}

/// @p offered: nullptr: it is none of ours.
void Offers::State::refuse(Offered* offered, const nats::Incoming& message, std::string_view id,
                           process::Outcome outcome, bool elsewhere) {
  if (offered != nullptr) {
    count(offered->figures, outcome, elsewhere);
  }
  Answer answer;
  answer.result.outcome = std::move(outcome);
  answer.elsewhere = elsewhere;
  send(offered, ReplyTo(message), id, std::move(answer));
}

void Offers::State::count(OfferFigures& figures, const process::Outcome& outcome,
                          bool elsewhere) const {
  if (engine::output_counts(outcome)) {
    return;
  }
  ++figures.failed;
  figures.refused += elsewhere ? 1 : 0;
  figures.last_error = printable(std::string(process::word(outcome.cause)) + ": " + outcome.detail,
                                 kLongestLastError);
}

/// The answer itself may be lost; who waits for it has a deadline.
void Offers::State::send(Offered* offered, const ReplyTo& to, std::string_view id, Answer answer) {
  answer.worker = options.name;
  if (offered != nullptr) {
    answer.wants = offered->figures.wants;
  }
  const std::size_t most = link.state().max_payload;
  const AnswerMessage message(id.empty() ? kNoId : id, answer,
                              most > 0 ? most : std::numeric_limits<std::size_t>::max());
  const auto sent = link.publish({.subject = to.subject,
                                  .headers = message.headers(),
                                  .payload = message.payload(),
                                  .over = to.over});
  if (!sent && offered != nullptr) {
    ++offered->figures.unsent;
  }
}

std::size_t Offers::under_way() const {
  return state_->under_way.size();
}

std::vector<std::pair<std::string, OfferFigures>> Offers::figures() const {
  std::vector<std::pair<std::string, OfferFigures>> all;
  for (const auto& [name, offered] : state_->programs) {
    if (offered.current) {
      all.emplace_back(name, offered.figures);
    }
  }
  return all;
}

const OffersOptions& Offers::options() const {
  return state_->options;
}

}  // namespace kamexec::fleet
