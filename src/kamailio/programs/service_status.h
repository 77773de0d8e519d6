// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon says of its programs, for exec.programs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kamexec::module {

class ServiceStatus {
 public:
  using Value = std::variant<std::uint64_t, std::string>;
  /// Names as the daemon gives them: "calls", and in it "ok".
  struct Group {
    std::string name;
    std::vector<std::pair<std::string, Value>> values;
  };

  /// Asks the service of this process; waits half a second at most.
  [[nodiscard]] static ServiceStatus ask();

  /// "serving", "draining", or why there are no figures.
  [[nodiscard]] const std::string& state() const { return state_; }
  /// Whether there are figures.
  [[nodiscard]] bool answered() const { return answered_; }
  /// Of one program; nullptr: the daemon has said nothing of it.
  [[nodiscard]] const std::vector<Group>* find(const std::string& program) const;

 private:
  std::string state_;
  bool answered_ = false;
  std::map<std::string, std::vector<Group>> programs_;
};

}  // namespace kamexec::module
