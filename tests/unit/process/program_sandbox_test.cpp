// SPDX-License-Identifier: GPL-2.0-or-later
// What a sandbox keeps from a program, and what it leaves: each of its parts, on the real kernel.
// (sandbox_test.cpp is about a host that runs in a sandbox itself.)
#include "process/sandbox.h"

#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include <cerrno>

#include "fixture.h"
#include "other_user.h"
#include "process/landlock.h"
#include "process/spawn.h"
#include "process/supervisor.h"
#include "process/system_paths.h"
#include "support/sandbox.h"

namespace kamexec::process {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Words = std::vector<std::string>;

constexpr const char* kDone = "done\n";

SandboxRule strict() {
  SandboxRule rule;
  rule.files = rule.network = rule.system_calls = rule.signals = true;
  return rule;
}

/// A rule of nothing but @p part.
SandboxRule only(bool SandboxRule::*part) {
  SandboxRule rule;
  rule.*part = true;
  return rule;
}

class ProgramSandbox : public ProcessTest {
 protected:
  void SetUp() override {
    ProcessTest::SetUp();
    file_ = directory_.path() + "/file";
    std::ofstream(file_) << "secret\n";
  }
  void TearDown() override {
    ::unlink(file_.c_str());
    ::unlink(made().c_str());
    ::rmdir(made().c_str());
    ProcessTest::TearDown();
  }

  [[nodiscard]] std::string made() const { return directory_.path() + "/made"; }

  /// Skips the test where the kernel can't do it.
  void needs(int landlock_abi) {
    if (abilities_.landlock_abi < landlock_abi || !abilities_.seccomp) {
      GTEST_SKIP() << "needs Landlock ABI " << landlock_abi << " and seccomp; "
                   << landlock_words(abilities_);
    }
  }

  std::shared_ptr<const Sandbox> prepare(const SandboxRule& rule,
                                         const std::string& program = sandboxed()) {
    std::vector<SandboxMistake> mistakes;
    auto sandbox = Sandbox::prepare(rule, {program, false}, abilities_, mistakes);
    for (const SandboxMistake& mistake : mistakes) {
      ADD_FAILURE() << mistake.message;
    }
    return sandbox;
  }

  RunResult start(const Words& words, ProgramStart start) {
    const Arguments argv(words);
    start.program = words.front().c_str();
    start.argv = argv.data();
    start.environment = environment().data();
    return run(start, capturing());
  }

  /// What the program prints of what @p words name.
  std::string tries(std::shared_ptr<const Sandbox> sandbox, Words words) {
    ProgramStart how;
    how.sandbox = std::move(sandbox);
    words.insert(words.begin(), sandboxed());
    const RunResult result = start(words, how);
    return result.outcome.cause == Cause::ok ? result.output : result.outcome.detail;
  }
  std::string tries(const SandboxRule& rule, const Words& words) {
    return tries(prepare(rule), words);
  }

  static std::string sandboxed() { return KAMEXEC_SANDBOXED_PROGRAM; }

  const KernelAbilities abilities_ = kernel_abilities();
  const PrivateDirectory directory_;
  std::string file_;
};

TEST_F(ProgramSandbox, FilesOutsideAreOutOfReach) {
  needs(1);
  const auto files = prepare(only(&SandboxRule::files));
  EXPECT_EQ(tries(nullptr, {"read", file_}), kDone);
  EXPECT_EQ(tries(files, {"read", file_}), "EACCES\n");
  EXPECT_EQ(tries(files, {"write", file_}), "EACCES\n");
  EXPECT_EQ(tries(files, {"list", directory_.path()}), "EACCES\n");
  EXPECT_EQ(tries(files, {"make", made()}), "EACCES\n");
  EXPECT_EQ(tries(files, {"make-directory", made()}), "EACCES\n");
  EXPECT_EQ(tries(files, {"remove", file_}), "EACCES\n");
  EXPECT_NE(tries(files, {"truncate", file_}), kDone);
  EXPECT_EQ(tries(files, {"chmod", file_}), "EPERM\n");
  EXPECT_EQ(tries(files, {"chown", file_}), "EPERM\n");
  EXPECT_EQ(tries(files, {"touch", file_}), "EPERM\n");
  EXPECT_EQ(tries(files, {"read", "/etc/shadow"}), "EACCES\n");
  EXPECT_EQ(tries(files, {"list", "/proc"}), "EACCES\n");
  EXPECT_EQ(tries(files, {"read", "/proc/self/environ"}), "EACCES\n");
  EXPECT_EQ(tries(files, {"list", "/tmp"}), "EACCES\n");
  EXPECT_EQ(tries(files, {"socket", "2", "1", "0"}), kDone) << "not its matter";
}

TEST_F(ProgramSandbox, TheSystemsFilesAreThere) {
  needs(1);
  const auto files = prepare(only(&SandboxRule::files));
  for (const char* file : {"/etc/passwd", "/etc/group", "/bin/sh", "/dev/urandom"}) {
    EXPECT_EQ(tries(files, {"read", file}), kDone) << file;
  }
  EXPECT_EQ(tries(files, {"list", "/usr"}), kDone);
  EXPECT_EQ(tries(files, {"write", "/dev/null"}), kDone);
  EXPECT_EQ(tries(files, {"run", "/bin/true"}), kDone);
  EXPECT_EQ(tries(files, {"read", sandboxed()}), kDone);
  EXPECT_EQ(tries(files, {"write", "/usr/bin/env"}), "EACCES\n");
}

TEST_F(ProgramSandbox, ReadMayBeReadAndRun) {
  needs(1);
  SandboxRule rule = only(&SandboxRule::files);
  rule.read = {directory_.path()};
  const std::string script = made();
  std::ofstream(script) << "#!/bin/sh\nexit 0\n";
  ASSERT_EQ(::chmod(script.c_str(), 0755), 0);
  const auto files = prepare(rule);
  EXPECT_EQ(tries(files, {"read", file_}), kDone);
  EXPECT_EQ(tries(files, {"list", directory_.path()}), kDone);
  EXPECT_EQ(tries(files, {"run", script}), kDone);
  EXPECT_EQ(tries(files, {"write", file_}), "EACCES\n");
  EXPECT_EQ(tries(files, {"read-truncating", file_}), "EACCES\n");
  EXPECT_EQ(tries(files, {"fchmod", file_}), "EPERM\n") << "opened for reading";
  EXPECT_EQ(tries(files, {"futimens", file_}), "EPERM\n");
}

TEST_F(ProgramSandbox, WriteMayBeChangedAndNotRun) {
  needs(1);
  SandboxRule rule = only(&SandboxRule::files);
  rule.write = {directory_.path()};
  const auto files = prepare(rule);
  EXPECT_EQ(tries(files, {"read", file_}), kDone);
  EXPECT_EQ(tries(files, {"write", file_}), kDone);
  EXPECT_EQ(tries(files, {"fchmod", file_}), kDone);
  EXPECT_EQ(tries(files, {"futimens", file_}), kDone);
  EXPECT_EQ(tries(files, {"chmod", file_}), "EPERM\n");
  EXPECT_EQ(tries(files, {"make", made()}), kDone);
  ASSERT_EQ(::chmod(made().c_str(), 0755), 0);
  EXPECT_EQ(tries(files, {"run", made()}), "EACCES\n");
  EXPECT_EQ(tries(files, {"remove", made()}), kDone);
  EXPECT_EQ(tries(files, {"make-directory", made()}), kDone);
  if (abilities_.landlock_abi >= landlock::kAbiOfRefer) {
    EXPECT_EQ(tries(files, {"rename", file_, made() + "/moved"}), kDone);
    EXPECT_EQ(::rename((made() + "/moved").c_str(), file_.c_str()), 0);
  }
  EXPECT_NE(tries(files, {"make-device", directory_.path() + "/device"}), kDone);
}

TEST_F(ProgramSandbox, AnUpgradedProgramStillRuns) {
  needs(1);
  const std::string program = made();
  const auto install = [&program](const std::string& text) {
    std::ofstream(program + ".new") << text;
    EXPECT_EQ(::chmod((program + ".new").c_str(), 0755), 0);
    EXPECT_EQ(::rename((program + ".new").c_str(), program.c_str()), 0);
  };
  install("#!/bin/sh\necho one\n");
  const auto sandbox = prepare(only(&SandboxRule::files), program);
  ProgramStart how;
  how.sandbox = sandbox;
  EXPECT_EQ(start({program}, how).output, "one\n");
  install("#!/bin/bash\necho two\n");
  EXPECT_EQ(start({program}, how).output, "two\n");
  EXPECT_EQ(start({program}, how).output, "two\n");
}

TEST_F(ProgramSandbox, ARemovedListedPathComesBack) {
  needs(1);
  SandboxRule rule = only(&SandboxRule::files);
  rule.read = {file_};
  const auto files = prepare(rule);
  ASSERT_EQ(::unlink(file_.c_str()), 0);
  EXPECT_EQ(tries(files, {"read", file_}), "ENOENT\n");
  std::ofstream(file_) << "another\n";
  EXPECT_EQ(tries(files, {"read", file_}), kDone);
}

TEST_F(ProgramSandbox, NoSocketsButPairs) {
  needs(0);
  const auto network = prepare(only(&SandboxRule::network));
  const std::string inet = std::to_string(AF_INET);
  const std::string stream = std::to_string(SOCK_STREAM);
  const std::string datagram = std::to_string(SOCK_DGRAM);
  EXPECT_EQ(tries(nullptr, {"socket", inet, stream, "0"}), kDone);
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(tries(network, {"socket", std::to_string(family), stream, "0"}), "EACCES\n")
        << family;
  }
  EXPECT_EQ(tries(network, {"pair", stream}), kDone);
  EXPECT_EQ(tries(network, {"pair", std::to_string(SOCK_SEQPACKET)}), kDone);
  EXPECT_EQ(tries(network, {"pair", datagram}), "EACCES\n");
  EXPECT_EQ(tries(network, {"uring"}), "ENOSYS\n");
  EXPECT_EQ(tries(network, {"read", file_}), kDone) << "not its matter";
}

TEST_F(ProgramSandbox, APairOfDatagramsReachesNobody) {
  needs(0);
  const std::string path = made();
  const UniqueFd server(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(tries(nullptr, {"datagram", path}), kDone) << "the test's own way doesn't work";
  EXPECT_EQ(tries(only(&SandboxRule::network), {"datagram", path}), "EACCES\n");
}

TEST_F(ProgramSandbox, SocketsThatAreAllowed) {
  needs(0);
  const auto answers = [this](const NetworkRule& allowed) {
    SandboxRule rule = strict();
    rule.signals = false;  // so that an older kernel does
    rule.allowed_network = allowed;
    const auto sandbox = prepare(rule);
    std::string all;
    for (const Words& words : {Words{"1", "1", "0"},      // unix
                               Words{"2", "1", "0"},      // TCP
                               Words{"10", "1", "6"},     // TCP over IPv6
                               Words{"2", "2", "17"},     // UDP
                               Words{"2", "1", "262"},    // MPTCP
                               Words{"2", "1", "132"},    // SCTP
                               Words{"2", "2", "136"},    // UDP-Lite
                               Words{"2", "2", "1"},      // ping
                               Words{"2", "3", "255"},    // raw
                               Words{"16", "3", "0"},     // netlink
                               Words{"17", "3", "0"}}) {  // packet
      Words act{"socket"};
      act.insert(act.end(), words.begin(), words.end());
      all += tries(sandbox, act) == "EACCES\n" ? '-' : '+';
    }
    return all;
  };
  NetworkRule rule;
  EXPECT_EQ(answers(rule), "-----------");
  rule.unix_sockets = true;
  EXPECT_EQ(answers(rule), "+----------");
  rule.udp = true;
  EXPECT_EQ(answers(rule), "+--+-------");
  rule.tcp = true;
  EXPECT_EQ(answers(rule), "++++-------");
  rule.unix_sockets = rule.udp = false;
  EXPECT_EQ(answers(rule), "-++--------");
}

TEST_F(ProgramSandbox, OneTcpPort) {
  needs(landlock::kAbiOfPorts);
  const UniqueFd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(server.get(), at, size), 0);
  ASSERT_EQ(::listen(server.get(), 8), 0);
  ASSERT_EQ(::getsockname(server.get(), at, &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));

  SandboxRule rule = strict();
  rule.signals = false;
  rule.allowed_network.tcp_ports = {ntohs(address.sin_port)};
  const auto this_port = prepare(rule);
  rule.allowed_network.tcp_ports = {1};
  const auto another_port = prepare(rule);
  EXPECT_EQ(tries(this_port, {"connect", port}), kDone);
  EXPECT_EQ(tries(another_port, {"connect", port}), "EACCES\n");
  EXPECT_EQ(tries(this_port, {"fast-open", port}), "EACCES\n");
  EXPECT_EQ(tries(another_port, {"fast-open", port}), "EACCES\n");
  EXPECT_EQ(tries(this_port, {"listen"}), "EACCES\n");
  EXPECT_EQ(tries(this_port, {"bind", "0"}), "EACCES\n");
}

TEST_F(ProgramSandbox, SystemCallsThatNoOrdinaryProgramMakes) {
  needs(0);
  const auto calls = prepare(only(&SandboxRule::system_calls));
  const std::string us = std::to_string(::getpid());
  EXPECT_EQ(tries(nullptr, {"unshare"}), kDone);
  for (const Words& words :
       {Words{"unshare"}, Words{"clone-namespace"}, Words{"mount"}, Words{"key"},
        Words{"trace", us}, Words{"shared-memory"}, Words{"limit", us}, Words{"priority", us},
        Words{"type-into-terminal"}}) {
    EXPECT_EQ(tries(calls, words), "EPERM\n") << words.front();
  }
  EXPECT_EQ(tries(calls, {"uring"}), "ENOSYS\n");
  EXPECT_EQ(tries(calls, {"thread"}), kDone);
  EXPECT_EQ(tries(calls, {"limit-own"}), kDone);
  EXPECT_EQ(tries(calls, {"limit-marked"}), "EPERM\n");
  EXPECT_EQ(tries(calls, {"run", "/bin/true"}), kDone);
  EXPECT_EQ(tries(calls, {"read", file_}), kDone) << "not its matter";
  EXPECT_EQ(tries(calls, {"socket", "2", "1", "0"}), kDone) << "not its matter";
}

TEST_F(ProgramSandbox, SignalsStayInside) {
  needs(landlock::kAbiOfSignals);
  const auto signals = prepare(only(&SandboxRule::signals));
  const std::string us = std::to_string(::getpid());
  EXPECT_EQ(tries(nullptr, {"kill", us}), kDone);
  EXPECT_EQ(tries(signals, {"kill", us}), "EPERM\n");
  EXPECT_EQ(tries(signals, {"kill", std::to_string(-::getpgrp())}), "EPERM\n");
  EXPECT_EQ(tries(signals, {"limit", us}), "EPERM\n");
  EXPECT_EQ(tries(signals, {"kill-own"}), kDone);
}

/// Whatever the part is: who can change us needs no other way.
TEST_F(ProgramSandbox, NoPartLetsAProgramTraceItsHost) {
  needs(landlock::kAbiOfRefer);
  const std::string us = std::to_string(::getpid());
  for (bool SandboxRule::*part : {&SandboxRule::files, &SandboxRule::network,
                                  &SandboxRule::system_calls, &SandboxRule::signals}) {
    const SandboxRule rule = only(part);
    if (rule.signals && abilities_.landlock_abi < landlock::kAbiOfSignals) {
      continue;
    }
    EXPECT_EQ(tries(rule, {"trace", us}), "EPERM\n");
    EXPECT_EQ(tries(rule, {"memory", us}), "EACCES\n");
    EXPECT_EQ(tries(rule, {"no-new-privileges"}), kDone);
  }
  // A rename from directory to directory is still what it was.
  ASSERT_EQ(::mkdir(made().c_str(), 0700), 0);
  EXPECT_EQ(tries(only(&SandboxRule::network), {"rename", file_, made() + "/moved"}), kDone);
  EXPECT_EQ(::rename((made() + "/moved").c_str(), file_.c_str()), 0);
}

TEST_F(ProgramSandbox, NoNewPrivilegesAlone) {
  ProgramStart how;
  EXPECT_EQ(start({sandboxed(), "no-new-privileges"}, how).output, "EPROTO\n");
  how.no_new_privileges = true;
  EXPECT_EQ(start({sandboxed(), "no-new-privileges"}, how).output, kDone);
  EXPECT_EQ(start({sandboxed(), "read", file_}, how).output, kDone);
  EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0) << "of the host";
}

TEST_F(ProgramSandbox, TheHostsDescriptorsAreClosed) {
  needs(0);
  ProgramStart how;
  how.sandbox = prepare(only(&SandboxRule::network), child_program());
  EXPECT_EQ(start({child_program(), "descriptors"}, how).output, "0 1 2 \n");
  EXPECT_EQ(start({child_program(), "death-signal"}, how).output, std::to_string(SIGKILL) + "\n");
  SpawnRequest request;
  const Words words{child_program(), "exit", "0"};
  const Arguments argv(words);
  request.start = how;
  request.start.program = words[0].c_str();
  request.start.argv = argv.data();
  request.start.environment = environment().data();
  request.try_close_range = false;
  const auto child = spawn(request);
  ASSERT_TRUE(child) << child.error().message;
  int status = 0;
  ASSERT_EQ(::waitpid(child->pid, &status, 0), child->pid);
  EXPECT_EQ(status, 0);
}

TEST_F(ProgramSandbox, OrdinaryInterpretersRun) {
  needs(landlock::kAbiOfFiles);
  SandboxRule rule = strict();
  rule.signals = abilities_.landlock_abi >= landlock::kAbiOfSignals;
  for (const Words& words :
       {Words{"/bin/sh", "-c", "echo well | cat >/dev/stdout; test $(id -u) -ge 0"},
        Words{
            "/usr/bin/python3", "-c",
            "import json, socket, ssl, subprocess, threading\n"
            "t = threading.Thread(target=print, args=('well',), kwargs={'flush': True})\n"
            "t.start(); t.join(); socket.socketpair(); subprocess.run(['/bin/true'], check=True)"},
        Words{"/usr/bin/perl", "-e", "use POSIX; use Socket; print `echo well`"},
        Words{"/usr/bin/lua5.4", "-e", "print('well')"},
        Words{"/usr/bin/node", "-e", "setTimeout(() => console.log('well'), 1)"}}) {
    if (::access(words[0].c_str(), X_OK) != 0) {
      continue;
    }
    ProgramStart how;
    how.sandbox = prepare(rule, words[0]);
    const RunResult result = start(words, how);
    EXPECT_EQ(result.outcome.cause, Cause::ok) << words[0] << ": " << result.error;
    EXPECT_EQ(result.output, "well\n") << words[0];
  }
}

TEST_F(ProgramSandbox, ManyAtOnce) {
  needs(landlock::kAbiOfFiles);
  auto supervisor = Supervisor::create({});
  ASSERT_TRUE(supervisor);
  ProgramStart how;
  how.sandbox = prepare(only(&SandboxRule::files));
  const Words words{sandboxed(), "read", file_};
  const Arguments argv(words);
  how.program = words[0].c_str();
  how.argv = argv.data();
  how.environment = environment().data();
  std::vector<std::string> outputs;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE((*supervisor)->submit(how, capturing(), [&outputs](JobId, RunResult result) {
      outputs.push_back(result.output);
    }));
  }
  how.sandbox.reset();  // each job has what it needs
  (*supervisor)->run_until(after(Clock::now(), kGenerous));
  EXPECT_THAT(outputs, AllOf(SizeIs(5), ::testing::Each("EACCES\n")));
}

/// Rules on a kernel that can do less than this one.
class OlderKernel : public ::testing::Test {
 protected:
  Words mistakes(const SandboxRule& rule, bool has_own_user = false) {
    std::vector<SandboxMistake> found;
    sandbox_ = Sandbox::prepare(rule, {"/bin/true", has_own_user}, abilities_, found);
    EXPECT_EQ(sandbox_ == nullptr, !found.empty());
    Words all;
    for (const SandboxMistake& mistake : found) {
      EXPECT_TRUE(mistake.message.starts_with(mistake.attribute + ": ")) << mistake.message;
      all.push_back(mistake.message);
    }
    return all;
  }
  Words left_out() const {
    Words all;
    for (const SandboxOmission& omission : sandbox_->left_out()) {
      all.push_back(omission.message);
    }
    return all;
  }

  KernelAbilities abilities_{kernel_abilities().landlock_abi, 0, kernel_abilities().seccomp};
  std::shared_ptr<const Sandbox> sandbox_;
};

TEST_F(OlderKernel, EachMissingPartIsAMistakeOfItsOwn) {
  abilities_ = {0, ENOSYS, false};
  const Words all = mistakes(strict());
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_THAT(all[0], AllOf(HasSubstr("sandbox: files needs Landlock ABI 1 (Linux 5.13)"),
                            HasSubstr("no Landlock"), HasSubstr("try:")));
  EXPECT_THAT(all[1], AllOf(HasSubstr("sandbox: network needs seccomp"), HasSubstr("try:")));
  EXPECT_THAT(all[2], AllOf(HasSubstr("sandbox: system-calls needs seccomp"), HasSubstr("try:")));
  EXPECT_THAT(all[3], AllOf(HasSubstr("sandbox: signals needs Landlock ABI 6 (Linux 6.12)"),
                            HasSubstr("user=NAME"), HasSubstr("try:")));
}

TEST_F(OlderKernel, TheReasonIsNamed) {
  abilities_.landlock_abi = 0;
  abilities_.landlock_errno = EOPNOTSUPP;
  EXPECT_THAT(mistakes(only(&SandboxRule::files)), ElementsAre(HasSubstr("lsm=")));
  abilities_.landlock_errno = EPERM;
  EXPECT_THAT(mistakes(only(&SandboxRule::files)), ElementsAre(HasSubstr("a container may")));
  abilities_.landlock_abi = 2;
  SandboxRule rule = only(&SandboxRule::network);
  rule.allowed_network.tcp_ports = {5432};
  if (abilities_.seccomp) {
    EXPECT_THAT(
        mistakes(rule),
        ElementsAre(AllOf(HasSubstr("network: tcp:5432 needs Landlock ABI 4 (Linux 6.7)"),
                          HasSubstr("this kernel has Landlock ABI 2"), HasSubstr("write tcp"))));
  }
}

TEST_F(OlderKernel, TryLeavesOut) {
  abilities_ = {0, ENOSYS, false};
  SandboxRule rule = strict();
  rule.as_far_as_possible = true;
  EXPECT_THAT(mistakes(rule), IsEmpty());
  ASSERT_NE(sandbox_, nullptr);
  EXPECT_FALSE(sandbox_->rule().any());
  EXPECT_THAT(left_out(), AllOf(SizeIs(4), ::testing::Each(HasSubstr("is left out: it needs"))));
}

TEST_F(OlderKernel, AUserOfItsOwnKeepsSignalsIn) {
  if (!abilities_.seccomp || abilities_.landlock_abi < 1) {
    GTEST_SKIP() << "needs Landlock and seccomp";
  }
  abilities_.landlock_abi = std::min(abilities_.landlock_abi, 5);
  EXPECT_THAT(mistakes(strict()), ElementsAre(HasSubstr("signals needs Landlock ABI 6")));
  EXPECT_THAT(mistakes(strict(), true), IsEmpty());
  EXPECT_TRUE(sandbox_->relies_on_user());
  EXPECT_THAT(left_out(), IsEmpty());
}

class EveryAbi : public ProgramSandbox, public ::testing::WithParamInterface<int> {};

/// As on the kernels that had each of them: what the later ones brought isn't asked for.
TEST_P(EveryAbi, FilesAreKept) {
  needs(GetParam());
  KernelAbilities abilities = abilities_;
  abilities.landlock_abi = GetParam();
  SandboxRule rule = strict();
  rule.signals = false;
  rule.read = {file_};
  std::vector<SandboxMistake> mistakes;
  const auto sandbox = Sandbox::prepare(rule, {sandboxed(), false}, abilities, mistakes);
  ASSERT_NE(sandbox, nullptr) << mistakes.front().message;
  EXPECT_EQ(tries(sandbox, {"read", file_}), kDone);
  EXPECT_EQ(tries(sandbox, {"write", file_}), "EACCES\n");
  EXPECT_NE(tries(sandbox, {"truncate", file_}), kDone);
  EXPECT_EQ(tries(sandbox, {"read-truncating", file_}), "EACCES\n");
  EXPECT_EQ(tries(sandbox, {"list", "/tmp"}), "EACCES\n");
  std::ifstream file(file_);
  std::string content;
  EXPECT_TRUE(std::getline(file, content));
  EXPECT_EQ(content, "secret");
}

INSTANTIATE_TEST_SUITE_P(Landlock, EveryAbi, ::testing::Range(1, 8));

TEST_F(ProgramSandbox, TheKernelIsAsked) {
  const std::string said =
      test::said_in_sandbox({{landlock::kCreateRulesetNumber, ENOSYS}, {SYS_seccomp, ENOSYS}}, [] {
        const KernelAbilities abilities = kernel_abilities();
        return std::to_string(abilities.landlock_abi) + " " +
               (abilities.landlock_errno == ENOSYS ? "ENOSYS" : "another") +
               (abilities.seccomp ? " seccomp" : " none");
      });
  if (said == test::kNotSandboxed) {
    GTEST_SKIP() << "no seccomp here";
  }
  EXPECT_EQ(said, "0 ENOSYS none");
}

TEST_F(ProgramSandbox, PathsThatAreNotThere) {
  needs(1);
  SandboxRule rule = only(&SandboxRule::files);
  rule.read = {"/nowhere/a", "/usr"};
  rule.write = {file_ + "/below"};
  std::vector<SandboxMistake> mistakes;
  EXPECT_EQ(Sandbox::prepare(rule, {sandboxed(), false}, abilities_, mistakes), nullptr);
  ASSERT_THAT(mistakes, SizeIs(2));
  EXPECT_EQ(mistakes[0].message, "read: can't find /nowhere/a: No such file or directory");
  EXPECT_EQ(mistakes[0].attribute, "read");
  EXPECT_THAT(mistakes[1].message, HasSubstr("write: can't find " + file_ + "/below: Not a dir"));
}

TEST_F(ProgramSandbox, NothingIsBothWrittenAndRun) {
  needs(1);
  const auto complaint = [this](const Words& read, const Words& write) {
    SandboxRule rule = only(&SandboxRule::files);
    rule.read = read;
    rule.write = write;
    std::vector<SandboxMistake> mistakes;
    EXPECT_EQ(Sandbox::prepare(rule, {sandboxed(), false}, abilities_, mistakes), nullptr);
    return mistakes.empty() ? std::string() : mistakes.front().message;
  };
  const std::string& directory = directory_.path();
  EXPECT_THAT(complaint({directory}, {directory}),
              HasSubstr("write: " + directory + " is " + directory + ", which read allows"));
  EXPECT_THAT(complaint({directory}, {file_}), HasSubstr(file_ + " lies in " + directory));
  EXPECT_THAT(complaint({file_}, {directory}), HasSubstr(directory + " has in it " + file_));
  EXPECT_THAT(complaint({}, {"/usr/share"}), HasSubstr("lies in /usr, which every program"));
  EXPECT_THAT(complaint({}, {"/"}), HasSubstr("/ has in it /usr"));
  EXPECT_THAT(complaint({}, {sandboxed()}), HasSubstr("which is run with the program"));
  ASSERT_EQ(::symlink("/usr/share", made().c_str()), 0);
  EXPECT_THAT(complaint({}, {made()}), HasSubstr("lies in /usr"));
}

/// Capabilities that a service manager gave a host for its own work.
TEST_F(ProgramSandbox, AmbientCapabilitiesStayWithTheHost) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  constexpr int kCapability = CAP_NET_RAW;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct before[2] = {};
  ASSERT_EQ(::syscall(SYS_capget, &header, before), 0);
  __user_cap_data_struct with[2] = {before[0], before[1]};
  with[CAP_TO_INDEX(kCapability)].inheritable |= CAP_TO_MASK(kCapability);
  ASSERT_EQ(::syscall(SYS_capset, &header, with), 0);
  ASSERT_EQ(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kCapability, 0, 0), 0);
  const Words words{sandboxed(), "ambient", std::to_string(kCapability)};
  ProgramStart how;
  const std::string plain = start(words, how).output;
  how.drops_ambient_capabilities = true;
  const std::string dropped = start(words, how).output;
  how.drops_ambient_capabilities = false;
  const Identity identity{::geteuid(), ::getegid(), {}};
  how.identity = &identity;
  const std::string as_user = start(words, how).output;
  how.identity = nullptr;
  how.sandbox = prepare(only(&SandboxRule::network));
  const std::string in_sandbox = start(words, how).output;
  const bool still_ours = ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, kCapability, 0, 0) == 1;
  ASSERT_EQ(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 0);
  ASSERT_EQ(::syscall(SYS_capset, &header, before), 0);
  EXPECT_EQ(plain, kDone) << "the test's own way doesn't work";
  EXPECT_EQ(dropped, "ENOENT\n");
  EXPECT_EQ(as_user, "ENOENT\n");
  EXPECT_EQ(in_sandbox, "ENOENT\n");
  EXPECT_TRUE(still_ours);
}

}  // namespace
}  // namespace kamexec::process
