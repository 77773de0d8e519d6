// SPDX-License-Identifier: GPL-2.0-or-later
// The block of an asynchronous call: all that another process needs, whatever becomes of the
// buffers that it was made from.
#include "kamailio/async/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kamexec::module {
namespace {

using testing::ElementsAre;

/// A call's buffers, each text in memory of its own.
struct Buffers {
  std::string label = "exec_avp(\"/bin/echo $rU\") at kamailio.cfg:12";
  std::string path = "/bin/echo";
  std::vector<std::string> words = {"/bin/echo", "", "a word with blanks"};
  std::string variables = std::string("SIP_RUSER=alice\0EMPTY=\0", 23);
  std::string input = std::string("before\0after", 12);
  std::string avp_names = "$avp(a); $avp(b)";
  std::string asked_program = "lcr-of-the-service";
  std::string path_vector = "<sip:proxy.example.com;lr>";
  std::string uri = "sip:alice@example.com";

  /// As if the next call of the process had overwritten them.
  void overwrite() {
    for (std::string* text : {&label, &path, &variables, &input, &avp_names, &asked_program,
                              &path_vector, &uri, &words[0], &words[2]}) {
      text->assign(text->size(), '#');
    }
  }
};

AsyncJobPtr packed(Buffers& buffers) {
  std::vector<char*> argv;
  for (std::string& word : buffers.words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  AsyncJob job;
  job.id = 7;
  job.function = KAMEXEC_AVP;
  job.waiter = Waiter::transaction;
  job.label = buffers.label;
  job.avp_names = buffers.avp_names;
  job.asked_program = buffers.asked_program;
  job.path = buffers.path_vector;
  job.invocation.path = buffers.path.c_str();
  job.invocation.argv = argv.data();
  job.invocation.variables = buffers.variables;
  job.invocation.input = buffers.input;
  job.invocation.uri = buffers.uri;
  job.invocation.capture_output = true;
  return pack(job);
}

std::vector<std::string> words_of(char* const* argv) {
  std::vector<std::string> words;
  for (; *argv != nullptr; ++argv) {
    words.emplace_back(*argv);
  }
  return words;
}

TEST(AsyncJob, HasAllOfItsOwn) {
  Buffers buffers;
  const Buffers before = buffers;
  const AsyncJobPtr job = packed(buffers);
  buffers.overwrite();
  ASSERT_NE(nullptr, job);
  EXPECT_EQ(7U, job->id);
  EXPECT_EQ(KAMEXEC_AVP, job->function);
  EXPECT_EQ(Waiter::transaction, job->waiter);
  EXPECT_EQ(before.label, job->label);
  EXPECT_EQ(before.avp_names, job->avp_names);
  EXPECT_EQ(before.asked_program, job->asked_program);
  EXPECT_EQ("", job->out_name);
  EXPECT_EQ(before.path_vector, job->path);
  EXPECT_EQ(before.path, job->invocation.path);
  EXPECT_THAT(words_of(job->invocation.argv), ElementsAre("/bin/echo", "", "a word with blanks"));
  EXPECT_EQ(before.variables, job->invocation.variables);
  EXPECT_EQ(before.input, job->invocation.input);
  EXPECT_EQ(before.uri, job->invocation.uri);
  EXPECT_TRUE(job->invocation.capture_output);
}

TEST(AsyncJob, TellsTheSizeOfTheWholeBlock) {
  Buffers small;
  Buffers large;
  large.input.assign(100'000, 'x');
  const AsyncJobPtr a = packed(small);
  const AsyncJobPtr b = packed(large);
  EXPECT_GT(a->size, sizeof(AsyncJob));
  EXPECT_GE(b->size, a->size + 100'000 - small.input.size());
}

TEST(AsyncJob, IsEndedOnceWhereItIsUnderWay) {
  static int ended = 0;
  ended = 0;
  Buffers buffers;
  packed(buffers).reset();
  EXPECT_EQ(0, ended) << "it never was under way";
  AsyncJobPtr job = packed(buffers);
  job->on_end = [](AsyncJob&) { ++ended; };
  job.reset();
  EXPECT_EQ(1, ended);
}

}  // namespace
}  // namespace kamexec::module
