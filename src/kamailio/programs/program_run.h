// SPDX-License-Identifier: GPL-2.0-or-later
// A named program in one process of the server: its environment, its places, its pool where it has
// one.
#pragma once

#include <memory>

#include "engine/run_command.h"
#include "kamailio/programs/program_shared.h"
#include "kamailio/programs/program_slots.h"
#include "pool/pool.h"
#include "process/run.h"
#include "program/programs.h"

namespace kamexec {

/// Made at the first call of the program in a process, after the server forked.
class ProgramRun {
 public:
  /// This process' one. The error says why the program can't be used here.
  [[nodiscard]] static Result<ProgramRun*> of(const Program& program);

  [[nodiscard]] const Program& program() const { return program_; }
  /// Its pool, made and started when it is first asked for; nullptr where each call is a process.
  [[nodiscard]] Result<Pool*> pool();
  /// The server's places for it, of via=spawn.
  [[nodiscard]] ProgramSlots& places() { return places_; }

  // Of a program that has a pool, once that was made:

  /// Whether exec.reload came since its workers started; it is taken note of.
  [[nodiscard]] bool takes_reload();
  /// Asks a worker and waits for its answer: Pool::call(), seen by the other processes.
  [[nodiscard]] RunResult ask(const WorkerRequest& request);
  /// Tells the other processes what the pool has. To be called when anything was done with it.
  void tell();

  /// Adds what the definition says of the environment; the request's variables come after it.
  void add_environment(Environment& into) const;

 private:
  explicit ProgramRun(const Program& program);
  [[nodiscard]] Result<void> make_pool();
  void renew();

  Program program_;  ///< a copy: what it may do is this process' to find out
  InheritedEnvironment inherited_;
  ProgramShared& shared_;
  ProgramSlots places_;
  PoolReport report_;
  std::uint64_t generation_ = 0;  ///< of its workers
  std::unique_ptr<Pool> pool_;
};

/// What execve needs for one process of the program: argv from @p command's words and @p values,
/// with the environment that @p buffers holds. Points into @p run and @p buffers.
[[nodiscard]] Result<ProgramStart> program_start(const ProgramRun& run,
                                                 const PreparedCommand& command,
                                                 std::span<const std::string_view> values,
                                                 CallBuffers& buffers);

}  // namespace kamexec
