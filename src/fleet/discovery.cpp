// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/discovery.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "fleet/answerable.h"
#include "fleet/parts.h"

namespace kamexec::fleet {
namespace {

using nlohmann::json;

constexpr const char* kDescription = "Programs for Kamailio's routing scripts";

enum class Verb { ping, info, stats };

struct Question {
  Verb verb;
  std::string_view word;    ///< in the subject
  std::string_view answer;  ///< the type of its answer
};
constexpr std::array kQuestions{Question{Verb::ping, "PING", "io.nats.micro.v1.ping_response"},
                                Question{Verb::info, "INFO", "io.nats.micro.v1.info_response"},
                                Question{Verb::stats, "STATS", "io.nats.micro.v1.stats_response"}};

/// RFC 3339, in UTC.
std::string in_utc(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch();
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(since).count();
  std::tm broken{};
  ::gmtime_r(&seconds, &broken);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &broken);
  std::string fraction = std::to_string((since - std::chrono::seconds(seconds)).count());
  fraction.insert(0, 3 - std::min<std::size_t>(fraction.size(), 3), '0');
  return std::string(text.data(), size) + "." + fraction + "Z";
}

json endpoint_of(Verb verb, const std::string& name, const OfferFigures& figures,
                 const Subjects& subjects, const Self& self) {
  json made{{"name", name}, {"subject", subjects.call(name)}, {"queue_group", kQueueGroup}};
  if (verb == Verb::info) {
    made["metadata"] = json{{"wants", names_of(figures.wants)}};
    return made;
  }
  made["num_requests"] = figures.calls;
  made["num_errors"] = figures.failed;
  made["last_error"] = figures.last_error;
  made["processing_time"] = figures.time.count();
  made["average_processing_time"] =
      figures.calls == 0 ? 0 : figures.time.count() / static_cast<std::int64_t>(figures.calls);
  json data{{"refused", figures.refused},
            {"cancelled", figures.cancelled},
            {"under_way", figures.under_way}};
  const auto load = std::find_if(self.load.begin(), self.load.end(),
                                 [&](const Self::Load& one) { return one.program == name; });
  if (load != self.load.end()) {
    data["running"] = load->running;
    data["queued"] = load->queued;
    data["most"] = load->most;
    if (!load->program_version.empty()) {
      data["version"] = load->program_version;
    }
  }
  made["data"] = std::move(data);
  return made;
}

json answer_to(const Question& question, const Offers& offers, const Subjects& subjects,
               const Self& self) {
  json metadata{{"host", self.host}, {"kamexecd", self.version}};
  if (!self.name.zone.empty()) {
    metadata["zone"] = self.name.zone;
  }
  json made{{"type", question.answer},
            {"name", kServiceName},
            {"id", self.name.id},
            {"version", self.version},
            {"metadata", std::move(metadata)}};
  if (question.verb == Verb::ping) {
    return made;
  }
  json endpoints = json::array();
  for (const auto& [name, figures] : offers.figures()) {
    endpoints.push_back(endpoint_of(question.verb, name, figures, subjects, self));
  }
  made["endpoints"] = std::move(endpoints);
  if (question.verb == Verb::info) {
    made["description"] = kDescription;
  } else {
    made["started"] = in_utc(self.started);
  }
  return made;
}

/// What isn't UTF-8 is replaced.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// As many of its endpoints as fit.
std::string text_within(json answer, std::size_t most) {
  std::string text = text_of(answer);
  while (text.size() > most && answer.contains("endpoints") && !answer["endpoints"].empty()) {
    json& endpoints = answer["endpoints"];
    endpoints.erase(endpoints.begin() + static_cast<std::ptrdiff_t>(endpoints.size() / 2),
                    endpoints.end());
    text = text_of(answer);
  }
  return text;
}

}  // namespace

struct Discovery::State : std::enable_shared_from_this<State> {
  State(nats::Link& used_link, const Subjects& used_subjects, const Offers& used_offers,
        std::function<Self()> asked)
      : link(used_link), subjects(used_subjects), offers(used_offers), self(std::move(asked)) {}

  void subscribe() {
    const std::string name = "." + std::string(kServiceName);
    const std::string id = name + "." + offers.options().name.id;
    for (const Question& question : kQuestions) {
      for (const std::string& whom : {std::string(), name, id}) {
        subscriptions.push_back(
            link.subscribe("$SRV." + std::string(question.word) + whom, {},
                           [weak = weak_from_this(), &question](const nats::Incoming& message) {
                             if (const auto here = weak.lock()) {
                               here->answer(question, message);
                             }
                           }));
      }
    }
  }

  void answer(const Question& question, const nats::Incoming& message) {
    if (!is_answerable(message.reply(), subjects)) {
      return;
    }
    try {
      const std::size_t most = link.state().max_payload;
      const std::string text =
          text_within(answer_to(question, offers, subjects, self()), most > 0 ? most : 1);
      // Lost where there is no connection any more: whoever asks will ask again.
      static_cast<void>(
          link.publish({.subject = message.reply(), .payload = text, .over = message.over()}));
    } catch (const std::exception&) {  // short of memory
    }
  }

  void stop() {
    for (const nats::SubscriptionId id : std::exchange(subscriptions, {})) {
      link.unsubscribe(id, [] {});
    }
  }

  nats::Link& link;
  const Subjects subjects;
  const Offers& offers;
  const std::function<Self()> self;
  std::vector<nats::SubscriptionId> subscriptions;
};

Discovery::Discovery(nats::Link& link, const Subjects& subjects, const Offers& offers,
                     std::function<Self()> self)
    : state_(std::make_shared<State>(link, subjects, offers, std::move(self))) {
  state_->subscribe();
}

Discovery::~Discovery() {
  try {
    stop();
  } catch (const std::exception&) {  // short of memory: what comes finds nobody
  }
}

void Discovery::stop() {
  state_->stop();
}

}  // namespace kamexec::fleet
