// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/spawn.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <vector>

#include <cerrno>

#include "base/interpreter.h"
#include "process/child_setup.h"
#include "process/clone_into.h"
#include "process/sandbox.h"

namespace kamexec::process {
namespace {

constexpr std::size_t kChildStackSize = std::size_t{64} * 1024;

/// A stack for a vfork-like child, with a guard page below it. One a thread, made at the first call
/// and kept: the parent stands still while its child uses it. After a fork of the host each side
/// has its own copy.
class ChildStack {
 public:
  ChildStack() = default;
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() {
    if (base_ != nullptr) {
      ::munmap(base_, size_);
    }
  }

  static constexpr std::size_t kSize = kChildStackSize;

  /// Its lowest address; its end is aligned to 16 bytes.
  Result<char*> bottom() {
    if (base_ == nullptr) {
      const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
      const std::size_t size = kChildStackSize + page;
      void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
      if (base == MAP_FAILED) {
        return system_failure("a stack for the child", errno);
      }
      if (::mprotect(base, page, PROT_NONE) < 0) {
        const int error = errno;
        ::munmap(base, size);
        return system_failure("a stack for the child", error);
      }
      base_ = static_cast<char*>(base);
      size_ = size;
    }
    return base_ + (size_ - kSize);
  }

 private:
  char* base_ = nullptr;
  std::size_t size_ = 0;
};

/// Blocks every signal, those that the C library keeps for itself too (which sigprocmask(3) would
/// leave out): no handler may run in the child while it uses our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    const unsigned long long all[2] = {~0ULL, ~0ULL};
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, before_, kSize);
  }
  ~AllSignalsBlocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, before_, nullptr, kSize); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  static constexpr long kSize = (_NSIG - 1) / 8;
  unsigned long long before_[2] = {};
};

class ErrnoKept {
 public:
  ErrnoKept() : saved_(errno) {}
  ~ErrnoKept() { errno = saved_; }
  ErrnoKept(const ErrnoKept&) = delete;
  ErrnoKept& operator=(const ErrnoKept&) = delete;

 private:
  int saved_;
};

/// For a file that is no program to the kernel: argv of the shell that reads it.
std::vector<char*> shell_argv(const ProgramStart& start) {
  static char shell[] = "/bin/sh";
  std::vector<char*> argv{shell,
                          const_cast<char*>(start.program)};  // execve takes char*, reads only
  if (start.argv != nullptr && start.argv[0] != nullptr) {
    for (char* const* argument = start.argv + 1; *argument != nullptr; ++argument) {
      argv.push_back(*argument);
    }
  }
  argv.push_back(nullptr);
  return argv;
}

/// When a process takes another user's ids, the kernel marks its *memory* as one that must not be
/// dumped or traced (PR_SET_DUMPABLE). That guards us while the child is another user's in our
/// memory, and would stay with us for good. Only the parent may put it back, and only when the
/// child is out of its memory.
class DumpableKept {
 public:
  explicit DumpableKept(bool changes) : was_(changes ? ::prctl(PR_GET_DUMPABLE) : kNotDumpable) {}
  ~DumpableKept() {
    if (was_ == kDumpable) {
      ::prctl(PR_SET_DUMPABLE, kDumpable);
    }
  }
  DumpableKept(const DumpableKept&) = delete;
  DumpableKept& operator=(const DumpableKept&) = delete;

 private:
  static constexpr int kNotDumpable = 0;
  static constexpr int kDumpable = 1;
  int was_;
};

void set_limits(const ResourceLimits& limits, ChildSetup& setup) {
  const auto add = [&setup](int resource, const std::optional<std::uint64_t>& limit) {
    if (limit) {
      setup.limits[setup.limit_count++] = KernelLimit{resource, *limit, *limit};
    }
  };
  if (limits.cpu_seconds) {
    // At the soft limit comes SIGXCPU, which tells why the program ended. At the hard one comes
    // SIGKILL, which tells nothing: a second later, where ours leaves room for that.
    rlimit ours = {};
    const bool has_room = ::getrlimit(RLIMIT_CPU, &ours) < 0 || ours.rlim_max == RLIM_INFINITY ||
                          ours.rlim_max > *limits.cpu_seconds;
    add(RLIMIT_CPU, limits.cpu_seconds);
    setup.limits[setup.limit_count - 1].hard += has_room ? 1 : 0;
  }
  add(RLIMIT_AS, limits.memory_bytes);
  add(RLIMIT_NOFILE, limits.files);
  add(RLIMIT_NPROC, limits.processes);
}

/// To setresuid(2) -1 means "leave it": the program would run with all of our rights.
bool is_possible(const Identity& identity) {
  return identity.user != static_cast<uid_t>(-1) && identity.group != static_cast<gid_t>(-1);
}

void set_identity(const Identity& identity, ChildSetup& setup) {
  setup.set_identity = true;
  setup.user = identity.user;
  setup.group = identity.group;
  setup.groups = identity.supplementary.data();
  setup.group_count = identity.supplementary.size();
}

void set_sandbox(const ProgramStart& start, const Sandbox::Worn& worn, ChildSetup& setup) {
  const bool is_sandboxed = start.sandbox != nullptr;
  setup.no_new_privileges = start.no_new_privileges || is_sandboxed;
  setup.clear_ambient =
      start.drops_ambient_capabilities || start.identity != nullptr || is_sandboxed;
  setup.ruleset = worn.ruleset != nullptr ? worn.ruleset->get() : -1;
  setup.filter = worn.filter.len > 0 ? &worn.filter : nullptr;
}

void wait_for(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// The machine or the process has run out of something: no matter of how it was asked.
bool is_shortage(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/// Starts the child; @p pidfd stays -1 where the kernel gives none. The number, or -1 with errno.
/// A sandbox (seccomp) may refuse CLONE_PIDFD, which the C library's own ways to start a program
/// don't use: then the pidfd is asked for by number, as the child is ours until we reap it. A
/// kernel before 5.2 takes no notice of the flag.
pid_t clone_child(ChildSetup& setup, char* stack, int& pidfd) {
  char* const stack_top = stack + ChildStack::kSize;
  static std::atomic<bool> refused{false};
  constexpr int kLikeVfork = CLONE_VM | CLONE_VFORK | SIGCHLD;
  pid_t pid = -1;
  if (!refused.load(std::memory_order_relaxed)) {
    pid = ::clone(child_main, stack_top, kLikeVfork | CLONE_PIDFD, &setup, &pidfd);
    if (pid > 0 || is_shortage(errno)) {
      return pid;
    }
  }
  pid = ::clone(child_main, stack_top, kLikeVfork, &setup);
  if (pid > 0) {
    refused.store(true, std::memory_order_relaxed);
  }
  return pid;
}

/// The same, in the control group @p cgroup: by clone3(2), which neither an old kernel nor every
/// sandbox allows; there the child moves itself, which takes the kernel some tens of microseconds,
/// and at times tens of milliseconds.
pid_t clone_child_into(int cgroup, ChildSetup& setup, char* stack, int& pidfd) {
  static std::atomic<bool> refused{false};
  if (!refused.load(std::memory_order_relaxed)) {
    const pid_t pid =
        clone_into_cgroup(child_main, &setup, stack, ChildStack::kSize, cgroup, pidfd);
    if (pid > 0 || (errno != ENOSYS && errno != EPERM)) {
      return pid;
    }
  }
  setup.join_cgroup = cgroup;
  const pid_t pid = clone_child(setup, stack, pidfd);
  if (pid > 0) {
    refused.store(true, std::memory_order_relaxed);
  }
  return pid;
}

/// Kept from call to call.
ChildStack& child_stack() {
  thread_local ChildStack stack;
  return stack;
}

Error failure_of(const ProgramStart& start, SetupStep step, int error) {
  std::string what;
  switch (step) {
    case SetupStep::execute:
      what = std::string("can't run ") + start.program;
      if (const std::string missing = missing_interpreter(start.program); !missing.empty()) {
        return Error{what + ": " + missing, error};
      }
      break;
    case SetupStep::resource_limits:
      what = "can't set the program's resource limits";
      break;
    case SetupStep::nice:
      what = "can't set the program's nice value to " + std::to_string(start.nice.value_or(0));
      break;
    case SetupStep::groups:
      what = "can't change to the group " + std::to_string(start.identity->group) +
             " and its supplementary groups";
      break;
    case SetupStep::user:
      what = "can't change to the user " + std::to_string(start.identity->user);
      break;
    case SetupStep::working_directory:
      what = std::string("can't change to the directory ") + start.working_directory;
      break;
    case SetupStep::no_new_privileges:
      what = "can't keep the program from new privileges";
      break;
    case SetupStep::landlock:
      what = "can't put the program into its sandbox (landlock_restrict_self)";
      break;
    case SetupStep::system_call_filter:
      what = "can't put the program into its sandbox (seccomp)";
      break;
    case SetupStep::streams:
      what = "can't set the program's standard streams";
      break;
    case SetupStep::cgroup:
      what = "can't go into the program's control group";
      break;
    case SetupStep::process_group:
      what = "can't create a process group";
      break;
    case SetupStep::parent_gone:
    case SetupStep::none:
      what = "the child ended before it ran the program";
      break;
  }
  return system_error(what, error);
}

}  // namespace

Result<Child> spawn(const SpawnRequest& request) {
  ErrnoKept errno_kept;
  const auto stack = child_stack().bottom();
  if (!stack) {
    return tl::unexpected(stack.error());
  }

  const ProgramStart& start = request.start;
  const std::vector<char*> for_shell = shell_argv(start);
  ChildSetup setup;
  setup.program = start.program;
  setup.argv = start.argv;
  setup.environment = start.environment;
  setup.working_directory = start.working_directory;
  setup.shell_argv = for_shell.data();
  for (int number = 0; number < 3; ++number) {
    setup.streams[number] = request.streams[number];
  }
  set_limits(start.limits, setup);
  setup.set_nice = start.nice.has_value();
  setup.nice = start.nice.value_or(0);
  if (start.identity != nullptr) {
    if (!is_possible(*start.identity)) {
      return system_failure("can't change to the user or group -1, which is invalid", EINVAL);
    }
    set_identity(*start.identity, setup);
  }
  Sandbox::Worn worn;  // held until the child has it on
  if (start.sandbox != nullptr) {
    auto now = start.sandbox->worn();
    if (!now) {
      return tl::unexpected(std::move(now.error()));
    }
    worn = std::move(*now);
  }
  set_sandbox(start, worn, setup);
  setup.marker_limit = request.marker_limit;
  setup.parent = ::getpid();
  setup.try_close_range = request.try_close_range;

  int pidfd = -1;
  pid_t pid;
  int clone_errno = 0;
  {
    AllSignalsBlocked signals;
    DumpableKept dumpable(setup.set_identity);
    pid = request.cgroup < 0 ? clone_child(setup, *stack, pidfd)
                             : clone_child_into(request.cgroup, setup, *stack, pidfd);
    if (pid < 0) {
      clone_errno = errno;
    }
  }
  if (pid < 0) {
    return system_failure(
        request.cgroup < 0 ? "can't start a process" : "can't start a process in its control group",
        clone_errno);
  }

  Child child{pid, pidfd < 0 ? open_pidfd(pid) : UniqueFd(pidfd)};
  if (setup.failed_step != SetupStep::none) {
    wait_for(pid);
    return tl::unexpected(failure_of(start, setup.failed_step, setup.failed_errno));
  }
  return child;
}

Result<UniqueFd> start_child(const ProgramStart& program, const StandardStreams& streams,
                             TreeRoot& root) {
  SpawnRequest request;
  request.start = program;
  char* path_alone[] = {const_cast<char*>(program.program), nullptr};  // execve only reads
  if (program.argv == nullptr) {
    request.start.argv = path_alone;
  }
  const std::vector<char*> environment = with_marker(program.environment, root.marker.variable);
  request.start.environment = environment.data();
  request.marker_limit = root.marker.limit;
  for (int number = 0; number < 3; ++number) {
    const UniqueFd& stream = streams.childs[static_cast<std::size_t>(number)];
    request.streams[number] = stream.valid() ? stream.get() : number;
  }
  if (program.cgroup != nullptr) {
    Result<RunCgroup> group = RunCgroup::create(program.cgroup);
    if (!group) {
      return tl::unexpected(std::move(group.error()));
    }
    root.cgroup = std::move(*group);
    request.cgroup = root.cgroup->fd();
  }
  auto child = spawn(request);
  if (!child) {
    root.cgroup.reset();
    return tl::unexpected(std::move(child.error()));
  }
  root.child = child->ref();
  return std::move(child->pidfd);
}

Result<void> try_cgroup(int cgroup) {
  ErrnoKept errno_kept;
  const auto stack = child_stack().bottom();
  if (!stack) {
    return tl::unexpected(stack.error());
  }
  char nothing[] = "/";  // can't be executed
  char* const argv[] = {nothing, nullptr};
  ChildSetup setup;
  setup.program = nothing;
  setup.argv = argv;
  setup.environment = argv + 1;
  setup.shell_argv = argv;
  setup.parent = ::getpid();
  int pidfd = -1;
  pid_t pid;
  int clone_errno = 0;
  {
    AllSignalsBlocked signals;
    pid = clone_child_into(cgroup, setup, *stack, pidfd);
    clone_errno = errno;
  }
  const UniqueFd owned(pidfd);
  if (pid < 0) {
    return system_failure("can't start a process in a control group below it", clone_errno);
  }
  wait_for(pid);
  if (setup.failed_step == SetupStep::cgroup) {
    return system_failure("can't move a process into a control group below it", setup.failed_errno);
  }
  return {};
}

}  // namespace kamexec::process
