// SPDX-License-Identifier: GPL-2.0-or-later
// The code of a seccomp filter (seccomp(2); the kernel's Documentation/networking/filter.rst),
// written from its end to its beginning. Jumps lead forwards alone, so what a jump leads to is
// written already, and its distance is known.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace kamexec::process {

class FilterCode {
 public:
  /// Where to go on: an instruction, by the number of instructions from it to the end.
  using Place = std::size_t;

  /// Of a jump: what is asked of the accumulator and a number.
  enum class Test : std::uint16_t { equal = BPF_JEQ, at_least = BPF_JGE, any_bit = BPF_JSET };

  // Each writes what leads to places written before, and returns its own.

  /// Returns @p verdict (SECCOMP_RET_…). The same place for the same verdict.
  Place answer(std::uint32_t verdict);
  /// An instruction that does not jump, then @p next.
  Place add(int code, std::uint32_t value, Place next);
  /// Loads a field of seccomp_data.
  Place load(std::size_t field, Place next);
  Place branch(Test test, std::uint32_t value, Place if_true, Place if_false);
  /// The same with the index register in place of a number.
  Place branch_on_index(Test test, Place if_true, Place if_false);

  // Of the argument with the index @p argument (0 to 5).

  /// All 64 bits: a bit that the kernel would cut off makes a difference.
  Place if_equal(unsigned argument, std::uint64_t value, Place if_true, Place if_false);
  /// The bits of @p mask, of the lower 32, are those of @p value.
  Place if_masked(unsigned argument, std::uint32_t mask, std::uint32_t value, Place if_true,
                  Place if_false);
  /// One of the bits of @p mask, of the lower 32.
  Place if_any(unsigned argument, std::uint32_t mask, Place if_true, Place if_false);

  /// From the place that was returned last.
  [[nodiscard]] std::vector<sock_filter> take() &&;

 private:
  [[nodiscard]] std::size_t distance(Place place) const { return backwards_.size() - place; }
  Place write(const sock_filter& instruction);
  Place go(Place place);
  Place jump(std::uint16_t code, std::uint32_t value, Place if_true, Place if_false);

  std::vector<sock_filter> backwards_;
  std::map<std::uint32_t, Place> answers_;
};

}  // namespace kamexec::process
