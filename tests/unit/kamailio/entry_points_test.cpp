// SPDX-License-Identifier: GPL-2.0-or-later
// No exception passes into the server: memory runs out at each allocation of each function that C
// calls, and of each that the server calls back.
#include "kamailio/boundary/entry_points.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "kamailio/async/async_server.h"
#include "kamailio/async/resumed_call.h"
#include "kamailio/fake_host.h"
#include "support/allocations.h"
#include "support/sanitized.h"

namespace kamexec::module {
namespace {

HostText text(std::string_view given) {
  return {given.data(), given.size()};
}

constexpr std::string_view kCommand =
    "/bin/echo $rU is a long enough command for memory of its own";
constexpr KamexecLocation kPlace{"kamailio.cfg", 12};
constexpr std::string_view kInput = "an input with a variable, $rU, in it that is long enough";
constexpr std::string_view kName = "$var(a_name_that_is_longer_than_a_short_string)";

KamexecCommand* command(KamexecFunction function = KAMEXEC_AVP, std::string_view given = kCommand) {
  return kamexec_command_load(function, text(given), text(""), kPlace);
}

HostMessage* message() {
  return &fake_host().message;
}

KamexecKemiCall kemi_call() {
  static const HostText kValues[] = {text(kValueOfVariables)};
  KamexecKemiCall call{};
  call.function = KAMEXEC_RUN;
  call.message = message();
  call.text = text("/bin/echo $1 and something more, so that it is long");
  call.values = kValues;
  call.count = 1;
  call.input = text(kInput);
  call.out = text(kName);
  call.err = text(kName);
  return call;
}

int call_async(const KamexecCommand* called) {
  static const HostRoute kRoute{};
  const KamexecArguments arguments{};
  const KamexecNames names{text(kName), text(""), text("")};
  return kamexec_call_async(message(), called, &arguments, &names, &kRoute);
}

/// The test's process makes it, before it forks.
const char* programs_file() {
  static const std::string kPath =
      std::filesystem::temp_directory_path() / ("kamexec-programs-" + std::to_string(::getpid()));
  return kPath.c_str();
}

/// What a server does first.
void start_server() {
  fake_host().message = {text("INVITE sip:alice@example.com SIP/2.0\r\n\r\n"),
                         text("sip:alice@example.com")};
  ASSERT_EQ(0, kamexec_check_parameters());
  ASSERT_EQ(0, kamexec_program_define("name=lookup; run=/bin/true; timeout=1s"));
  ASSERT_EQ(0, kamexec_program_define("name=served; via=service"));
  ASSERT_EQ(0, kamexec_program_define("name=pooled; run=/bin/cat; via=pool"));
  std::ofstream(programs_file()) << "[of_a_file]\nrun = /bin/echo a long enough argument\n"
                                    "allow = a_long_enough_name_of_a_user\n"
                                    "[mistaken]\nan_unknown_attribute = of a program\n";
  ASSERT_EQ(0, kamexec_programs_locate());
  ASSERT_EQ(0, kamexec_programs_share());
  ASSERT_EQ(0, kamexec_programs_permitted());
  ASSERT_EQ(0, kamexec_async_init(1));
  ASSERT_EQ(0, kamexec_async_start());
}

/// A function that C calls: @p ready makes what it needs, with memory enough, @p call calls it.
struct EntryPoint {
  std::function<void()> ready = [] {};
  std::function<void()> call;
};

KamexecCommand* made_command = nullptr;
KamexecInput* made_input = nullptr;

void make_command() {
  made_command = command();
}
void make_input() {
  made_input = kamexec_input_load(KAMEXEC_RUN, text(kInput), kPlace);
}

const std::map<std::string, EntryPoint>& entry_points() {
  static const std::map<std::string, EntryPoint> kAll = {
      {"kamexec_check_parameters",
       {[] {
          kamexec_parameters.environment =
              const_cast<char*>("A_LONG_NAME_OF_A_VARIABLE,ANOTHER_LONG_NAME_OF_A_VARIABLE");
        },
        [] { kamexec_check_parameters(); }}},
      {"kamexec_program_define",
       {{}, [] { kamexec_program_define("name=other; run=/bin/echo a long enough argument"); }}},
      {"kamexec_programs_read", {{}, [] { kamexec_programs_read(programs_file()); }}},
      {"kamexec_interpreter_add",
       {{}, [] { kamexec_interpreter_add("no-such-interpreter here"); }}},
      {"kamexec_program_called",
       {{}, [] { kamexec_program_called(text("@a_name_that_is_not_defined $rU"), kPlace); }}},
      {"kamexec_service_unknown", {{}, [] { kamexec_service_unknown(1); }}},
      {"kamexec_programs_locate", {{}, [] { kamexec_programs_locate(); }}},
      {"kamexec_programs_permitted", {{}, [] { kamexec_programs_permitted(); }}},
      {"kamexec_programs_share", {{}, [] { kamexec_programs_share(); }}},
      {"kamexec_programs_start",
       {[] { kamexec_command_noted(command(KAMEXEC_AVP, "@pooled $rU"), 0); },
        [] { kamexec_programs_start(); }}},
      {"kamexec_programs",
       {{},
        [] {
          const KamexecProgramSink sink{
              nullptr, [](void*, const char*) {}, [](void*, const char*) {},
              [](void*, const char*, const char*) {}, [](void*, const char*, unsigned long) {}};
          kamexec_programs(text(""), &sink);
        }}},
      {"kamexec_programs_reload", {{}, [] { kamexec_programs_reload(text("pooled")); }}},
      {"kamexec_command_load", {{}, [] { command(); }}},
      {"kamexec_commands_refused_by_shell",
       {[] { command(KAMEXEC_CMD, "for a in $rU; do echo 'is a loop of the shell'; done"); },
        [] { kamexec_commands_refused_by_shell(); }}},
      {"kamexec_command_as_given",
       {{},
        [] {
          kamexec_command_as_given(KAMEXEC_CMD, text("/bin/echo a text that is built at run time"),
                                   KAMEXEC_FROM_KEMI);
        }}},
      {"kamexec_command_free", {make_command, [] { kamexec_command_free(made_command); }}},
      {"kamexec_command_noted",
       {[] { made_command = command(KAMEXEC_CMD, "@lookup $rU"); },
        [] { kamexec_command_noted(made_command, 1); }}},
      {"kamexec_dynamic_allowed", {{}, [] { kamexec_dynamic_allowed(); }}},
      {"kamexec_refuse_dynamic", {{}, [] { kamexec_refuse_dynamic(KAMEXEC_AVP, kPlace); }}},
      {"kamexec_name_is_plain", {{}, [] { kamexec_name_is_plain(text(kName)); }}},
      {"kamexec_log_unusable_name",
       {{},
        [] {
          kamexec_log_unusable_name({"fixups.c", 1, "fix"}, "a name", text(kName),
                                    "it can't be used");
        }}},
      {"kamexec_input_load", {{}, [] { kamexec_input_load(KAMEXEC_RUN, text(kInput), kPlace); }}},
      {"kamexec_input_as_given", {{}, [] { kamexec_input_as_given(text(kInput)); }}},
      {"kamexec_input_free", {make_input, [] { kamexec_input_free(made_input); }}},
      {"kamexec_call",
       {[] {
          made_command = command(KAMEXEC_RUN);
          make_input();
        },
        [] {
          const KamexecArguments arguments{made_input, nullptr, nullptr, nullptr};
          kamexec_call(message(), made_command, &arguments);
        }}},
      {"kamexec_call_async", {make_command, [] { call_async(made_command); }}},
      {"kamexec_kemi",
       {{},
        [] {
          const KamexecKemiCall call = kemi_call();
          kamexec_kemi(&call);
        }}},
      {"kamexec_kemi_async",
       {{},
        [] {
          const KamexecKemiCall call = kemi_call();
          kamexec_kemi_async(&call, text("resume"));
        }}},
      {"kamexec_async_init", {{}, [] { kamexec_async_init(1); }}},
      {"kamexec_async_start", {{}, [] { kamexec_async_start(); }}},
      {"kamexec_warn_of_surroundings", {{}, [] { kamexec_warn_of_surroundings(); }}},
      {"kamexec_end_what_is_left",
       {[] { kamexec_warn_of_surroundings(); }, [] { kamexec_end_what_is_left(); }}},
      {"kamexec_async_under_way", {{}, [] { kamexec_async_under_way(); }}},
      {"kamexec_cmd_async_under_way", {{}, [] { kamexec_cmd_async_under_way(); }}},
      {"kamexec_jobs",
       {[] { call_async(command()); },
        [] {
          kamexec_jobs(
              10, [](void*, const KamexecJobView*) {}, nullptr);
        }}},
      {"kamexec_job_kill",
       {[] { call_async(command()); }, [] { kamexec_job_kill(fake_host().cancel.id); }}},
      {"kamexec_apply_resumed",
       {[] { call_async(command(KAMEXEC_AVP)); },
        [] {
          auto notice = AsyncServer::get()->channel_at(0).receive();
          fake_host().on_resume = [] { kamexec_apply_resumed(message()); };
          process::RunResult result;
          try {
            result.output = "one value\nanother value\nmore of them\n";
            resume_with(*notice->job, std::move(result));
          } catch (const std::bad_alloc&) {
            // Not the server's code: job_process.cpp catches it.
          }
        }}},
      {"kamexec_fact_named", {{}, [] { kamexec_fact_named(text("status")); }}},
      {"kamexec_fact", {{}, [] { kamexec_fact(KAMEXEC_FACT_STDERR); }}},
      {"kamexec_forget_last_call", {{}, [] { kamexec_forget_last_call(); }}},
  };
  return kAll;
}

/// How a process ends in which one allocation failed.
enum Ended { absorbed = 0, nothing_failed = 10, left_the_server = 11 };

/// In a process of its own: @p called with the allocation after @p good others failing. Its exit
/// status; -1: it was killed, as by std::terminate().
int run_short_of_memory(const EntryPoint& called, std::size_t good) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (called.ready) {
      called.ready();
    }
    test::fail_allocations(good, 1);
    called.call();
    const bool has_failed = test::stop_failing() > 0;
    const bool left = fake_host().values_begun != fake_host().values_ended;
    ::_exit(left ? left_the_server : has_failed ? absorbed : nothing_failed);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ShortOfMemory : public testing::Test {
 protected:
  static void TearDownTestSuite() { std::filesystem::remove(programs_file()); }
  void SetUp() override {
#ifdef KAMEXEC_SANITIZED
    GTEST_SKIP() << "allocations can't be made to fail under AddressSanitizer";
#endif
    // Once in a process, as a server does.
    static const bool kStarted = [] {
      start_server();
      return !HasFatalFailure();
    }();
    ASSERT_TRUE(kStarted);
  }

  /// How many allocations it has.
  static std::size_t sweep(const std::string& name, const EntryPoint& called) {
    constexpr std::size_t kMost = 2000;
    for (std::size_t good = 0; good < kMost; ++good) {
      const int ended = run_short_of_memory(called, good);
      if (ended == nothing_failed) {
        return good;
      }
      if (ended != absorbed) {
        ADD_FAILURE() << name << " out of memory after " << good << " allocations: "
                      << (ended == -1                ? "an exception left it"
                          : ended == left_the_server ? "an exception passed the server's code"
                                                     : "exit status " + std::to_string(ended));
        return good;
      }
    }
    ADD_FAILURE() << name << " has no end";
    return kMost;
  }
};

TEST_F(ShortOfMemory, NoExceptionLeavesAnEntryPoint) {
  std::size_t allocations = 0;
  for (const auto& [name, called] : entry_points()) {
    const std::size_t own = sweep(name, called);
    RecordProperty(name, std::to_string(own));
    allocations += own;
  }
  EXPECT_GT(allocations, 300U);
}

TEST_F(ShortOfMemory, NoExceptionLeavesWhatTheServerCallsBack) {
  call_async(command());
  ASSERT_NE(0U, fake_host().cancel.id);
  sweep("HostCancel::on_cancel", {{}, [] { fake_host().cancel.on_cancel(fake_host().cancel.id); }});
  ASSERT_GT(fake_host().shown_count, 0U);
  for (std::size_t i = 0; i < fake_host().shown_count; ++i) {
    const auto& counter = fake_host().shown[i];
    sweep("a counter", {{}, [&counter] { static_cast<void>(counter.read(counter.context)); }});
  }
}

TEST_F(ShortOfMemory, NoExceptionLeavesTheProcessForAsynchronousCalls) {
  ASSERT_NE(nullptr, fake_host().process);
  const pid_t child = ::fork();
  if (child == 0) {
    test::fail_allocations(0, SIZE_MAX);  // with memory for a beginning it works on
    fake_host().process(0);
    ::_exit(test::stop_failing() > 0 ? absorbed : nothing_failed);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(absorbed, WEXITSTATUS(status));
}

using Names = std::set<std::string>;

Names tried() {
  Names names;
  for (const auto& [name, called] : entry_points()) {
    names.insert(name);
  }
  return names;
}

/// The name before the parenthesis of a line that declares or defines an entry point; empty: it
/// doesn't.
std::string declared_in(const std::string& line) {
  const std::size_t begin = line.find("kamexec_");
  const std::size_t end = line.find('(', begin == line.npos ? 0 : begin);
  const bool begins_in_first_column = !line.empty() && line[0] != ' ' && line[0] != '/';
  return begins_in_first_column && begin != line.npos && end != line.npos
             ? line.substr(begin, end - begin)
             : "";
}

/// The entry points that @p source defines, which are one statement: the guard with all in it.
Names guarded_in(std::istream& source) {
  const auto is_guard = [](const std::string& line) {
    for (const char* guard :
         {"  guarded(", "  return guarded(", "  static_cast<void>(guarded_call(",
          "  return with_values(", "  return with_kemi_text("}) {
      if (line.starts_with(guard)) {
        return true;
      }
    }
    return false;
  };
  Names names;
  for (std::string line; std::getline(source, line);) {
    const std::string name = declared_in(line);
    if (name.empty()) {
      continue;
    }
    while (!line.ends_with("noexcept {") && std::getline(source, line)) {
    }
    std::size_t statements = 0;
    bool guarded = false;
    while (std::getline(source, line) && line != "}") {
      if (line.starts_with("  ") && line[2] != ' ' && line[2] != '}') {
        ++statements;
        guarded = is_guard(line);
      }
    }
    if (statements == 1 && guarded) {
      names.insert(name);
    }
  }
  return names;
}

TEST(EntryPoints, AreAllTriedShortOfMemory) {
  std::ifstream header(std::string(KAMEXEC_BOUNDARY) + "/entry_points.h");
  Names declared;
  for (std::string line; std::getline(header, line);) {
    declared.insert(declared_in(line));
  }
  declared.erase("");
  EXPECT_GT(declared.size(), 30U);
  EXPECT_EQ(declared, tried());
}

TEST(EntryPoints, DoNothingOutsideTheGuard) {
  Names guarded;
  for (const auto& file : std::filesystem::directory_iterator(KAMEXEC_BOUNDARY)) {
    std::ifstream source(file.path());
    if (file.path().extension() == ".cpp") {
      guarded.merge(guarded_in(source));
    }
  }
  EXPECT_EQ(tried(), guarded);
}

}  // namespace
}  // namespace kamexec::module
