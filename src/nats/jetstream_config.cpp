// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/jetstream_config.h"

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "nats/jetstream_answers.h"

namespace kamexec::nats {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestValue = 200;

json fields_of(const StreamConfig& wanted) {
  return {{"name", wanted.name},
          {"subjects", wanted.subjects},
          {"retention", wanted.retention == Retention::work_queue ? "workqueue" : "limits"},
          {"storage", "file"},
          {"discard", "new"},
          {"num_replicas", wanted.replicas},
          {"max_msgs", wanted.max_messages},
          {"max_bytes", wanted.max_bytes},
          {"max_age", wanted.max_age.count()},
          {"duplicate_window", wanted.duplicate_window.count()}};
}

json fields_of(const ConsumerConfig& wanted) {
  return {{"durable_name", wanted.name},
          {"ack_policy", "explicit"},
          {"deliver_policy", "all"},
          {"replay_policy", "instant"},
          {"filter_subject", wanted.filter_subject},
          {"ack_wait", wanted.ack_wait.count()},
          {"max_deliver", -1},
          {"max_ack_pending", wanted.max_ack_pending},
          {"max_waiting", wanted.max_waiting}};
}

std::string shown(const json& value) {
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace), kLongestValue);
}

/// The fields of @p there that aren't as in @p wanted, in words; empty: there is none.
std::string differences(const json& there, const json& wanted) {
  std::string text;
  for (const auto& [name, value] : wanted.items()) {
    const auto found = there.find(name);
    const json has = found == there.end() ? json(nullptr) : *found;
    if (has != value) {
      text += (text.empty() ? "" : ", ") + name + " " + shown(has) + " instead of " + shown(value);
    }
  }
  return text;
}

StreamTrouble differs(const std::string& what, const std::string& how, std::string_view edit) {
  return {StreamFault::differs, 0,
          what + " is there with " + how + ": change it (by `nats " + std::string(edit) +
              "`; or remove it where it is empty, and it is made anew), or what is asked for"};
}

/// The configuration in @p answer, and all of that in @p whole.
StreamAnswer<json> config_in(std::string_view answer, json& whole) {
  if (auto read = read_answer(answer, whole); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  const auto config = whole.find("config");
  if (config == whole.end() || !config->is_object()) {
    return tl::unexpected(unreadable(answer.substr(0, kLongestValue)));
  }
  return *config;
}

}  // namespace

std::string stream_request(const StreamConfig& wanted) {
  return fields_of(wanted).dump();
}

std::string consumer_request(std::string_view stream, const ConsumerConfig& wanted) {
  return json{{"stream_name", stream}, {"config", fields_of(wanted)}}.dump();
}

StreamAnswer<StreamState> read_stream(std::string_view answer, const StreamConfig& wanted) {
  json whole;
  const StreamAnswer<json> config = config_in(answer, whole);
  if (!config) {
    return tl::unexpected(config.error());
  }
  json there = *config;
  // What the server leaves out where it is so.
  if (!there.contains("max_age")) {
    there["max_age"] = 0;
  }
  const std::string how = differences(there, fields_of(wanted));
  if (!how.empty()) {
    return tl::unexpected(differs("the stream " + wanted.name, how, "stream edit " + wanted.name));
  }
  return state_in(whole);
}

StreamAnswer<ConsumerState> read_consumer(std::string_view answer, std::string_view stream,
                                          const ConsumerConfig& wanted) {
  json whole;
  const StreamAnswer<json> config = config_in(answer, whole);
  if (!config) {
    return tl::unexpected(config.error());
  }
  std::string how = differences(*config, fields_of(wanted));
  if (config->contains("deliver_subject")) {
    how += (how.empty() ? "" : ", ") + std::string("a deliver_subject instead of none");
  }
  if (!how.empty()) {
    return tl::unexpected(
        differs("the consumer " + wanted.name + " of the stream " + std::string(stream), how,
                "consumer edit " + std::string(stream) + " " + wanted.name));
  }
  return ConsumerState{count_in(whole, "num_pending"), count_in(whole, "num_ack_pending")};
}

}  // namespace kamexec::nats
