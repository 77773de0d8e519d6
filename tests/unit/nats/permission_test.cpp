// SPDX-License-Identifier: GPL-2.0-or-later
// What the server doesn't permit.
#include "link_fixture.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;

class PermissionTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    ASSERT_TRUE(server_.start()) << server_.log();
  }
  LinkOptions options_for(const std::string& user) {
    LinkOptions options = TestLink::options_for({server_.url()});
    options.user = user;
    options.password_file = server_.directory().write(user + ".password", "secret\n");
    options.inbox = "_INBOX." + user;
    return options;
  }
  NatsServer server_{R"(
    authorization {
      users: [
        {user: caller, password: secret, permissions: {
          publish: ["call.yes", "_INBOX.caller.>"], subscribe: "_INBOX.caller.>"}}
        {user: mute, password: secret, permissions: {
          publish: "call.yes", subscribe: "_INBOX.mute.>"}}
        {user: worker, password: secret}
      ]
    })"};
};

TEST_F(PermissionTest, ARequestThatIsNotPermittedFailsAtOnceAndOthersDoNot) {
  TestLink caller(options_for("caller"));
  TestLink worker(options_for("worker"));
  ASSERT_TRUE(caller.connects()) << caller->state().trouble;
  ASSERT_TRUE(worker.connects());
  static_cast<void>(worker.echo("call.*"));
  ASSERT_TRUE(worker.is_known());
  const auto no = caller.request({.subject = "call.no", .payload = "x"});
  const auto yes = caller.request({.subject = "call.yes", .payload = "y"});
  ASSERT_TRUE(
      caller.until([&] { return TestLink::is_over(*no) && TestLink::is_over(*yes); }, worker));
  EXPECT_EQ(no->failure, Failure::not_permitted);
  EXPECT_THAT(no->detail, HasSubstr("call.no"));
  EXPECT_EQ(yes->payload, "y");
  EXPECT_THAT(caller->state().trouble, HasSubstr("call.no"));
  EXPECT_TRUE(caller->state().connected);
  EXPECT_EQ(worker.echoed(), 1);
}

TEST_F(PermissionTest, ASubscriptionThatIsNotPermittedIsTold) {
  TestLink caller(options_for("caller"));
  ASSERT_TRUE(caller.connects());
  const SubscriptionId id = caller->subscribe("call.>", "", [](const Incoming&) {});
  EXPECT_TRUE(caller.until([&] {
    return caller->state().trouble.find("call.>") != std::string::npos;
  })) << caller->state().trouble;
  bool done = false;
  caller->unsubscribe(id, [&] { done = true; });
  EXPECT_TRUE(caller.until([&] { return done; }));
  EXPECT_EQ(caller->state().connections, 1U);
}

TEST_F(PermissionTest, WhoMayNotWriteToTheOwnInboxIsPingedAllTheSame) {
  LinkOptions options = options_for("mute");
  options.idle = std::chrono::milliseconds(1);
  options.idle_answer = kPatience;
  TestLink caller(options);
  TestLink worker(options_for("worker"));
  ASSERT_TRUE(caller.connects());
  ASSERT_TRUE(worker.connects());
  static_cast<void>(worker.echo("call.*"));
  ASSERT_TRUE(worker.is_known());
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  const auto ended = caller.request({.subject = "call.yes", .payload = "x"});
  ASSERT_TRUE(caller.until([&] { return TestLink::is_over(*ended); }, worker));
  EXPECT_EQ(ended->payload, "x");
  const SubscriptionId id = caller->subscribe("_INBOX.mute.a", "", [](const Incoming&) {});
  bool done = false;
  caller->unsubscribe(id, [&] { done = true; });
  EXPECT_TRUE(caller.until([&] { return done; }));
  EXPECT_EQ(caller->state().trouble, "");
}

}  // namespace
}  // namespace kamexec::nats
