// SPDX-License-Identifier: GPL-2.0-or-later
#include "command/interpreters.h"

#include <algorithm>

namespace kamexec {
namespace {

constexpr int kAny = 1000;

constexpr auto kInterpreters = std::to_array<Interpreter>({
    {"sh", "c", "", 0, {"-o"}, 1, 0},
    {"bash", "c", "", 0, {"-o", "-O"}, 1, 0},
    {"dash", "c", "", 0, {"-o"}, 1, 0},
    {"ash", "c", "", 0, {"-o"}, 1, 0},
    {"ksh", "c", "", 0, {"-o"}, 1, 0},
    {"mksh", "c", "", 0, {"-o"}, 1, 0},
    {"zsh", "c", "", 0, {"-o"}, 1, 0},
    {"yash", "c", "", 0, {"-o"}, 1, 0},
    {"fish", "c", "--command", 0, {}, 1, 0},
    {"su", "c", "--command", 0, {"-s", "-g"}, 1, 2},
    {"runuser", "c", "--command", 0, {"-s", "-g"}, 1, 2},
    {"script", "c", "--command"},
    {"flock", "c", "--command"},
    {"perl", "eE", "", 0, {}, 1, 0},
    {"python", "c", "", 0, {"-W", "-X"}, 1, 0},
    {"ruby", "e", "", 0, {}, 1, 0},
    {"lua", "e", "", 0, {"-l"}, 1, 0},
    {"node", "ep", "--eval", 0, {}, 1, 0},
    {"php", "rBRE", "--run", 0, {"-d", "-c"}, 1, 0},
    {"tclsh", "", "", 0, {}, 1, 0},
    {"expect", "c", "", 0, {}, 1, 0},
    {"awk", "", "--source", 1, {"-F", "-v"}},
    {"gawk", "e", "--source", 1, {"-F", "-v"}},
    {"mawk", "", "", 1, {"-F", "-v"}},
    {"sed", "e", "--expression", 1, {"-l"}},
    {"jq", "", "", 1, {"--arg", "--argjson", "--slurpfile"}, 2},
    {"mysql", "e", "--execute", 0, {}, 1, kAny},
    {"mariadb", "e", "--execute", 0, {}, 1, kAny},
    {"psql", "c", "--command", 0, {}, 1, kAny},
    {"sqlite", "", "-cmd", 2, {"-separator"}, 1, 1},
    {"ssh", "", "", 0, {"-p", "-i", "-l"}, 1, 1},
    {"bc", "", "", 0, {}, 1, kAny},
    {"at", "", "", 0, {}, 1, kAny},
    {"batch", "", "", 0, {}, 1, kAny},
});
constexpr auto kParseAll =
    std::to_array<std::string_view>({"eval", "trap", ".", "source", "alias", "watch", "parallel"});
constexpr auto kRemote = std::to_array<std::string_view>({"ssh", "rsh", "slogin"});
constexpr auto kWrappers = std::to_array<std::string_view>(
    {"env", "nohup", "nice", "ionice", "timeout", "sudo", "doas", "exec", "command", "builtin",
     "setsid", "stdbuf", "xargs", "busybox", "unshare", "chrt", "chroot", "time"});

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& all, std::string_view program) {
  return std::find(all.begin(), all.end(), base_name(program)) != all.end();
}

}  // namespace

const Interpreter* interpreter(std::string_view program) {
  std::string_view name = base_name(program);
  name = name.substr(0, name.find_last_not_of("0123456789.-") + 1);
  const auto* known = std::find_if(kInterpreters.begin(), kInterpreters.end(),
                                   [name](const Interpreter& one) { return one.name == name; });
  return known == kInterpreters.end() ? nullptr : &*known;
}

bool parses_arguments(std::string_view program) {
  return holds(kParseAll, program);
}

bool runs_remotely(std::string_view program) {
  return holds(kRemote, program);
}

bool is_wrapper(std::string_view program) {
  return holds(kWrappers, program);
}

}  // namespace kamexec
