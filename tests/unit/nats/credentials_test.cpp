// SPDX-License-Identifier: GPL-2.0-or-later
// Who we are: each kind, what is wrong with it, and that files are read anew.
#include "link_fixture.h"
#include "test_key.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;

TEST(CredentialsTest, UserAndPassword) {
  SKIP_WITHOUT_NATS_SERVER();
  // What would end a string of JSON, too.
  NatsServer server("authorization { user: \"me\", password: 'se\"cr\\et' }");
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = TestLink::options_for({server.url()});
  options.user = "me";
  options.password_file = server.directory().write("password", "wrong\n");
  TestLink link(options);
  ASSERT_TRUE(link.until([&] { return !link->state().trouble.empty(); }));
  EXPECT_THAT(link->state().trouble, HasSubstr("uthorization"));
  EXPECT_FALSE(link->state().connected);
  // Read anew by each attempt.
  server.directory().write("password", "  se\"cr\\et \nmore\n");
  EXPECT_TRUE(link.connects()) << link->state().trouble;
}

TEST(CredentialsTest, Token) {
  SKIP_WITHOUT_NATS_SERVER();
  NatsServer server("authorization { token: \"s3cret\" }");
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = TestLink::options_for({server.url()});
  options.token_file = server.directory().write("token", "s3cret");
  TestLink link(options);
  EXPECT_TRUE(link.connects()) << link->state().trouble;
}

TEST(CredentialsTest, Nkey) {
  SKIP_WITHOUT_NATS_SERVER();
  const TestKey key(TestKey::Kind::user);
  const TestKey other(TestKey::Kind::user);
  NatsServer server("authorization { users: [ { nkey: " + key.public_key() + " } ] }");
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = TestLink::options_for({server.url()});
  options.nkey_file = server.directory().write("seed", other.seed() + "\n");
  TestLink link(options);
  ASSERT_TRUE(link.until([&] { return !link->state().trouble.empty(); }));
  EXPECT_THAT(link->state().trouble, HasSubstr("uthorization"));
  server.directory().write("seed", key.seed() + "\n");
  EXPECT_TRUE(link.connects()) << link->state().trouble;
}

TEST(CredentialsTest, CredentialsFile) {
  SKIP_WITHOUT_NATS_SERVER();
  const TestKey owner(TestKey::Kind::operators);
  const TestKey account(TestKey::Kind::account);
  const TestKey user(TestKey::Kind::user);
  const std::string limits =
      R"("limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,)"
      R"("conn":-1,"leaf":-1})";
  NatsServer server("operator: " + owner.token(owner, R"({"type":"operator","version":2})") +
                    "\nresolver: MEMORY\nresolver_preload { " + account.public_key() + ": " +
                    owner.token(account, "{" + limits + R"(,"type":"account","version":2})") +
                    " }");
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = TestLink::options_for({server.url()});
  options.credentials_file = server.directory().write(
      "creds",
      credentials_text(account.token(user, R"({"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,)"
                                           R"("type":"user","version":2})"),
                       user));
  TestLink link(options);
  EXPECT_TRUE(link.connects()) << link->state().trouble << server.log();
}

TEST(CredentialsTest, WhatCanNotBeUsedIsRefusedAtOnce) {
  const TestDirectory directory;
  const auto refused = [](LinkOptions options) {
    options.servers = {"nats://127.0.0.1:1"};
    return TestLink(options).error();
  };
  LinkOptions options;
  options.token_file = directory.path() + "/missing";
  EXPECT_THAT(refused(options), HasSubstr("/missing: No such file"));
  options.token_file = directory.write("empty", "\nx\n");
  EXPECT_THAT(refused(options), HasSubstr("its first line is empty"));
  options.token_file = directory.path();
  EXPECT_THAT(refused(options), HasSubstr(directory.path()));
  options = {};
  options.user = "me";
  EXPECT_THAT(refused(options), HasSubstr("a user needs a password file"));
  options = {};
  options.password_file = directory.write("password", "x");
  EXPECT_THAT(refused(options), HasSubstr("a user needs a password file"));
  options = {};
  options.nkey_file = directory.write("seed", "SUNOTASEED\n");
  EXPECT_THAT(refused(options), HasSubstr("/seed: it isn't a seed"));
  options = {};
  options.credentials_file = directory.write("creds", "nothing\n");
  EXPECT_THAT(refused(options), HasSubstr("as nsc writes them"));
  options.token_file = directory.write("token", "x");
  EXPECT_THAT(refused(options), HasSubstr("only one of"));
  options = {};
  options.tls_ca = directory.path() + "/no.pem";
  EXPECT_THAT(refused(options), HasSubstr("/no.pem: No such file"));
  options = {};
  options.tls_certificate = directory.write("certificate", "x");
  EXPECT_THAT(refused(options), HasSubstr("a certificate needs its key"));
  options = {};
  options.inbox = "a b";
  EXPECT_THAT(refused(options), HasSubstr("inbox"));
  EXPECT_THAT(TestLink(LinkOptions{}).error(), HasSubstr("no server is named"));
  EXPECT_THAT(TestLink("http://a").error(), HasSubstr("nats://HOST:PORT"));
}

}  // namespace
}  // namespace kamexec::nats
