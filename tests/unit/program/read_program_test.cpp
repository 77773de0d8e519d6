// SPDX-License-Identifier: GPL-2.0-or-later
#include "program/read_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "program/attribute.h"

namespace kamexec::program {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// With what every definition must have.
ProgramDefinition good(const std::string& attributes) {
  const auto program = read_program("name=p; run=/bin/p; " + attributes);
  EXPECT_TRUE(program) << attributes << ": " << program.error().message;
  return program.value_or(ProgramDefinition{});
}

std::string complaint(const std::string& definition) {
  const auto program = read_program(definition);
  EXPECT_FALSE(program) << definition;
  return program ? std::string() : program.error().message;
}

std::string complaint_of(const std::string& attributes) {
  return complaint("name=p; run=/bin/p; " + attributes);
}

TEST(ReadProgram, TheLeastHasAllDefaults) {
  ProgramDefinition expected;
  expected.name = "lcr";
  expected.run = {"/usr/local/bin/lcr"};
  const auto program = read_program("name=lcr;run=/usr/local/bin/lcr");
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(*program, expected);
}

TEST(ReadProgram, EveryAttributeOfSpawn) {
  const auto read = read_program(
      "name=Least_cost-1; run=/usr/local/bin/lcr --fast 'two words'; via=spawn; timeout=200ms; "
      "kill_grace=50ms; max=12; queue=34; queue_time=100ms; output_limit=64k; error_limit=1k; "
      "environment=PATH TZ=UTC; directory=/var/lib/lcr; user=lcr; group=sip; cpu=10s; memory=1G; "
      "files=64; processes=5; nice=-3");
  ASSERT_TRUE(read) << read.error().message;
  ProgramDefinition expected;
  expected.name = "Least_cost-1";
  expected.run = {"/usr/local/bin/lcr", "--fast", "two words"};
  expected.timeout = milliseconds(200);
  expected.kill_grace = milliseconds(50);
  expected.most_running = 12;
  expected.most_queued = 34;
  expected.queue_time = milliseconds(100);
  expected.output_limit = 65536;
  expected.error_limit = 1024;
  expected.environment.names = {"PATH"};
  expected.environment.assignments = {"TZ=UTC"};
  expected.directory = "/var/lib/lcr";
  expected.user = "lcr";
  expected.group = "sip";
  expected.limits.cpu_seconds = 10;
  expected.limits.memory_bytes = 1 << 30;
  expected.limits.files = 64;
  expected.limits.processes = 5;
  expected.nice = -3;
  EXPECT_EQ(*read, expected);
}

TEST(ReadProgram, EveryAttributeOfPools) {
  const pool::PoolOptions pool = good(
                                     "via=pool; workers=20; workers_least=2; workers_idle=3; "
                                     "workers_start=4; idle_time=90s; requests=500; age=30m; "
                                     "start_timeout=2s; backoff=50ms; backoff_most=10s; breaker=7; "
                                     "breaker_time=3s; wants=message")
                                     .pool;
  pool::PoolOptions expected;
  expected.most = 20;
  expected.least = 2;
  expected.idle = 3;
  expected.start = 4;
  expected.idle_time = milliseconds(90'000);
  expected.requests = 500;
  expected.age = milliseconds(1'800'000);
  expected.start_timeout = milliseconds(2000);
  expected.back_off_first = milliseconds(50);
  expected.back_off_most = milliseconds(10'000);
  expected.breaker_failures = 7;
  expected.breaker_time = milliseconds(3000);
  expected.always_send = pool::Wants{.message = true};
  EXPECT_EQ(pool, expected);
}

TEST(ReadProgram, NoneTurnsOff) {
  const ProgramDefinition program =
      good("via=pool; requests=none; age=none; breaker=none; queue_time=none; wants=none");
  EXPECT_EQ(program.pool.requests, 0U);
  EXPECT_EQ(program.pool.age, milliseconds(0));
  EXPECT_EQ(program.pool.breaker_failures, 0U);
  EXPECT_EQ(program.queue_time, milliseconds(0));
  EXPECT_EQ(program.pool.always_send, pool::Wants());
}

TEST(ReadProgram, BlanksLinesAndEmptyStretchesDontMatter) {
  EXPECT_EQ(read_program(" ;\n name = p ;\n\trun\t=\r\n /bin/p  a ;; timeout =\t1s ; ")->timeout,
            milliseconds(1000));
}

TEST(ReadProgram, WordsOfRunAreHeldTogetherByQuotes) {
  EXPECT_THAT(
      read_program(R"(name=p; run=/bin/p '' "a;b" 'c "d"' "e\"f\\g\h" i\ j\;k "x"'y'z)")->run,
      ElementsAre("/bin/p", "", "a;b", "c \"d\"", "e\"f\\g\\h", "i j;k", "xyz"));
}

TEST(ReadProgram, Environments) {
  const auto rule = [](const std::string& text) { return good("environment=" + text).environment; };
  EXPECT_TRUE(rule("inherit").inherit_all);
  EXPECT_THAT(rule("inherit").names, IsEmpty());
  EXPECT_FALSE(rule("none").inherit_all);
  EXPECT_THAT(rule("none").names, IsEmpty());
  EXPECT_THAT(rule("PATH, LANG,TZ").names, ElementsAre("PATH", "LANG", "TZ"));
  EXPECT_TRUE(rule("TZ=UTC inherit").inherit_all);
  EXPECT_THAT(rule("none A=").assignments, ElementsAre("A="));
  EXPECT_THAT(rule("A='x; y' PATH \"B=1,2 3\"").assignments, ElementsAre("A=x; y", "B=1,2 3"));
  EXPECT_THAT(rule("A=1").names, IsEmpty());
}

struct Wrong {
  std::string attributes;
  std::string attribute;  ///< that the message names
  std::string remedy;
};

TEST(ReadProgram, AnErrorNamesTheProgramTheAttributeAndWhatToWrite) {
  const Wrong cases[] = {
      {"timeout=2", "timeout: \"2\"", "200ms"},
      {"timeout=1.5s", "timeout: \"1.5s\"", "200ms"},
      {"timeout=-1s", "timeout", "200ms"},
      {"timeout=0ms", "timeout: \"0ms\" is out of range", "1ms to 24h"},
      {"timeout=25h", "timeout", "1ms to 24h"},
      {"timeout=99999999999999999999ms", "timeout", "200ms"},
      {"timeout=9223372036854775807h", "timeout", "200ms"},
      {"timeout=none", "timeout", "200ms"},
      {"timeout=", "timeout: the value is missing", ""},
      {"timeout=1s 2s", "timeout: takes one value, and \"2s\"", "';'"},
      {"kill_grace=2m", "kill_grace", "0ms to 1m"},
      {"max=0", "max", "1 to 10000"},
      {"max=many", "max: \"many\"", "whole number"},
      {"queue=-1", "queue", "whole number"},
      {"output_limit=0", "output_limit", "1 to 64M"},
      {"output_limit=65M", "output_limit", "1 to 64M"},
      {"output_limit=1kb", "output_limit", "64k"},
      {"environment=", "environment: the value is missing", "inherit"},
      {"environment=inherit none", "environment", "write one of them"},
      {"environment=PATH inherit", "environment", "write one of them"},
      {"environment=*", "environment: \"*\"", "write inherit"},
      {"environment=1A=2", "environment: \"1A\"", "NAME=value"},
      {"environment=A=1 A=2", "environment: A is given two values", "remove one"},
      {"environment=SIP_USER=x", "environment: SIP_USER", "another name"},
      {"environment=SIP_USER", "environment: SIP_USER", "another name"},
      {"environment=KAMEXEC_CALL=x", "environment: KAMEXEC_CALL", "another name"},
      {"directory=lib", "directory: \"lib\"", "full path"},
      {"cpu=1500ms", "cpu: \"1500ms\"", "whole seconds"},
      {"cpu=0s", "cpu", "1s to"},
      {"memory=1k", "memory", "1M to"},
      {"files=2", "files", "8 to"},
      {"processes=0", "processes", "1 to"},
      {"processes=18446744073709551615", "processes", "out of range"},
      {"memory=18446744073709551615", "memory", "out of range"},
      {"nice=20", "nice: \"20\" is out of range", "-20 to 19"},
      {"nice=-21", "nice: \"-21\" is out of range", "-20 to 19"},
      {"nice=low", "nice: \"low\"", "whole number, which may be negative"},
      {"nice=+5", "nice: \"+5\"", "whole number"},
      {"nice=", "nice: the value is missing", ""},
      {"offer=maybe", "offer: \"maybe\" is neither yes nor no", ""},
      {"tries=2", "tries is for calls that are passed on", "add via=nats"},
      {"via=nats", "via=nats is for kamexecd", "write via=service here"},
      {"via=fork", "via: \"fork\"", "write spawn, pool, service or nats"},
      {"cache=1", "cache: \"1\"", "200ms"},
      {"cache=25h", "cache: \"25h\" is out of range", "1ms to 24h, or none"},
      {"cache=1s; cache_size=1k", "cache_size", "64k to 16G"},
      {"allow=", "allow: the value is missing", "write user:NAME"},
      {"allow=lcr user:", "allow: \"user:\" names neither", "@NAME for a group"},
      {"allow=@", "allow: \"@\" names neither", "group:NAME"},
      {"allow='a,b'", "allow: \"a,b\" names neither", "user:NAME"},
      {"allow=users:sip", "allow: \"users:sip\" names neither", "user:NAME"},
      {"via=pool; workers=0", "workers", "1 to 1000"},
      {"via=pool; wants=all", "wants: \"all\"", "environment, message"},
      {"via=pool; wants=none message", "wants: \"none\"", "environment, message"},
      {"via=pool; wants=", "wants: the value is missing", "environment, message"},
      {"timout=1s", "\"timout\"", "write timeout"},
      {"queue_length=5", "\"queue_length\"", "there are name, run, via, timeout"},
      {"Timeout=1s", "\"Timeout\"", "write timeout"},
      {"timeout", "\"timeout\" has no value", "name=value"},
      {"=1", "without a name before it", ""},
      {"timeout=1s; max=2; timeout=2s", "timeout is given twice", "remove one of them"},
      {"name=q", "name is given twice", "remove one of them"},
  };
  for (const Wrong& c : cases) {
    EXPECT_THAT(complaint_of(c.attributes), AllOf(HasSubstr(c.attribute), HasSubstr(c.remedy)))
        << c.attributes;
  }
}

TEST(ReadProgram, ContradictionsNameBoth) {
  const Wrong cases[] = {
      {"workers=3", "workers is for pools", "add via=pool"},
      {"via=spawn; age=1h", "age is for pools", "via=pool"},
      {"via=pool; max=3", "max is for via=spawn", "write workers"},
      {"via=pool; workers=2; workers_least=3", "workers_least (3) is more than workers (2)",
       "lower"},
      {"via=pool; workers=2; workers_start=3", "workers_start (3) is more than workers (2)",
       "lower"},
      {"via=pool; workers=2; workers_idle=3", "workers_idle (3) is more than workers (2)", "lower"},
      {"via=pool; backoff=2s; backoff_most=1s", "backoff (2s) is more than backoff_most (1s)",
       "lower"},
      {"via=pool; breaker=none; breaker_time=1s", "breaker_time has no effect with breaker=none",
       "remove one"},
      {"queue=0; queue_time=1s", "queue_time has no effect with queue=0", "remove one"},
      {"queue_time=3s", "queue_time (3s) is more than timeout (2s, the default)", "raise"},
      {"timeout=1s; queue_time=2s", "queue_time (2s) is more than timeout (1s)", "raise"},
      {"cache_no=1s", "cache_no has no effect without cache", "add cache=TIME"},
      {"cache=none; cache_stale=1s", "cache_stale has no effect without cache", "remove"},
      {"cache_size=1M", "cache_size has no effect without cache", "remove cache_size"},
      {"via=pool; cache=1s; wants=environment", "wants and cache", "remove one"},
      {"via=pool; cache=1s; wants=message environment", "wants and cache", "remove one"},
  };
  for (const Wrong& c : cases) {
    EXPECT_THAT(complaint_of(c.attributes), AllOf(HasSubstr(c.attribute), HasSubstr(c.remedy)))
        << c.attributes;
  }
}

TEST(ReadProgram, AProgramOfTheFleet) {
  const auto read = read_program(
      "name=lcr; via=nats; timeout=800ms; output_limit=64k; tries=2; idempotent=yes; hedge=100ms; "
      "calls_most=100; allow=sip",
      Reader::daemon);
  ASSERT_TRUE(read) << read.error().message;
  FleetRule expected;
  expected.tries = 2;
  expected.idempotent = true;
  expected.hedge = milliseconds(100);
  expected.most = 100;
  EXPECT_EQ(read->fleet, expected);
  EXPECT_EQ(*read_program(definition_text(*read), Reader::daemon), *read);
  const auto plain = read_program("name=lcr; via=nats", Reader::daemon);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->fleet, FleetRule());
  const Wrong cases[] = {
      {"tries=0", "tries: \"0\" is out of range", "1 to 16"},
      {"idempotent=maybe", "idempotent: \"maybe\" is neither yes nor no", ""},
      {"hedge=100ms", "hedge has no effect without idempotent=yes", "remove hedge"},
      {"idempotent=yes; hedge=3s", "hedge (3s) is more than timeout (2s, the default)", "raise"},
      {"run=/bin/p", "run is for the daemon that runs the program", "move run"},
      {"workers=2", "workers is for the daemon that runs the program", "remove via=nats"},
      {"offer=yes", "offer is for programs that this host runs", "remove one of them"},
  };
  for (const Wrong& c : cases) {
    const auto wrong = read_program("name=lcr; via=nats; " + c.attributes, Reader::daemon);
    ASSERT_FALSE(wrong) << c.attributes;
    EXPECT_THAT(wrong.error().message, AllOf(HasSubstr(c.attribute), HasSubstr(c.remedy)));
  }
}

TEST(ReadProgram, WhatKamexecdAloneActsOn) {
  const ProgramDefinition program = good(
      "cache=30s; cache_no=5s; cache_stale=1m; cache_size=2M; "
      "allow=user:kamailio @sip asterisk group:staff user:0");
  CacheRule expected;
  expected.yes = milliseconds(30'000);
  expected.no = milliseconds(5'000);
  expected.stale = milliseconds(60'000);
  expected.size = 2 << 20;
  EXPECT_EQ(program.cache, expected);
  EXPECT_THAT(program.allow_users, ElementsAre("kamailio", "asterisk", "0"));
  EXPECT_THAT(program.allow_groups, ElementsAre("sip", "staff"));
  EXPECT_EQ(without_effect(program), "cache, cache_no, cache_stale, cache_size, allow");
  EXPECT_EQ(without_effect(good("cache=1s")), "cache");
  EXPECT_EQ(without_effect(good("offer=no")), "offer");
  EXPECT_EQ(without_effect(good("cache=none; timeout=1s")), "");
  const auto has_cache = [&](Reader reader) {
    const auto all = describe(program, reader);
    return std::any_of(all.begin(), all.end(), [](const AttributeText& attribute) {
      return attribute.name == "cache" && attribute.value == "30s";
    });
  };
  EXPECT_TRUE(has_cache(Reader::daemon));
  EXPECT_FALSE(has_cache(Reader::server));
}

TEST(ReadProgram, AProgramOfTheService) {
  const auto read = read_program("name=lcr; via=service");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->via, Via::service);
  EXPECT_THAT(read->run, IsEmpty());
  EXPECT_EQ(read->timeout, milliseconds(0));
  EXPECT_EQ(definition_text(*read), "name=lcr; via=service");
  const auto timed = read_program("name=lcr; timeout=300ms; via=service");
  ASSERT_TRUE(timed) << timed.error().message;
  EXPECT_EQ(timed->timeout, milliseconds(300));
  EXPECT_EQ(describe(*timed, Reader::daemon).size(), 3U);
}

TEST(ReadProgram, TheServiceHasTheRestOfItsDefinition) {
  for (const char* other :
       {"run=/bin/p", "max=3", "workers=3", "user=lcr", "cache=1s", "allow=a"}) {
    const std::string name = std::string(other).substr(0, std::string(other).find('='));
    EXPECT_THAT(complaint("name=lcr; via=service; " + std::string(other)),
                AllOf(HasSubstr("program lcr: " + name + " is for kamexecd's own definition"),
                      HasSubstr("remove via=service")))
        << other;
  }
  const auto in_daemon = read_program("name=lcr; via=service", Reader::daemon);
  ASSERT_FALSE(in_daemon);
  EXPECT_THAT(in_daemon.error().message, AllOf(HasSubstr("via=service passes calls on"),
                                               HasSubstr("write spawn, pool or nats")));
}

TEST(ReadProgram, DefaultsGiveWayToWhatIsWritten) {
  EXPECT_EQ(good("via=pool; workers_least=20").pool.most, 20U);
  EXPECT_EQ(good("via=pool; backoff=1m").pool.back_off_most, milliseconds(60'000));
  EXPECT_EQ(good("via=pool; backoff_most=50ms").pool.back_off_first, milliseconds(50));
}

TEST(ReadProgram, WhatEveryDefinitionMustHave) {
  EXPECT_THAT(complaint("run=/bin/p"), HasSubstr("name is missing"));
  EXPECT_THAT(complaint("name=p"), HasSubstr("run is missing"));
  EXPECT_THAT(complaint(""), HasSubstr("name is missing"));
  EXPECT_THAT(complaint("name=p; run="), HasSubstr("run: it names no program"));
  EXPECT_THAT(complaint("name=p; run=''"), HasSubstr("run: it names no program"));
  EXPECT_THAT(complaint("name=p; run=bin/p"), HasSubstr("full path"));
  EXPECT_THAT(complaint("name=a.b; run=p"), HasSubstr("\"a.b\" is not a valid name"));
  EXPECT_THAT(complaint("name=\xc3\xa9; run=p"), HasSubstr("is not a valid name"));
  EXPECT_THAT(complaint("name=" + std::string(65, 'a') + "; run=p"), HasSubstr("64 bytes"));
  EXPECT_TRUE(read_program("name=" + std::string(64, 'a') + "; run=p"));
}

TEST(ReadProgram, TheProgramIsNamedOnceItsNameIsKnown) {
  EXPECT_THAT(complaint("name=lcr; run=p; max=x"), ::testing::StartsWith("program lcr: max: "));
}

TEST(ReadProgram, TextThatIsNoDefinition) {
  EXPECT_THAT(complaint("name=p; run='/bin/p"), HasSubstr("run: a quote, ', is not closed"));
  EXPECT_THAT(complaint("name=p; run=\"/bin/p\\\""), HasSubstr("run: a quote, \", is not closed"));
  EXPECT_THAT(complaint("name=p; run=/bin/p\\"), HasSubstr("run: the text ends in a backslash"));
  EXPECT_THAT(complaint(std::string("name=p; run=/bin/p\0", 19)), HasSubstr("NUL"));
  EXPECT_THAT(complaint("name=p; run=" + std::string(kLongestDefinition, 'x')),
              HasSubstr("16384 bytes"));
}

TEST(ReadProgram, MessagesShowNothingThatATerminalWouldObey) {
  for (const char* text : {"\x1b[2J=1", "name=\x1b[2J; run=p", "name=p; run=p; max=\x1b[2J"}) {
    EXPECT_EQ(complaint(text).find('\x1b'), std::string::npos);
  }
}

TEST(ReadProgram, TheTextOfADefinitionReadsBackAsTheSame) {
  const std::string cases[] = {
      "",
      "via=pool",
      "via=pool; breaker=none; wants=environment message; requests=none; queue_time=1ms",
      "timeout=90s; output_limit=1000; error_limit=0; memory=3M; cpu=2m; environment=none",
      "environment=inherit A='x;\"y\\z'; directory='/a b;c'; user='a\\b'; group=\"'\"",
      "environment=A B C=",
      "nice=-20",
      "nice=0; via=pool",
      "cache=90s; cache_no=1s; cache_stale=none; cache_size=64k",
      "cache=1ms; allow=@a user:b c; via=pool",
  };
  for (const std::string& text : cases) {
    const ProgramDefinition program = good(text);
    const auto again = read_program(definition_text(program));
    ASSERT_TRUE(again) << definition_text(program) << ": " << again.error().message;
    EXPECT_EQ(*again, program) << definition_text(program);
  }
}

}  // namespace
}  // namespace kamexec::program
