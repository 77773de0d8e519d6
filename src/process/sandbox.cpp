// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/sandbox.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/printable.h"
#include "process/landlock.h"
#include "process/system_paths.h"

namespace kamexec::process {
namespace {

constexpr std::size_t kLongestShown = 200;

std::string shown(const std::string& path) {
  return printable(path, kLongestShown);
}

}  // namespace

/// Goes through a rule part by part, and says what is wrong with it.
class Sandbox::Preparation {
 public:
  Preparation(Sandbox& sandbox, std::vector<SandboxMistake>& mistakes)
      : sandbox_(sandbox), rule_(sandbox.rule_), mistakes_(mistakes) {}

  void go() {
    check_files();
    check_network();
    if (rule_.system_calls && !abilities().seccomp) {
      rule_.system_calls = false;
      lacks("sandbox", "system-calls", kSeccomp, "remove system-calls");
    }
    check_signals();
  }

 private:
  static constexpr const char* kSeccomp =
      "needs seccomp filters, and this kernel has none for this process (CONFIG_SECCOMP_FILTER; a "
      "container may refuse seccomp(2))";

  [[nodiscard]] const KernelAbilities& abilities() const { return sandbox_.abilities_; }

  /// @p part was taken out of the rule, because the kernel can't do it.
  void lacks(const char* attribute, const std::string& part, const std::string& why,
             const std::string& remedy) {
    if (rule_.as_far_as_possible) {
      sandbox_.left_out_.push_back(
          {attribute, std::string(attribute) + ": " + part + " is left out: it " + why});
      return;
    }
    mistakes_.push_back({attribute, std::string(attribute) + ": " + part + " " + why + ": " +
                                        remedy + ", or write try: before the first word of " +
                                        "sandbox, which leaves out what the kernel can't do"});
  }

  [[nodiscard]] std::string needs_abi(int wanted, const char* since) const {
    return "needs Landlock ABI " + std::to_string(wanted) + " (Linux " + since + "), and " +
           landlock_words(abilities());
  }

  void check_files() {
    if (!rule_.files) {
      return;
    }
    if (abilities().landlock_abi < landlock::kAbiOfFiles) {
      rule_.files = false;
      lacks("sandbox", "files", needs_abi(landlock::kAbiOfFiles, "5.13"), "remove files");
    } else if (!abilities().seccomp) {
      rule_.files = false;
      lacks("sandbox", "files", kSeccomp, "remove files");
    }
    // Mistakes in the paths are told in any case.
    check_paths("read", rule_.read);
    check_paths("write", rule_.write);
    check_written();
  }

  void check_paths(const char* attribute, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      struct stat status = {};
      if (::stat(path.c_str(), &status) < 0) {
        mistakes_.push_back(
            {attribute,
             system_error(std::string(attribute) + ": can't find " + shown(path), errno).message});
      }
    }
  }

  /// What may be written must not be run. Landlock adds rules up, from a file to the root: it can't
  /// take away below what it gives above.
  void check_written() {
    const SystemPaths system = system_paths();
    const std::vector<std::string> own = files_of_program(sandbox_.program_.path);
    for (const std::string& path : rule_.write) {
      const std::string real = real_path(path);
      const bool fine = check_apart(path, real, system.run, "which every program may run") &&
                        check_apart(path, real, own, "which is run with the program") &&
                        check_apart(path, real, rule_.read, "which read allows it to run");
      if (!fine) {
        return;
      }
    }
  }

  bool check_apart(const std::string& path, const std::string& real,
                   const std::vector<std::string>& run, const char* why) {
    for (const std::string& one : run) {
      const std::string other = real_path(one);
      const bool inside = is_beneath(real, other);
      if (inside || is_beneath(other, real)) {
        mistakes_.push_back(
            {"write", "write: " + shown(path) +
                          (other == real ? " is "
                           : inside      ? " lies in "
                                         : " has in it ") +
                          shown(one) + ", " + why +
                          "; a program can't run what it may write: name directories in write "
                          "that have nothing but data, and in read what has none"});
        return false;
      }
    }
    return true;
  }

  void check_network() {
    if (!rule_.network || rule_.allowed_network.all) {
      return;
    }
    if (!abilities().seccomp) {
      rule_.network = false;
      lacks("sandbox", "network", kSeccomp, "remove network");
      return;
    }
    std::vector<std::uint16_t>& ports = rule_.allowed_network.tcp_ports;
    if (!ports.empty() && abilities().landlock_abi < landlock::kAbiOfPorts) {
      sandbox_.opens_every_port_ = true;
      lacks("network", "tcp:" + std::to_string(ports.front()),
            needs_abi(landlock::kAbiOfPorts, "6.7"), "write tcp, which allows every port");
    }
  }

  void check_signals() {
    if (!rule_.signals) {
      return;
    }
    if (abilities().landlock_abi >= landlock::kAbiOfSignals && abilities().seccomp) {
      return;
    }
    if (sandbox_.program_.has_own_user) {
      sandbox_.relies_on_user_ = true;
      return;
    }
    rule_.signals = false;
    lacks("sandbox", "signals",
          abilities().landlock_abi < landlock::kAbiOfSignals
              ? needs_abi(landlock::kAbiOfSignals, "6.12")
              : kSeccomp,
          "give the program a user of its own with user=NAME, which does the same");
  }

  Sandbox& sandbox_;
  SandboxRule& rule_;
  std::vector<SandboxMistake>& mistakes_;
};

Sandbox::Sandbox(SandboxRule rule, SandboxedProgram program, const KernelAbilities& abilities)
    : rule_(std::move(rule)), program_(std::move(program)), abilities_(abilities) {}

std::shared_ptr<const Sandbox> Sandbox::prepare(const SandboxRule& rule,
                                                const SandboxedProgram& program,
                                                const KernelAbilities& abilities,
                                                std::vector<SandboxMistake>& mistakes) {
  if (!rule.any()) {
    return nullptr;
  }
  const std::size_t before = mistakes.size();
  std::shared_ptr<Sandbox> made(new Sandbox(rule, program, abilities));
  Preparation(*made, mistakes).go();
  if (mistakes.size() > before) {
    return nullptr;
  }
  if (abilities.seccomp && needs_system_call_filter(made->rule_)) {
    made->filter_ = system_call_filter(made->rule_, abilities.landlock_abi);
  }
  made->ruleset_ = LandlockRuleset(made->plan());
  if (const auto ruleset = made->ruleset_.current(); !ruleset) {
    mistakes.push_back({"sandbox", "sandbox: " + ruleset.error().message});
    return nullptr;
  }
  return made;
}

LandlockPlan Sandbox::plan() const {
  LandlockPlan plan;
  plan.abi = abilities_.landlock_abi;
  plan.program = program_.path;
  plan.files = rule_.files;
  plan.read = rule_.read;
  plan.write = rule_.write;
  plan.ports = rule_.allowed_network.tcp_ports;
  plan.network = rule_.network && !plan.ports.empty() && !opens_every_port_;
  plan.signals = rule_.signals && !relies_on_user_;
  return plan;
}

Result<Sandbox::Worn> Sandbox::worn() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto ruleset = ruleset_.current();
  if (!ruleset) {
    return tl::unexpected<Error>(
        Error{"can't renew the program's sandbox: " + ruleset.error().message,
              ruleset.error().system_errno});
  }
  return Worn{std::move(*ruleset),
              {static_cast<unsigned short>(filter_.size()),
               const_cast<sock_filter*>(filter_.data())}};  // the kernel only reads
}

}  // namespace kamexec::process
