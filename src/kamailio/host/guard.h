// SPDX-License-Identifier: GPL-2.0-or-later
// Between C and C++: no exception passes into the server's code. What can be thrown is shortage of
// memory, and the server goes on.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include "kamailio/host/log.h"

namespace kamexec::module {

/// Runs @p body of a function that C calls. Where it throws, the log says why, and the result is
/// @p otherwise: a value, or what it gives as a function that is noexcept.
template <typename Body, typename Otherwise>
auto guarded(Body&& body, Otherwise&& otherwise, LogSource from = LogSource::current()) noexcept
    -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& e) {
    log_error(e.what(), from);
  } catch (...) {
    log_error("an unknown exception", from);
  }
  if constexpr (std::is_invocable_v<Otherwise>) {
    static_assert(noexcept(otherwise()));
    return otherwise();
  } else {
    return std::forward<Otherwise>(otherwise);
  }
}

/// The same of one that gives nothing.
template <typename Body>
void guarded(Body&& body, LogSource from = LogSource::current()) noexcept {
  static_assert(std::is_void_v<decltype(body())>);
  guarded(
      body, []() noexcept {}, from);
}

/// What the server calls back while one of its functions runs: @p body. What it throws is kept
/// until the server's function has returned; from then on the body isn't called again.
///
///     HostCallback add([&](HostText text) { names.emplace_back(view(text)); });
///     host_loaded_modules(add.call<HostText>, &add);
///     add.rethrow();
template <typename Body>
class HostCallback {
 public:
  explicit HostCallback(Body body) : body_(std::move(body)) {}

  template <typename... Arguments>
  static void call(void* context, Arguments... arguments) noexcept {
    auto& self = *static_cast<HostCallback*>(context);
    if (self.thrown_ != nullptr) {
      return;
    }
    try {
      self.body_(arguments...);
    } catch (...) {
      self.thrown_ = std::current_exception();
    }
  }

  /// Throws what the body threw.
  void rethrow() const {
    if (thrown_ != nullptr) {
      std::rethrow_exception(thrown_);
    }
  }

 private:
  Body body_;
  std::exception_ptr thrown_;
};

}  // namespace kamexec::module
