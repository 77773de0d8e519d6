// SPDX-License-Identifier: GPL-2.0-or-later
// What the thread of the store is asked to do, as objects that go to it and come back. A request is
// made by the loop's thread, handled by the store's, and told of and destroyed by the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "stored/content.h"
#include "stored/notification.h"
#include "stored/requests.h"
#include "stored/store.h"

namespace kamexec::stored {

template <typename Value>
using StoreCompletion = std::function<void(Result<Value>)>;

/// Who starts attempts, when a request is handled or told of.
struct Dispatching {
  bool holds = false;       ///< this process, as the loop's thread has it
  bool owns = false;        ///< what is taken on disk is this process's
  std::uint64_t turns = 0;  ///< how often it has let another one have that

  [[nodiscard]] bool takes() const { return holds && owns; }
};

class Request {
 public:
  Request() = default;
  virtual ~Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // By the store's thread.

  /// What is wanted of the transaction. May come several times, where one was rolled back; the last
  /// one counts.
  virtual Result<void> handle(Store& store, Dispatching& dispatching) = 0;
  /// The transaction was committed; false: another one like it is wanted.
  virtual bool committed() { return true; }
  /// It could not be.
  virtual void failed(Error error) = 0;

  [[nodiscard]] virtual bool wants_sync() const { return false; }
  /// It is tried again until it can be done.
  [[nodiscard]] virtual bool must_succeed() const { return false; }
  /// It is handled when all that must succeed and was asked for before it has.
  [[nodiscard]] virtual bool is_last() const { return false; }
  [[nodiscard]] virtual bool has_completion() const { return true; }
  [[nodiscard]] virtual TimePoint deadline() const { return kNoDeadline; }
  [[nodiscard]] virtual const std::string* inserted_id() const { return nullptr; }
  /// Of memory that it holds while it waits.
  [[nodiscard]] virtual std::size_t bytes() const { return 0; }

  // By the loop's.

  /// Tells its completion. @p dispatching: as it is now.
  virtual void tell(const Dispatching& /*dispatching*/) {}

  std::uint64_t order = 0;  ///< in which requests were made, of both queues
  bool refused = false;     ///< of the store's thread: it has failed alone, in the transaction
};

class InsertRequest final : public Request {
 public:
  InsertRequest(Notification notification, bool take, TimePoint deadline,
                StoreCompletion<Kept> done);

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  void failed(Error error) override { result_ = tl::unexpected(std::move(error)); }
  [[nodiscard]] bool wants_sync() const override { return true; }
  [[nodiscard]] TimePoint deadline() const override { return deadline_; }
  [[nodiscard]] const std::string* inserted_id() const override { return &notification_.id; }
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  void tell(const Dispatching& dispatching) override;

 private:
  Notification notification_;  ///< without the values that are in content_
  std::size_t bytes_;
  Result<Content> content_;  ///< made by the loop's thread: the store's has more to do
  bool take_;
  TimePoint deadline_;
  StoreCompletion<Kept> done_;
  Result<Kept> result_;
  std::uint64_t turns_ = 0;  ///< when it was taken
};

class AttemptedRequest final : public Request {
 public:
  explicit AttemptedRequest(Attempted what) : what_(std::move(what)) {}

  Result<void> handle(Store& store, Dispatching& dispatching) override {
    return store.attempted(what_, dispatching.owns);
  }
  void failed(Error /*error*/) override {}
  [[nodiscard]] bool must_succeed() const override { return true; }
  [[nodiscard]] bool has_completion() const override { return false; }

 private:
  Attempted what_;
};

class GiveBackRequest final : public Request {
 public:
  explicit GiveBackRequest(std::vector<std::string> ids) : ids_(std::move(ids)) {}

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  void failed(Error /*error*/) override {}
  [[nodiscard]] bool must_succeed() const override { return true; }
  [[nodiscard]] bool has_completion() const override { return false; }

 private:
  std::vector<std::string> ids_;
};

/// What is taken waits again: of an earlier dispatcher, when this process becomes it; of this one,
/// before another one can.
class GiveBackAllRequest final : public Request {
 public:
  /// @p committed: called by the store's thread; must not throw.
  GiveBackAllRequest(bool is_last, std::function<void()> committed)
      : is_last_(is_last), committed_(std::move(committed)) {}

  Result<void> handle(Store& store, Dispatching& dispatching) override {
    dispatching.owns = !is_last_;  // for what comes after it in the same transaction
    return store.give_back_all();
  }
  bool committed() override {
    committed_();
    return true;
  }
  void failed(Error /*error*/) override {}
  [[nodiscard]] bool must_succeed() const override { return true; }
  [[nodiscard]] bool has_completion() const override { return false; }

  [[nodiscard]] bool is_last() const override { return is_last_; }

 private:
  bool is_last_;
  std::function<void()> committed_;
};

class TakeRequest final : public Request {
 public:
  TakeRequest(std::string program, std::size_t most, std::size_t most_bytes, WallTime now,
              StoreCompletion<Taken> done)
      : program_(std::move(program)),
        most_(most),
        most_bytes_(most_bytes),
        now_(now),
        done_(std::move(done)) {}

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  void failed(Error error) override { result_ = tl::unexpected(std::move(error)); }
  void tell(const Dispatching& dispatching) override;

 private:
  std::string program_;
  std::size_t most_;
  std::size_t most_bytes_;
  WallTime now_;
  StoreCompletion<Taken> done_;
  Result<Taken> result_;
  std::uint64_t turns_ = 0;
};

class ListRequest final : public Request {
 public:
  ListRequest(Selection which, StoreCompletion<Listed> done);

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  void failed(Error error) override { result_ = tl::unexpected(std::move(error)); }
  [[nodiscard]] TimePoint deadline() const override { return deadline_; }
  void tell(const Dispatching& /*dispatching*/) override { done_(std::move(result_)); }

 private:
  Selection which_;
  TimePoint deadline_;
  StoreCompletion<Listed> done_;
  Result<Listed> result_;
};

/// retry() or drop(), a step at a time.
class ChangeRequest final : public Request {
 public:
  enum class Change { retry, drop };
  ChangeRequest(Change change, Selection which, StoreCompletion<std::size_t> done);

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  bool committed() override;
  void failed(Error error) override;
  [[nodiscard]] TimePoint deadline() const override { return deadline_; }
  void tell(const Dispatching& /*dispatching*/) override { done_(std::move(result_)); }

 private:
  Change change_;
  Step step_;  ///< as it is after what was committed
  Step next_;
  TimePoint deadline_;
  StoreCompletion<std::size_t> done_;
  Result<std::size_t> result_ = 0;
};

class PurgeRequest final : public Request {
 public:
  PurgeRequest(std::string program, WallTime done_before, WallTime dead_before)
      : program_(std::move(program)), done_before_(done_before), dead_before_(dead_before) {}

  Result<void> handle(Store& store, Dispatching& dispatching) override;
  bool committed() override { return !more_; }
  void failed(Error /*error*/) override {}
  [[nodiscard]] bool has_completion() const override { return false; }

 private:
  std::string program_;
  WallTime done_before_;
  WallTime dead_before_;
  bool more_ = false;
};

}  // namespace kamexec::stored
