// SPDX-License-Identifier: GPL-2.0-or-later
// How a pool behaves: data, each with its reason. What contradicts itself is bent to the nearest
// sense (most is at least 1, least and start are at most `most`).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "pool/worker_hello.h"
#include "process/program_start.h"

namespace kamexec::pool {

struct PoolOptions {
  // How many. Each process of a host has a pool of its own; one that only uses call() never needs
  // more than one worker at a time.

  /// Started by start(), so that the first call finds one ready.
  std::size_t start = 1;
  /// Kept, however little there is to do.
  std::size_t least = 1;
  /// Never more at a time, but for one successor of a worker that is being replaced. A bound on
  /// what a burst of calls can cost the machine.
  std::size_t most = 8;
  /// Kept idle beyond those at work, so that the next call finds one ready (submit() alone).
  std::size_t idle = 1;
  /// A worker above `least` and `idle` that had nothing to do for so long is closed; 0: never.
  std::chrono::milliseconds idle_time{60'000};

  // When a worker is replaced, for programs that leak or hold old data. A successor is started
  // then, and the old one serves until it is ready. Up to a tenth less, so that not all go at once.

  /// Requests; 0: no matter how many.
  std::uint64_t requests = 0;
  /// Time since its start; 0: no matter how old.
  std::chrono::milliseconds age{0};

  // Beginning and end.

  /// From the start to the worker's hello. Longer than an interpreter with a large program takes on
  /// a busy machine; a call doesn't wait past its own deadline anyway.
  std::chrono::milliseconds start_timeout{5'000};
  /// From the end of its input to SIGTERM: time for a worker to put its things in order.
  std::chrono::milliseconds close_grace{1'000};
  /// How one that failed is ended. Shorter than for a program run once: call() waits through it,
  /// and what missed its deadline has nothing more to say.
  process::StopPolicy stop{std::chrono::milliseconds(100)};

  // Requests that wait for a worker.

  /// What comes beyond is refused. One that waits for a worker which is being started isn't
  /// counted.
  std::size_t most_queued = 256;
  /// The longest wait; 0: as long as the request's own deadline allows.
  std::chrono::milliseconds queue_time{0};

  // Failures.

  /// Between starts, when workers can't be started or leave without having answered anything: from
  /// the second failure in a row on, doubled with each until `back_off_most`. The first costs no
  /// wait: one crash is no crash loop.
  std::chrono::milliseconds back_off_first{100};
  std::chrono::milliseconds back_off_most{30'000};
  /// So many failed calls in a row open the breaker: calls are refused at once instead of each
  /// waiting for its deadline or costing a worker; 0: it never opens. A "no" is no failure.
  std::size_t breaker_failures = 10;
  /// How long it stays open before one call is let through as a trial.
  std::chrono::milliseconds breaker_time{2'000};

  // Sizes, in bytes.

  /// Of a request as it is sent. Environment and message of the largest SIP message fit many times.
  std::size_t request_limit = 1 << 20;
  /// Of a reply's lines, as for a program run once.
  std::size_t output_limit = 1 << 20;
  /// Of standard error, kept for each call from its first byte on; the rest is read and dropped.
  std::size_t error_limit = 4096;

  /// false: standard error is the host's own.
  bool capture_error = true;
  /// What each worker gets whether its hello asks for it or not.
  Wants always_send;

  bool operator==(const PoolOptions&) const = default;
};

}  // namespace kamexec::pool
