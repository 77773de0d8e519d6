// SPDX-License-Identifier: GPL-2.0-or-later
#include "kamailio/fake_host.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host.h"

using kamexec::module::fake_host;
using kamexec::module::FakeHost;

namespace {

HostText text_of(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view view_of(HostText text) {
  return {text.text, text.length};
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

namespace kamexec::module {

FakeHost& fake_host() {
  static FakeHost host;
  return host;
}

}  // namespace kamexec::module

// As exports.c has them.
KamexecParameters kamexec_parameters = {
    .setvars = 1,
    .time_to_kill = 5,
    .deadline_ms = 0,
    .kill_grace_ms = 200,
    .output_limit = 1 << 20,
    .error_limit = 4096,
    .lines_limit = 1000,
    .bash_safety = 1,
    .environment = const_cast<char*>("*"),
    .interpreted_values = const_cast<char*>("refuse"),
    .dynamic_commands = const_cast<char*>("allow"),
    .workers = 1,
    .async_running = 64,
    .async_waiting = 1024,
    .cmd_async_running = 32,
    .cmd_async_waiting = 1024,
    .failures_logged = 1000,
    .log_stderr = 1,
    .service = const_cast<char*>("/nonexistent/a-long-enough-name-of-a/socket"),
};

// --- log ---

void host_log(HostLogLevel, const HostLogSource* place, HostText line) {
  FakeHost& host = fake_host();
  const std::size_t used = std::strlen(host.log);
  const std::string_view function = view_of(place->function);
  if (used + function.size() + line.length + 4 < sizeof(host.log)) {
    char* at = host.log + used;
    at = static_cast<char*>(mempcpy(at, function.data(), function.size()));
    at = static_cast<char*>(mempcpy(at, ": ", 2));
    at = static_cast<char*>(mempcpy(at, line.text, line.length));
    std::memcpy(at, "\n", 2);
  }
}

// --- the message ---

int host_facts(HostMessage* message, HostFacts* facts, HostHeaderSink sink, void* context) {
  *facts = HostFacts{};
  facts->method = text_of("INVITE");
  facts->current_uri = message->uri;
  facts->original_uri = message->uri;
  facts->user = text_of("alice");
  facts->original_user = text_of("alice");
  facts->source_ip = text_of("127.0.0.1");
  facts->call_id = text_of("1@example.com");
  facts->cseq_number = text_of("1");
  for (int i = 0; i < 40; ++i) {
    sink(context, text_of("X-Header"), text_of(kamexec::module::kValueOfVariables));
  }
  return 0;
}

HostText host_received_message(HostMessage* message) {
  return message->received;
}

HostText host_current_uri(HostMessage* message) {
  return message->uri;
}

// --- formats: $name is a variable, and each has the same value ---

struct HostFormat {
  struct Part {
    HostText text;
    int is_variable;
  } parts[16];
  std::size_t count;
};

HostFormat* host_format_parse(HostText text) {
  auto* format = static_cast<HostFormat*>(std::calloc(1, sizeof(HostFormat)));
  const std::string_view all = view_of(text);
  for (std::size_t at = 0; at < all.size() && format->count < 16;) {
    std::size_t end = at + 1;
    const bool is_variable = all[at] == '$';
    while (end < all.size() && (is_variable ? is_name_byte(all[end]) : all[end] != '$')) {
      ++end;
    }
    format->parts[format->count++] = {text_of(all.substr(at, end - at)), is_variable ? 1 : 0};
    at = end;
  }
  return format;
}

void host_format_free(HostFormat* format) {
  std::free(format);
}

int host_knows_variable(HostText) {
  return 1;
}

void host_loaded_modules(HostTextSink sink, void* context) {
  for (int i = 0; i < 10; ++i) {
    sink(context, text_of("a_module_with_a_long_name"));
  }
}

size_t host_format_parts(const HostFormat* format) {
  return format->count;
}

HostText host_format_part(const HostFormat* format, size_t i, int* is_variable) {
  *is_variable = format->parts[i].is_variable;
  return format->parts[i].text;
}

void host_format_value(HostMessage*, const HostFormat*, size_t, HostTextSink sink, void* context) {
  ++fake_host().values_begun;
  sink(context, text_of(kamexec::module::kValueOfVariables));
  ++fake_host().values_ended;
}

// --- variables and AVPs: anything is one ---

HostVariable* host_variable_parse(HostText) {
  return static_cast<HostVariable*>(std::malloc(1));
}
void host_variable_free(HostVariable* variable) {
  std::free(variable);
}
int host_variable_set(HostMessage*, HostVariable*, HostText) {
  return 0;
}
HostAvpList* host_avp_list_parse(HostText) {
  return static_cast<HostAvpList*>(std::malloc(1));
}
void host_avp_list_free(HostAvpList* list) {
  std::free(list);
}
int host_avp_add(HostMessage*, const HostAvpList*, size_t, const HostText*, size_t) {
  return 0;
}
void host_avp_take_back(HostMessage*, const HostAvpList*, size_t) {}

// --- destination set ---

int host_uri_valid(HostText uri) {
  return uri.length > 4 ? 1 : 0;
}
size_t host_longest_uri(void) {
  return 1023;
}
size_t host_branch_room(void) {
  return 11;
}
int host_can_set_uri(HostMessage*) {
  return 1;
}
int host_set_uri(HostMessage*, HostText, int) {
  return 0;
}
int host_append_branch(HostMessage*, HostText, int) {
  return 0;
}

// --- transactions ---

int host_has_transactions(void) {
  return 1;
}
int host_transactions_bind(void) {
  return 0;
}
int host_route_find(HostText, HostRoute* route) {
  *route = HostRoute{};
  return 0;
}
HostSuspendResult host_suspend(HostMessage*, const HostCancel* cancel, HostSuspended* suspended,
                               int* watched, const char** why) {
  fake_host().cancel = *cancel;
  *suspended = HostSuspended{};
  *watched = 1;
  *why = "";
  return HOST_SUSPENDED;
}
void host_suspend_take_back(const HostSuspended*) {}
long host_suspend_limit_ms(void) {
  return 30000;
}
int host_resume(const HostSuspended*, const HostRoute*) {
  if (fake_host().on_resume != nullptr) {
    fake_host().on_resume();
  }
  return 0;
}
HostText host_next_hop(HostMessage*) {
  return {nullptr, 0};
}
HostText host_path(HostMessage*) {
  return {nullptr, 0};
}
int host_set_next_hop(HostMessage*, HostText) {
  return 0;
}
int host_set_path(HostMessage*, HostText) {
  return 0;
}

// --- processes, memory, locks: the test's processes are forked from one, as a server's are ---

void host_processes_reserve(int) {}
int host_process_fork(const char*, void (*body)(int) noexcept, int) {
  fake_host().process = body;
  return 0;
}
int host_serves(void) {
  return fake_host().serves ? 1 : 0;
}
int host_process_takes_requests(int) {
  return 1;
}
void host_process_refresh(void) {}
void* host_shared_allocate(size_t size) {
  return std::calloc(1, size);
}
void host_shared_free(void* memory) {
  std::free(memory);
}
HostLock* host_lock_create(void) {
  return static_cast<HostLock*>(std::malloc(1));
}
void host_lock_take(HostLock*) {}
void host_lock_release(HostLock*) {}

// --- counters ---

int host_counters_register(const HostGauge*, int) {
  return 0;
}
int host_counter_show(const char*, const char*, long (*read)(const void*) noexcept,
                      const void* context) {
  FakeHost& host = fake_host();
  if (host.shown_count < std::size(host.shown)) {
    host.shown[host.shown_count++] = {read, context};
  }
  return 0;
}
void host_counter_add(HostCounter, long) {}
void host_count_duration(long) {}
