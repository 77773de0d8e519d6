// SPDX-License-Identifier: GPL-2.0-or-later
// A JetStream that says of each note what it was told to say.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "fleet/fake_link.h"

namespace kamexec::daemon {

class NoteStore {
 public:
  /// @p server must outlive it.
  explicit NoteStore(fleet::test::FakeServer& server) : server_(server) {}

  /// From now on there is one, which says @p text.
  void say(std::string text) {
    if (link_ == nullptr) {
      link_ = server_.connect();
      static_cast<void>(link_->subscribe("kx.note.*", "", [this](const nats::Incoming& message) {
        EXPECT_TRUE(link_->publish({.subject = message.reply(), .payload = said_}));
      }));
    }
    said_ = std::move(text);
  }
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  fleet::test::FakeServer& server_;
  std::unique_ptr<fleet::test::FakeLink> link_;
  std::string said_;
};

}  // namespace kamexec::daemon
