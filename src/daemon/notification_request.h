// SPDX-License-Identifier: GPL-2.0-or-later
// A notification as the call that it was, for what runs it or sends it on.
#pragma once

#include <string_view>
#include <vector>

#include "service/client_messages.h"
#include "stored/notification.h"

namespace kamexec::daemon {

/// All views, of the notification that it is made from. Stays where it was made.
class NotificationRequest {
 public:
  explicit NotificationRequest(const stored::Notification& notification)
      : arguments_(notification.arguments.begin(), notification.arguments.end()) {
    request_.id = notification.id;
    request_.call = notification.call;
    request_.program = notification.program;
    request_.arguments = arguments_;
    request_.uri = notification.uri;
    request_.variables = notification.variables;
    request_.message = notification.message;
    request_.input = notification.input;
  }
  NotificationRequest(const NotificationRequest&) = delete;
  NotificationRequest& operator=(const NotificationRequest&) = delete;

  [[nodiscard]] const service::CallRequest& request() const { return request_; }

 private:
  std::vector<std::string_view> arguments_;
  service::CallRequest request_;
};

}  // namespace kamexec::daemon
