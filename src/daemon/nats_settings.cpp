// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/nats_settings.h"

#include <sys/stat.h>

#include <array>
#include <utility>

#include <cerrno>

#include "base/printable.h"
#include "daemon/nats_servers.h"
#include "daemon/settings_section.h"
#include "fleet/subjects.h"
#include "program/attribute_value.h"
#include "program/units.h"

namespace kamexec::daemon {
namespace {

using program::Attribute;
using program::NumberRange;
using program::only_word;
using program::shown;
using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::size_t kLongestName = 64;
/// A stream has no more.
constexpr std::int64_t kMostReplicas = 5;
constexpr std::size_t kLongestUser = 256;

Result<void> read_servers(const Attribute& attribute, NatsSettings& into) {
  if (attribute.words.empty()) {
    return failure("the value is missing: write nats://HOST:4222");
  }
  for (const std::string& word : attribute.words) {
    if (Result<void> added = add_nats_server(word, into.link.servers); !added) {
      return added;
    }
  }
  return {};
}

/// One word without what would break a line of the protocol or of a log.
Result<std::string> read_text(const Attribute& attribute, std::size_t longest) {
  auto word = only_word(attribute);
  if (word && word->size() > longest) {
    return failure("is longer than " + std::to_string(longest) + " bytes");
  }
  if (word && printable(*word, 4 * longest) != *word) {
    return failure(shown(*word) + " has bytes that can't be shown");
  }
  return word;
}

Result<void> read_link_name(const Attribute& attribute, NatsSettings& into) {
  return read_text(attribute, kLongestName).map([&](std::string&& text) {
    into.link.name = std::move(text);
  });
}

Result<void> read_user(const Attribute& attribute, NatsSettings& into) {
  return read_text(attribute, kLongestUser).map([&](std::string&& text) {
    into.link.user = std::move(text);
  });
}

/// Whether it may be read shows when it is: whoever checks the file need not be who reads it.
Result<void> read_file(const Attribute& attribute, std::string& into) {
  auto path = only_word(attribute);
  if (!path) {
    return tl::unexpected<Error>(std::move(path.error()));
  }
  if (path->front() != '/') {
    return failure(shown(*path) +
                   " depends on the directory of whoever starts kamexecd: write a "
                   "full path");
  }
  struct stat file = {};
  if (::stat(path->c_str(), &file) != 0) {
    if (errno != EACCES) {
      return system_failure("can't find " + shown(*path), errno);
    }
  } else if (!S_ISREG(file.st_mode)) {
    return failure(shown(*path) + " is not a file");
  }
  into = std::move(*path);
  return {};
}

Result<void> read_prefix(const Attribute& attribute, std::string& into) {
  auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected<Error>(std::move(word.error()));
  }
  if (!fleet::is_prefix(*word)) {
    return failure(shown(*word) +
                   " can't begin a subject: write letters, digits, '_' and '-', with dots between "
                   "parts of at most 32");
  }
  into = std::move(*word);
  return {};
}

Result<void> read_zone(const Attribute& attribute, NatsSettings& into) {
  auto word = only_word(attribute);
  if (!word) {
    return tl::unexpected<Error>(std::move(word.error()));
  }
  if (!fleet::is_token(*word)) {
    return failure(shown(*word) + " is not a zone: write 1 to 32 letters, digits, '_' and '-'");
  }
  into.zone = std::move(*word);
  return {};
}

/// @p Of gives the member.
template <std::int64_t least, std::int64_t most, auto Of>
Result<void> read_time(const Attribute& attribute, NatsSettings& into) {
  return program::read_number({NumberRange::Unit::milliseconds, least, most}, attribute)
      .map([&](std::int64_t time) { Of(into.link) = milliseconds(time); });
}

using Link = nats::LinkOptions;

constexpr auto kSettings = std::to_array<Setting<NatsSettings>>({
    {"servers", read_servers},
    {"name", read_link_name},
    {"user", read_user},
    {"password_file",
     [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.password_file); }},
    {"token_file",
     [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.token_file); }},
    {"credentials",
     [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.credentials_file); }},
    {"nkey", [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.nkey_file); }},
    {"tls",
     [](const Attribute& a, NatsSettings& to) {
  return program::read_yes_no(a).map([&](bool yes) { to.link.tls = yes; });
     }},
    {"tls_ca", [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.tls_ca); }},
    {"tls_certificate",
     [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.tls_certificate); }},
    {"tls_key", [](const Attribute& a, NatsSettings& to) {
  return read_file(a, to.link.tls_key); }},
    {"prefix", [](const Attribute& a, NatsSettings& to) {
  return read_prefix(a, to.prefix); }},
    {"zone", read_zone},
    {"inbox", [](const Attribute& a, NatsSettings& to) {
  return read_prefix(a, to.link.inbox); }},
    {"offer",
     [](const Attribute& a, NatsSettings& to) {
  return program::read_yes_no(a).map([&](bool yes) { to.offer = yes; });
     }},
    {"replicas",
     [](const Attribute& a, NatsSettings& to) {
  return program::read_number({NumberRange::Unit::count, 1, kMostReplicas}, a)
      .map([&](std::int64_t count) { to.replicas = count; });
     }},
    {"connect_timeout",
     read_time<10, kMinute, [](Link& link) -> auto& { return link.connect_timeout;
}  // namespace
>
}  // namespace kamexec::daemon
, {"reconnect", read_time < 1, kMinute, [](Link& link) -> auto& {return link.reconnect;
}
>
}
, {"reconnect_most", read_time < 1, 10 * kMinute,
   [](Link& link) -> auto& {return link.reconnect_most;
}
>
}
, {"ping_interval", read_time < 100, 60 * kMinute,
   [](Link& link) -> auto& {return link.ping_interval;
}
>
}
, {"idle", read_time < 1, 60 * kMinute, [](Link& link) -> auto& {return link.idle;
}
>
}
, {"idle_answer", read_time < 1, 10 * kSecond, [](Link& link) -> auto& {return link.idle_answer;
}
>
}
,
});

/// What settings say together.
class Contradictions {
 public:
  Contradictions(const SettingPlaces& places, std::vector<std::string>& mistakes)
      : places_(places), mistakes_(mistakes) {}

  void check_servers(const NatsSettings& settings) {
    if (!settings.are_used() && !places_.empty() && !given("servers")) {
      const auto& [name, place] = *places_.begin();
      mistakes_.push_back(in_section(place, program::kNatsSection,
                                     "servers is missing: write servers = nats://HOST:4222, or "
                                     "start kamexecd with --nats nats://HOST:4222"));
    }
  }

  void check_identity() {
    needs_each_other("user", "password_file");
    std::string_view first;
    for (const std::string_view name : {"user", "token_file", "credentials", "nkey"}) {
      if (!given(name)) {
        continue;
      }
      if (!first.empty()) {
        wrong(name, std::string(name) + " and " + std::string(first) +
                        " both say who this is: remove one of them");
      }
      first = name;
    }
  }

  void check_tls(NatsSettings& settings) {
    needs_each_other("tls_certificate", "tls_key");
    for (const std::string_view name : {"tls_ca", "tls_certificate", "tls_key"}) {
      if (given("tls") && !settings.link.tls && given(name)) {
        wrong(name, std::string(name) + " and tls = no contradict each other: remove one of them");
      }
    }
  }

  void check_times(NatsSettings& settings) {
    milliseconds& first = settings.link.reconnect;
    milliseconds& most = settings.link.reconnect_most;
    if (first <= most) {
      return;
    }
    if (given("reconnect") && given("reconnect_most")) {
      wrong("reconnect", "reconnect (" + program::time_text(first) +
                             ") is more than reconnect_most (" + program::time_text(most) +
                             "): lower the first or raise the second");
    } else {
      (given("reconnect") ? most : first) = given("reconnect") ? first : most;
    }
  }

 private:
  [[nodiscard]] bool given(std::string_view name) const { return places_.contains(name); }
  void wrong(std::string_view name, const std::string& message) {
    mistakes_.push_back(in_section(places_.find(name)->second, program::kNatsSection, message));
  }
  void needs_each_other(std::string_view one, std::string_view other) {
    if (given(one) != given(other)) {
      const std::string_view there = given(one) ? one : other;
      const std::string_view missing = given(one) ? other : one;
      wrong(there, std::string(there) + " has no use without " + std::string(missing) + ": add " +
                       std::string(missing) + ", or remove " + std::string(there));
    }
  }

  const SettingPlaces& places_;
  std::vector<std::string>& mistakes_;
};

}  // namespace

NatsSettings read_nats_settings(const std::vector<program::PlacedAttribute>& attributes,
                                std::vector<std::string> servers,
                                std::vector<std::string>& mistakes) {
  NatsSettings settings;
  const SettingPlaces places =
      read_section(program::kNatsSection, kSettings, attributes, settings, mistakes);
  if (!servers.empty()) {
    settings.link.servers = std::move(servers);
  }
  Contradictions contradictions(places, mistakes);
  contradictions.check_servers(settings);
  contradictions.check_identity();
  contradictions.check_tls(settings);
  contradictions.check_times(settings);
  return settings;
}

}  // namespace kamexec::daemon
