// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/run_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../service/fake_daemon.h"
#include "tool/try/trial_results.h"

namespace kamexec::tool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kMessage =
    "INVITE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=f\r\n"
    "To: <sip:b@y>\r\nCall-ID: id\r\nCSeq: 3 INVITE\r\n\r\n";

Result<Trial> tried(const TryOptions& options, bool with_message = true) {
  Result<TryInputs> inputs = read_inputs(options);
  if (!inputs) {
    return tl::unexpected<Error>(inputs.error());
  }
  if (with_message) {
    inputs->message = std::move(*SipMessage::read(kMessage, {}));
  }
  return run_trial(options, *inputs);
}

Result<Trial> tried(TryCall call, std::string command, bool run = true) {
  TryOptions options;
  options.call = call;
  options.command = std::move(command);
  options.run = run;
  return tried(options);
}

std::string uris_of(const Trial& trial) {
  std::string all;
  for (const TriedUri& uri : trial.uris) {
    all += uri.uri + " " + std::to_string(uri.q) + ";";
  }
  return all;
}

TEST(RunTrial, ShowsWhatAServerWouldDoWithUris) {
  const auto trial = tried(TryCall::dset, "printf '%s\\n' '<sip:a@b>;q=0.5' sip:c@d x; true");
  ASSERT_TRUE(trial) << trial.error().message;
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::ok);
  EXPECT_EQ(uris_of(*trial), "sip:a@b 500;sip:c@d -1;");
  ASSERT_EQ(trial->left_out.size(), 1U);
  EXPECT_THAT(trial->left_out[0], HasSubstr("line 3"));
  EXPECT_EQ(trial->argv.back(), "sip:bob@h") << "the R-URI";
}

TEST(RunTrial, AsksTheServiceForWhatIsNotDefinedHere) {
  service::FakeDaemon daemon;
  TryOptions options;
  options.call = TryCall::dset;
  options.command = "@lcr $rU 'two words'";
  auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_TRUE(trial->refused);
  EXPECT_THAT(trial->findings.front().remedy, HasSubstr("--service"));
  options.service = daemon.path();
  std::string asked;
  daemon.play([&] {
    service::Peer peer = daemon.greet("program lcr 20000 uri\n");
    asked = peer.request();
    peer.say(service::reply_to(asked, "0", "line sip:a@b\n"));
  });
  trial = tried(options);
  daemon.join();
  ASSERT_TRUE(trial) << trial.error().message;
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::ok) << trial->result.outcome.detail;
  EXPECT_TRUE(trial->served);
  EXPECT_EQ(uris_of(*trial), "sip:a@b -1;");
  EXPECT_THAT(asked, HasSubstr("arg bob\narg two words\narg sip:bob@h\n"));
  daemon.remove();
  trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::not_started);
}

TEST(RunTrial, FindsOutputUnusableAsTheServerDoes) {
  const auto trial = tried(TryCall::dset, "echo nothing; true");
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::unusable);
}

TEST(RunTrial, NamesAvps) {
  TryOptions options;
  options.call = TryCall::avp;
  options.command = "printf 'one\\ntwo\\n\\nthree\\n'";
  options.avps = "$avp(a), $avp(s:b)";
  const auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_THAT(trial->assigned,
              ElementsAre(std::pair("$avp(a)", "one"), std::pair("$avp(s:b)", "two"),
                          std::pair("$avp(i:3)", "three")));
  options.avps = "$var(a)";
  EXPECT_FALSE(tried(options));
}

TEST(RunTrial, HandsOverInputWithItsVariables) {
  TryOptions options;
  options.call = TryCall::run;
  options.command = "cat";
  options.input = "user $rU $$\n";
  const auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_THAT(trial->assigned,
              ElementsAre(std::pair("output", "user bob $"), std::pair("error", "")));
}

TEST(RunTrial, HandsOverTheMessageAndTheEnvironment) {
  const auto trial = tried(TryCall::msg, "test \"$$(cat)\" && test \"$$SIP_USER\" = bob");
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::ok) << trial->result.error;
  EXPECT_EQ(trial->input, kMessage);
}

TEST(RunTrial, DoesNotReadTheStandardErrorOfAJobInTheBackground) {
  const auto trial = tried(TryCall::run, "echo out; echo not read >&2; true &");
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::ok);
  EXPECT_EQ(trial->result.error, "");
  EXPECT_THAT(trial->assigned, ElementsAre(std::pair("output", "out")));
  EXPECT_THAT(trial->notes, testing::Contains(HasSubstr("standard error")));
}

TEST(RunTrial, RunsNothingWhereItIsToShowAlone) {
  const auto trial = tried(TryCall::cmd, "/bin/false $rU", false);
  ASSERT_TRUE(trial);
  EXPECT_FALSE(trial->ran);
  EXPECT_THAT(trial->argv, ElementsAre("/bin/false", "bob"));
}

TEST(RunTrial, SaysWhyACommandIsRefused) {
  for (const char* command : {"echo $HOME", "echo $((1+$rU))", "$rU", "echo '", "@none x"}) {
    const auto trial = tried(TryCall::cmd, command);
    ASSERT_TRUE(trial) << command;
    EXPECT_TRUE(trial->refused) << command;
    EXPECT_FALSE(trial->ran);
    ASSERT_FALSE(trial->findings.empty());
    EXPECT_FALSE(trial->findings.back().message.empty());
  }
}

TEST(RunTrial, RefusesAValueThatCantBePassed) {
  TryOptions options;
  options.command = "echo $var(x)";
  options.set = {std::string("$var(x)=a\0b", 11)};
  const auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::refused);
  EXPECT_TRUE(trial->argv.empty());
}

TEST(RunTrial, NeedsAMessageWhereTheFunctionDoes) {
  TryOptions options;
  options.call = TryCall::dset;
  options.command = "true";
  EXPECT_FALSE(tried(options, false));
  options.call = TryCall::avp;
  const auto trial = tried(options, false);
  ASSERT_TRUE(trial);
  EXPECT_FALSE(trial->notes.empty());
}

TEST(RunTrial, ShowsAWorkersConversation) {
  TryOptions options;
  options.call = TryCall::avp;
  options.command = "@w $rU";
  options.programs = {
      "name=w; via=pool; run=/bin/sh -c 'read a; echo hello 1; read b id c; read d; read e; "
      "echo reply $id 0; echo line $d; echo end $id; read f'"};
  const auto trial = tried(options);
  ASSERT_TRUE(trial) << trial.error().message;
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::ok) << trial->result.outcome.detail;
  EXPECT_THAT(trial->assigned, ElementsAre(std::pair("$avp(i:1)", "arg bob")));
  ASSERT_EQ(trial->exchange.size(), 8U);
  EXPECT_THAT(trial->exchange[0].text, HasSubstr("hello 1 uri"));
  EXPECT_EQ(trial->exchange[3].text, "arg bob");
  EXPECT_EQ(trial->exchange[6].text, "line arg bob");
}

TEST(RunTrial, ShowsWhatAWorkerDidWrong) {
  TryOptions options;
  options.command = "@w";
  options.programs = {"name=w; via=pool; run=/bin/sh -c 'echo hello 1; read a; read b; echo no'"};
  const auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::unusable);
  EXPECT_THAT(trial->result.outcome.detail, HasSubstr("no"));
  EXPECT_EQ(trial->exchange.back().text, "no");
}

TEST(RunTrial, KeepsTheDeadline) {
  TryOptions options;
  options.command = "sleep 20";
  options.timeout = "50ms";
  const auto trial = tried(options);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->result.outcome.cause, process::Cause::deadline);
  options.timeout = "50";
  EXPECT_FALSE(tried(options)) << "a time needs a unit";
}

TEST(ReadInputs, NamesTheOptionThatCantBeUsed) {
  const std::pair<TryOptions, const char*> wrong[] = {
      {[] {
         TryOptions o;
         o.message = "/no/such";
         return o;
       }(),
       "/no/such"},
      {[] {
         TryOptions o;
         o.programs = {"run=x"};
         return o;
       }(),
       "--program"},
      {[] {
         TryOptions o;
         o.programs_files = {"/no/such"};
         return o;
       }(),
       "--programs-file: /no/such: can't be read"},
      {[] {
         TryOptions o;
         o.set = {"x"};
         return o;
       }(),
       "--set"},
      {[] {
         TryOptions o;
         o.timeout = "soon";
         return o;
       }(),
       "--timeout"},
  };
  for (const auto& [options, words] : wrong) {
    const auto inputs = read_inputs(options);
    ASSERT_FALSE(inputs) << words;
    EXPECT_THAT(inputs.error().message, HasSubstr(words));
  }
}

}  // namespace
}  // namespace kamexec::tool
