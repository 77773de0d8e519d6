// SPDX-License-Identifier: GPL-2.0-or-later
// TLS, with certificates that are made for the test.
#include <csignal>
#include <cstdlib>

#include "link_fixture.h"

namespace kamexec::nats {
namespace {

using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_NATS_SERVER();
    if (::access("/usr/bin/openssl", X_OK) != 0) {
      GTEST_SKIP() << "openssl isn't installed (scripts/setup engine-test)";
    }
    make_authority("ca");
    make_authority("other-ca");
    make_certificate("server", "DNS:localhost,IP:127.0.0.1");
    make_certificate("elsewhere", "DNS:elsewhere.example");
    make_certificate("client", "DNS:client");
  }

  static void run(const std::string& command) {
    ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
  }
  void make_authority(const std::string& name) const {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
        name + " -keyout " + file(name + ".key") + " -out " + file(name + ".pem"));
  }
  void make_certificate(const std::string& name, const std::string& names) const {
    const std::string extensions = files_.write(name + ".ext", "subjectAltName=" + names + "\n");
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name +
        " -keyout " + file(name + ".key") + " -out " + file(name + ".csr"));
    run("openssl x509 -req -days 2 -in " + file(name + ".csr") + " -CA " + file("ca.pem") +
        " -CAkey " + file("ca.key") + " -CAcreateserial -extfile " + extensions + " -out " +
        file(name + ".pem"));
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return files_.path() + "/" + name;
  }
  [[nodiscard]] std::string configuration(const std::string& name,
                                          const std::string& more = "") const {
    return "tls { cert_file: \"" + file(name + ".pem") + "\", key_file: \"" + file(name + ".key") +
           "\"" + more + " }";
  }
  [[nodiscard]] LinkOptions options_for(const NatsServer& server) const {
    LinkOptions options =
        TestLink::options_for({"tls://localhost:" + std::to_string(server.port())});
    options.tls_ca = file("ca.pem");
    return options;
  }
  static std::string trouble_of(const LinkOptions& options) {
    TestLink link(options);
    EXPECT_TRUE(link.until([&] { return !link->state().trouble.empty(); }));
    EXPECT_FALSE(link->state().connected);
    return link->state().trouble;
  }

  TestDirectory files_;
};

TEST_F(TlsTest, CallsGoThroughInAllSizes) {
  NatsServer server(configuration("server"));
  ASSERT_TRUE(server.start()) << server.log();
  TestLink link(options_for(server));
  ASSERT_TRUE(link.connects()) << link->state().trouble;
  static_cast<void>(link.echo("call"));
  for (const std::size_t size : {std::size_t{0}, std::size_t{300}, std::size_t{16'300},
                                 std::size_t{100'000}, std::size_t{1'000'000}}) {
    const std::string payload(size, 'x');
    std::vector<std::shared_ptr<Ended>> all;
    for (int i = 0; i < (size > 100'000 ? 1 : 10); ++i) {
      all.push_back(link.request({.subject = "call", .payload = payload}));
    }
    for (const auto& one : all) {
      ASSERT_TRUE(link.until([&] { return TestLink::is_over(*one); }));
      ASSERT_TRUE(one->answered) << size << " " << (one->failure ? in_words(*one->failure) : "")
                                 << link->state().trouble;
      ASSERT_EQ(one->payload.size(), size);
    }
  }
  EXPECT_EQ(link->state().connections, 1U);
}

TEST_F(TlsTest, AServerThatRequiresItGetsIt) {
  NatsServer server(configuration("server"));
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = options_for(server);
  options.servers = {"nats://127.0.0.1:" + std::to_string(server.port())};
  TestLink link(options);
  EXPECT_TRUE(link.connects()) << link->state().trouble;
}

TEST_F(TlsTest, AServerOfAnotherAuthorityIsRefused) {
  NatsServer server(configuration("server"));
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = options_for(server);
  options.tls_ca = file("other-ca.pem");
  EXPECT_THAT(trouble_of(options), HasSubstr("issuer"));
  options.tls_ca.clear();  // the system's
  EXPECT_THAT(trouble_of(options), HasSubstr("issuer"));
}

TEST_F(TlsTest, AServerOfAnotherNameIsRefused) {
  NatsServer server(configuration("elsewhere"));
  ASSERT_TRUE(server.start()) << server.log();
  EXPECT_THAT(trouble_of(options_for(server)), HasSubstr("ostname"));
}

TEST_F(TlsTest, AServerWithoutItIsRefused) {
  NatsServer server;
  ASSERT_TRUE(server.start()) << server.log();
  EXPECT_THAT(trouble_of(options_for(server)), HasSubstr("ecure"));
}

TEST_F(TlsTest, ACertificateOfOurs) {
  NatsServer server(configuration("server", ", ca_file: \"" + file("ca.pem") + "\", verify: true"));
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = options_for(server);
  EXPECT_FALSE(trouble_of(options).empty());
  options.tls_certificate = file("client.pem");
  options.tls_key = file("client.key");
  TestLink link(options);
  EXPECT_TRUE(link.connects()) << link->state().trouble;
}

TEST_F(TlsTest, DeadlinesPassWhileAServerIsFrozen) {
  NatsServer server(configuration("server"));
  ASSERT_TRUE(server.start()) << server.log();
  LinkOptions options = options_for(server);
  options.idle = kPatience;
  options.unsent_most = std::size_t{64} << 20;
  TestLink link(options);
  ASSERT_TRUE(link.connects()) << link->state().trouble;
  server.signal(SIGSTOP);
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) {
    // Where the server can't be waited for the connection is given up: that is told, too.
    if (!link->publish({.subject = "a", .payload = large})) {
      break;
    }
    link.turn(0);
  }
  const auto ended = link.request({.subject = "call"}, std::chrono::milliseconds(20));
  ASSERT_TRUE(link.until([&] { return TestLink::is_over(*ended); }));
  EXPECT_FALSE(ended->answered);
  server.signal(SIGCONT);
  EXPECT_TRUE(link.connects());
  EXPECT_TRUE(link.until([&] { return link->is_flushed(); }));
}

TEST_F(TlsTest, TheEndOfAServerIsFound) {
  NatsServer server(configuration("server"));
  ASSERT_TRUE(server.start()) << server.log();
  TestLink link(options_for(server));
  ASSERT_TRUE(link.connects()) << link->state().trouble;
  server.kill();
  EXPECT_TRUE(link.until([&] { return link->state().lost == 1; }));
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(link.connects());
}

}  // namespace
}  // namespace kamexec::nats
