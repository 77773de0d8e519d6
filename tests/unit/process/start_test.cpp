// SPDX-License-Identifier: GPL-2.0-or-later
// What a program finds when it starts, and what is said when it can't.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include <cerrno>

#include "fixture.h"
#include "process/pidfd.h"
#include "process/spawn.h"

namespace kamexec::process {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Start : public ProcessTest {};

/// Descriptors that a careless host has open: inheritable, some far up.
class LeakyDescriptors {
 public:
  LeakyDescriptors() {
    for (const int number : {20, 21, 200, 900}) {
      fds_.emplace_back(::dup2(2, number));
    }
  }

 private:
  std::vector<UniqueFd> fds_;
};

/// A directory that goes with what is in it.
class ScratchDirectory {
 public:
  ScratchDirectory() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~ScratchDirectory() {
    for (const std::string& file : files_) {
      ::unlink(file.c_str());
    }
    ::rmdir(path_.c_str());
  }
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& text, mode_t mode) {
    files_.push_back(path_ + "/" + name);
    std::ofstream(files_.back()) << text;
    ::chmod(files_.back().c_str(), mode);
    return files_.back();
  }

 private:
  std::string path_ = "/tmp/kamexec-test-XXXXXX";
  std::vector<std::string> files_;
};

TEST_F(Start, OnlyTheThreeStandardDescriptors) {
  const LeakyDescriptors leaks;
  EXPECT_EQ(run_child({"descriptors"}).output, "0 1 2 \n");
}

TEST_F(Start, OnlyTheThreeStandardDescriptorsWithErrorLeftToTheHost) {
  RunOptions options = capturing();
  options.capture_error = false;
  const LeakyDescriptors leaks;
  EXPECT_EQ(run_child({"descriptors"}, options).output, "0 1 2 \n");
}

TEST_F(Start, DescriptorsAreClosedOneByOneOnOldKernels) {
  const LeakyDescriptors leaks;
  int out[2];
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const UniqueFd reader(out[0]);
  UniqueFd writer(out[1]);
  const Arguments argv({child_program(), "descriptors"});
  const std::string path = child_program();
  SpawnRequest request;
  request.start.program = path.c_str();
  request.start.argv = argv.data();
  request.start.environment = environment().data();
  request.streams[1] = writer.get();
  request.try_close_range = false;
  const auto child = spawn(request);
  writer.reset();
  ASSERT_TRUE(child) << child.error().message;
  char text[64] = {};
  EXPECT_GT(::read(reader.get(), text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "0 1 2 \n");
  EXPECT_TRUE(eventually([&] { return reap(child->ref()).state == ChildExit::State::ended; }));
}

TEST_F(Start, ClosedStandardDescriptorsOfTheHostDoNoHarm) {
  const int saved[3] = {::dup(0), ::dup(1), ::dup(2)};
  for (int number = 0; number < 3; ++number) {
    ::close(number);
  }
  RunOptions options = capturing();
  options.input = "12345";
  const RunResult counted = run_child({"count-input"}, options);
  options.capture_error = false;
  const RunResult listed = run_child({"descriptors"}, options);
  for (int number = 0; number < 3; ++number) {
    ::dup2(saved[number], number);
    ::close(saved[number]);
  }
  EXPECT_EQ(counted.output, "5\n");
  EXPECT_EQ(listed.output, "0 1 2 \n");
}

TEST_F(Start, SignalsAreAtTheirDefaults) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction old_pipe {};
  struct sigaction old_hup {};
  struct sigaction old_last {};
  sigaction(SIGPIPE, &ignore, &old_pipe);
  sigaction(SIGHUP, &ignore, &old_hup);
  sigaction(SIGRTMAX, &ignore, &old_last);
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGTERM);
  sigaddset(&some, SIGRTMAX);
  pthread_sigmask(SIG_BLOCK, &some, &before);

  const RunResult result = run_child({"status"});

  struct sigaction pipe_now {};
  sigaction(SIGPIPE, nullptr, &pipe_now);
  sigset_t mask_now;
  pthread_sigmask(SIG_SETMASK, &before, &mask_now);
  sigaction(SIGPIPE, &old_pipe, nullptr);
  sigaction(SIGHUP, &old_hup, nullptr);
  sigaction(SIGRTMAX, &old_last, nullptr);

  EXPECT_EQ(status_value(result.output, "SigBlk"), "0000000000000000");
  EXPECT_EQ(status_value(result.output, "SigIgn"), "0000000000000000");
  EXPECT_EQ(status_value(result.output, "SigCgt"), "0000000000000000");
  EXPECT_EQ(pipe_now.sa_handler, SIG_IGN);
  EXPECT_EQ(sigismember(&mask_now, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&mask_now, SIGTERM), 1);
  EXPECT_EQ(sigismember(&mask_now, SIGCHLD), 0);
}

TEST_F(Start, ProcessGroupOfItsOwnInTheHostsSession) {
  const RunResult result = run_child({"ids"});
  const auto ids = printed_pids(result.output);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids[0], result.outcome.pid);
  EXPECT_EQ(ids[1], ids[0]);
  EXPECT_EQ(ids[2], ::getsid(0));
}

TEST_F(Start, EnvironmentIsWhatWasGivenAndTheMarker) {
  const RunResult result = run_child({"environment"});
  EXPECT_THAT(
      result.output,
      StartsWith(tag() + "\nPATH=/usr/bin:/bin\nKAMEXEC_CALL=" + std::to_string(::getpid()) + "."));
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 3);
}

TEST_F(Start, ArgumentsArriveAsTheyAre) {
  const RunResult result = run_child({"print-arguments", "", "a b", "`x`$(y)\n'\"\\"});
  EXPECT_THAT(result.output, HasSubstr("[print-arguments][][a b][`x`$(y)\n'\"\\]"));
}

TEST_F(Start, WorkingDirectory) {
  const ScratchDirectory scratch;
  const std::string path = child_program();
  const Arguments argv({path, "directory"});
  ProgramStart start;
  start.program = path.c_str();
  start.argv = argv.data();
  start.environment = environment().data();
  start.working_directory = scratch.path().c_str();
  EXPECT_EQ(run(start, capturing()).output, scratch.path() + "\n");

  start.working_directory = "/nowhere/at/all";
  const Outcome outcome = run(start, capturing()).outcome;
  EXPECT_EQ(outcome.cause, Cause::not_started);
  EXPECT_EQ(outcome.system_errno, ENOENT);
  EXPECT_THAT(outcome.detail, HasSubstr("/nowhere/at/all"));
}

TEST_F(Start, MissingProgram) {
  const Outcome outcome = run_program("/nowhere/program", {}).outcome;
  EXPECT_EQ(outcome.cause, Cause::not_started);
  EXPECT_EQ(outcome.system_errno, ENOENT);
  EXPECT_EQ(outcome.pid, 0);
  EXPECT_EQ(outcome.exit_status, -1);
  EXPECT_EQ(outcome.detail, "can't run /nowhere/program: No such file or directory");
}

/// The file is there: "No such file or directory" means what it names.
TEST_F(Start, MissingInterpreter) {
  ScratchDirectory scratch;
  const std::string elsewhere = scratch.write("elsewhere", "#! /nowhere/shell -e\n", 0755);
  Outcome outcome = run_program(elsewhere, {}).outcome;
  EXPECT_EQ(outcome.cause, Cause::not_started);
  EXPECT_EQ(outcome.system_errno, ENOENT);
  EXPECT_EQ(outcome.detail,
            "can't run " + elsewhere + ": its interpreter /nowhere/shell is not there");

  const std::string crlf = scratch.write("crlf", "#!/bin/sh\r\necho x\r\n", 0755);
  outcome = run_program(crlf, {}).outcome;
  EXPECT_THAT(outcome.detail, HasSubstr("its interpreter /bin/sh\\r is not there"));
  EXPECT_THAT(outcome.detail, HasSubstr("CR LF"));

  const std::string plain = scratch.write("plain", "", 0644);
  const std::string denied = scratch.write("denied", "#!" + plain + "\n", 0755);
  outcome = run_program(denied, {}).outcome;
  EXPECT_EQ(outcome.system_errno, EACCES);
  EXPECT_EQ(outcome.detail,
            "can't run " + denied + ": its interpreter " + plain + " can't be executed");
}

TEST_F(Start, MissingLoader) {
  std::ifstream own("/proc/self/exe", std::ios::binary);
  std::string binary((std::istreambuf_iterator<char>(own)), {});
  const std::size_t at = binary.find("/ld-");
  ASSERT_NE(at, std::string::npos);
  binary.replace(at, 4, "/xx-");
  ScratchDirectory scratch;
  const Outcome outcome = run_program(scratch.write("binary", binary, 0755), {}).outcome;
  EXPECT_EQ(outcome.system_errno, ENOENT);
  EXPECT_THAT(outcome.detail, HasSubstr("its dynamic loader, /lib"));
  EXPECT_THAT(outcome.detail, HasSubstr("/xx-"));
}

TEST_F(Start, NotExecutable) {
  ScratchDirectory scratch;
  const std::string file = scratch.write("plain", "text", 0644);
  const Outcome outcome = run_program(file, {}).outcome;
  EXPECT_EQ(outcome.cause, Cause::not_started);
  EXPECT_EQ(outcome.system_errno, EACCES);
}

TEST_F(Start, NoProgramAtAll) {
  const Outcome outcome = run(ProgramStart{}, capturing()).outcome;
  EXPECT_EQ(outcome.cause, Cause::refused);
  EXPECT_EQ(outcome.system_errno, EINVAL);
}

TEST_F(Start, NeitherArgumentsNorEnvironment) {
  ScratchDirectory scratch;
  const std::string script =
      scratch.write("script", "#!/bin/sh\necho \"$#\" \"${PATH-none}\"\n", 0755);
  ProgramStart start;
  start.program = script.c_str();
  const RunResult result = run(start, capturing());
  EXPECT_EQ(result.outcome.cause, Cause::ok) << result.outcome.detail << result.error;
  EXPECT_THAT(result.output, StartsWith("0 "));
}

TEST_F(Start, ArgumentsTooLongAreRefused) {
  const Outcome outcome = run_child({"print", std::string(std::size_t{256} * 1024, 'x')}).outcome;
  EXPECT_EQ(outcome.cause, Cause::refused);
  EXPECT_EQ(outcome.system_errno, E2BIG);
}

TEST_F(Start, ScriptWithoutInterpreterLineRunsInTheShell) {
  ScratchDirectory scratch;
  const std::string script = scratch.write("script", "printf '[%s]' \"$0\" \"$@\"\nexit 4\n", 0755);
  const RunResult result = run_program(script, {"a b", "*"});
  EXPECT_EQ(result.output, "[" + script + "][a b][*]");
  EXPECT_EQ(result.outcome.exit_status, 4);
}

TEST_F(Start, EmptyFileIsAnEmptyScript) {
  ScratchDirectory scratch;
  EXPECT_EQ(run_program(scratch.write("empty", "", 0755), {}).outcome.cause, Cause::ok);
}

TEST_F(Start, ErrnoStaysAsItWas) {
  errno = EXDEV;
  (void)run_program("/nowhere/program", {});
  const std::string path = "/nowhere/program";
  SpawnRequest request;
  request.start.program = path.c_str();
  const Arguments argv({path});
  request.start.argv = argv.data();
  request.start.environment = environment().data();
  errno = EXDEV;
  EXPECT_FALSE(spawn(request));
  EXPECT_EQ(errno, EXDEV);
}

}  // namespace
}  // namespace kamexec::process
