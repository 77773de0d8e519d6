// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/service/call_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kamexec::tool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CallOptions a_call() {
  CallOptions options;
  options.program = "@lcr";
  return options;
}

std::string error_of(const CallOptions& options) {
  const Result<CallInputs> inputs = read_call_inputs(options);
  return inputs ? "" : inputs.error().message;
}

class CallOfAMessage : public testing::Test {
 protected:
  CallOfAMessage() {
    std::ofstream(path_) << "INVITE sip:49@example.com SIP/2.0\nVia: SIP/2.0/UDP "
                            "192.0.2.1;branch=z9hG4bK1\nFrom: <sip:a@example.com>;tag=1\n"
                            "To: <sip:49@example.com>\nCall-ID: 1\nCSeq: 1 INVITE\n\n";
  }
  ~CallOfAMessage() override { std::filesystem::remove(path_); }

  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("call-" + std::to_string(::getpid()) + ".sip");
};

TEST(CallInputs, TakeTheNameBehindTheSign) {
  CallOptions options = a_call();
  options.arguments = {"49", ""};
  options.timeout = "200ms";
  const Result<CallInputs> inputs = read_call_inputs(options);
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->program, "lcr");
  EXPECT_THAT(inputs->arguments, ElementsAre("49", ""));
  EXPECT_EQ(inputs->call, "");
  EXPECT_EQ(inputs->timeout, std::chrono::milliseconds(200));
}

TEST(CallInputs, RefuseWhatIsNoName) {
  for (const char* name : {"lcr", "@", "", "@a b", "@a/b", "@@a"}) {
    CallOptions options = a_call();
    options.program = name;
    EXPECT_THAT(error_of(options), HasSubstr("is not a program's name")) << name;
  }
  CallOptions options = a_call();
  options.program = "@" + std::string(65, 'a');
  EXPECT_NE(error_of(options), "");
}

TEST(CallInputs, RefuseWhatIsNoTime) {
  for (const char* time : {"2", "0ms", "soon", "-1s"}) {
    CallOptions options = a_call();
    options.timeout = time;
    EXPECT_THAT(error_of(options), HasSubstr("--timeout")) << time;
  }
}

TEST(CallInputs, RefuseAVariableWithoutName) {
  for (const char* variable : {"SIP_X", "=1", "", "LD_PRELOAD=/x"}) {
    CallOptions options = a_call();
    options.environment = {variable};
    EXPECT_THAT(error_of(options), HasSubstr("--env")) << variable;
  }
}

TEST_F(CallOfAMessage, HasItsUriAndVariables) {
  CallOptions options = a_call();
  options.message = path_;
  const Result<CallInputs> inputs = read_call_inputs(options);
  ASSERT_TRUE(inputs) << inputs.error().message;
  EXPECT_EQ(inputs->uri, "sip:49@example.com");
  EXPECT_EQ(inputs->variables.value("SIP_USER"), "49");
  EXPECT_THAT(inputs->message, testing::EndsWith("CSeq: 1 INVITE\r\n\r\n"));
  EXPECT_EQ(inputs->notes.size(), 1U);  // of its line ends
}

TEST_F(CallOfAMessage, HasWhatIsGivenInItsPlace) {
  CallOptions options = a_call();
  options.message = path_;
  options.uri = "sip:other@example.com";
  options.environment = {"SIP_USER=other=1"};
  const Result<CallInputs> inputs = read_call_inputs(options);
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->uri, "sip:other@example.com");
  EXPECT_EQ(inputs->variables.value("SIP_USER"), "other=1");
}

TEST_F(CallOfAMessage, IsRefusedWhereItCannotBeRead) {
  CallOptions options = a_call();
  options.message = "/nowhere";
  EXPECT_NE(error_of(options), "");
  std::ofstream(path_) << "no message\n";
  options.message = path_;
  EXPECT_NE(error_of(options), "");
}

}  // namespace
}  // namespace kamexec::tool
