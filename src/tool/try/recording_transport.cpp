// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/try/recording_transport.h"

#include <utility>

namespace kamexec::tool {
namespace {

class TappedChannel final : public pool::WorkerChannel {
 public:
  TappedChannel(std::unique_ptr<pool::WorkerChannel> inner, std::shared_ptr<Exchange> exchange)
      : inner_(std::move(inner)), exchange_(std::move(exchange)) {}

  [[nodiscard]] pid_t pid() const override { return inner_->pid(); }
  [[nodiscard]] int fd(End end) const override { return inner_->fd(end); }
  void close(End end) override { inner_->close(end); }
  [[nodiscard]] process::Transfer send(std::string_view bytes) override {
    const process::Transfer sent = inner_->send(bytes);
    exchange_->add(ExchangedLine::From::server, bytes.substr(0, sent.bytes));
    return sent;
  }
  [[nodiscard]] process::Transfer receive(char* buffer, std::size_t size) override {
    const process::Transfer received = inner_->receive(buffer, size);
    exchange_->add(ExchangedLine::From::worker, {buffer, received.bytes});
    return received;
  }
  [[nodiscard]] process::ChildExit exit() override { return inner_->exit(); }
  void stop(const process::StopPolicy& policy, TimePoint now,
            process::ProcessTable& table) override {
    inner_->stop(policy, now, table);
  }
  void proceed(TimePoint now, process::ProcessTable& table) override {
    inner_->proceed(now, table);
  }
  [[nodiscard]] TimePoint wake_at() const override { return inner_->wake_at(); }
  [[nodiscard]] bool ended() const override { return inner_->ended(); }

 private:
  std::unique_ptr<pool::WorkerChannel> inner_;
  std::shared_ptr<Exchange> exchange_;
};

class TappedTransport final : public pool::WorkerTransport {
 public:
  TappedTransport(std::unique_ptr<pool::WorkerTransport> inner, std::shared_ptr<Exchange> exchange)
      : inner_(std::move(inner)), exchange_(std::move(exchange)) {}

  [[nodiscard]] Result<std::unique_ptr<pool::WorkerChannel>> open() override {
    Result<std::unique_ptr<pool::WorkerChannel>> channel = inner_->open();
    if (!channel) {
      return channel;
    }
    return std::make_unique<TappedChannel>(std::move(*channel), exchange_);
  }

 private:
  std::unique_ptr<pool::WorkerTransport> inner_;
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

void Exchange::add(ExchangedLine::From from, std::string_view bytes) {
  cut_ = cut_ || size_ + bytes.size() > kMostBytes;
  if (cut_) {
    return;
  }
  size_ += bytes.size();
  bool& open = open_[static_cast<std::size_t>(from)];
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (!open || lines_.empty() || lines_.back().from != from) {
      lines_.push_back({from, {}});
    }
    lines_.back().text += bytes.substr(0, end);
    open = end == bytes.npos;
    bytes = open ? std::string_view() : bytes.substr(end + 1);
  }
}

std::vector<ExchangedLine> Exchange::lines() const {
  std::vector<ExchangedLine> all = lines_;
  if (cut_) {
    all.push_back({ExchangedLine::From::worker, "(further lines are not shown)"});
  }
  return all;
}

std::unique_ptr<pool::WorkerTransport> recording(std::unique_ptr<pool::WorkerTransport> inner,
                                                 std::shared_ptr<Exchange> into) {
  return std::make_unique<TappedTransport>(std::move(inner), std::move(into));
}

}  // namespace kamexec::tool
