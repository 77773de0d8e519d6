// SPDX-License-Identifier: GPL-2.0-or-later
// A pool whose workers are no processes: protocol and lifecycle need nothing but the face.
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "fixture.h"

namespace kamexec::pool {
namespace {

/// Answers each request within send(), with its own text as lines. A complaint on standard error
/// comes with the reply, after the wait for both has returned.
class EchoChannel final : public WorkerChannel {
 public:
  explicit EchoChannel(int& open) : open_(open), ready_(::eventfd(0, EFD_CLOEXEC)) {
    ++open_;
    auto errors = process::make_output_pipe();
    EXPECT_TRUE(errors);
    errors_ = std::move(*errors);
  }
  ~EchoChannel() override { --open_; }

  pid_t pid() const override { return 0; }
  int fd(End end) const override {
    return end == End::replies ? ready_.get() : end == End::errors ? errors_.ours.get() : -1;
  }
  void close(End end) override {
    if (end == End::replies) {
      ready_.reset();
    }
  }
  process::Transfer send(std::string_view bytes) override {
    requests_ += bytes;
    for (std::size_t end; (end = requests_.find('\n')) != requests_.npos;
         requests_.erase(0, end + 1)) {
      take(requests_.substr(0, end));
    }
    if (!replies_.empty()) {
      ::eventfd_write(ready_.get(), 1);
    }
    return {process::Transfer::State::moved, bytes.size()};
  }
  process::Transfer receive(char* buffer, std::size_t size) override {
    if (replies_.empty()) {
      return {process::Transfer::State::would_block, 0};
    }
    if (complaint_) {
      EXPECT_EQ(::write(errors_.childs.get(), "odd\n", 4), 4);
      complaint_ = false;
    }
    const std::size_t count = std::min(size, replies_.size());
    std::memcpy(buffer, replies_.data(), count);
    replies_.erase(0, count);
    eventfd_t unused;
    if (replies_.empty()) {
      ::eventfd_read(ready_.get(), &unused);
    }
    return {process::Transfer::State::moved, count};
  }
  process::ChildExit exit() override { return {}; }
  void stop(const process::StopPolicy&, TimePoint, process::ProcessTable&) override {
    ended_ = true;
  }
  void proceed(TimePoint, process::ProcessTable&) override {}
  TimePoint wake_at() const override { return kNoDeadline; }
  bool ended() const override { return ended_; }

 private:
  void take(const std::string& line) {
    if (line.rfind("hello", 0) == 0) {
      replies_ += "hello 1\n";
    } else if (line.rfind("request ", 0) == 0) {
      lines_ = "reply " + line.substr(8, 16) + " 0\n";
    } else if (line.rfind("end ", 0) == 0) {
      replies_ += lines_ + line + "\n";
      complaint_ = lines_.find("line arg complain\n") != lines_.npos;
    } else {
      lines_ += "line " + line + "\n";
    }
  }

  int& open_;
  UniqueFd ready_;
  std::string requests_;
  std::string lines_;
  std::string replies_;
  process::Pipe errors_;
  bool complaint_ = false;
  bool ended_ = false;
};

class EchoTransport final : public WorkerTransport {
 public:
  explicit EchoTransport(int& open) : open_(open) {}
  Result<std::unique_ptr<WorkerChannel>> open() override {
    if (open_ >= 2) {
      return failure("no more than two");
    }
    return std::make_unique<EchoChannel>(open_);
  }

 private:
  int& open_;
};

class PoolTransport : public process::ProcessTest {
 protected:
  void SetUp() override {
    process::ProcessTest::SetUp();
    PoolOptions options;
    options.most = 2;
    options.close_grace = milliseconds(10);
    pool_ = *Pool::create(options, std::make_unique<EchoTransport>(open_));
    request_.call = "run";
    request_.arguments = arguments_;
  }
  void TearDown() override {
    pool_.reset();
    EXPECT_EQ(open_, 0);
    process::ProcessTest::TearDown();
  }

  int open_ = 0;
  std::array<std::string_view, 1> arguments_{"any"};
  WorkerRequest request_;
  std::unique_ptr<Pool> pool_;
};

TEST_F(PoolTransport, CarriesCalls) {
  for (int i = 0; i < 10; ++i) {
    const process::RunResult result = pool_->call(request_, process::kGenerous);
    EXPECT_EQ(result.outcome.cause, process::Cause::ok) << result.outcome.detail;
    EXPECT_EQ(result.outcome.pid, 0);
    EXPECT_EQ(result.output, "arg any\n");
  }
  EXPECT_EQ(open_, 1);
}

TEST_F(PoolTransport, HandsOnWhatIsWrittenToStandardErrorWithTheReply) {
  arguments_ = {"complain"};
  EXPECT_EQ(pool_->call(request_, process::kGenerous).error, "odd\n");
  arguments_ = {"any"};
  EXPECT_EQ(pool_->call(request_, process::kGenerous).error, "") << "not that of an earlier call";
}

TEST_F(PoolTransport, CarriesManyAtOnce) {
  int right = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool_->submit(request_, process::kGenerous,
                              [&](Pool::JobId, const process::RunResult& result) {
                                right += result.output == "arg any\n" ? 1 : 0;
                              }));
  }
  EXPECT_TRUE(pool_->run_until(after(Clock::now(), process::kGenerous)));
  EXPECT_EQ(right, 100);
  EXPECT_LE(open_, 2);
}

TEST_F(PoolTransport, EndsThem) {
  EXPECT_EQ(pool_->call(request_, process::kGenerous).outcome.cause, process::Cause::ok);
  pool_->stop_all();
  EXPECT_TRUE(pool_->run_until(after(Clock::now(), process::kGenerous)));
  EXPECT_EQ(open_, 0);
}

}  // namespace
}  // namespace kamexec::pool
