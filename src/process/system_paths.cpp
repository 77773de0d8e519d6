// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/system_paths.h"

#include <glob.h>

#include <iterator>

namespace kamexec::process {
namespace {

/// Programs, interpreters, libraries, and the data that belongs to them.
constexpr const char* kRun[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

constexpr const char* kRead[] = {
    // Of /etc what the C library and interpreters ask for, and no file with a password in it: the
    // directory as a whole has Kamailio's own.
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group",
    "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/gai.conf", "/etc/services",
    "/etc/protocols", "/etc/networks", "/etc/localtime", "/etc/timezone", "/etc/locale.alias",
    "/etc/mime.types", "/etc/terminfo", "/etc/alternatives", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/ca-certificates.conf",
    // Of Fedora and its kin.
    "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust",
    "/etc/crypto-policies",
    // Debian's interpreters keep there what they load at their start.
    "/etc/perl",
    // Randomness.
    "/dev/random", "/dev/urandom"};

/// Where the version is part of the name.
constexpr const char* kReadPatterns[] = {"/etc/python[0-9]*", "/etc/java-*-openjdk"};

constexpr const char* kWrite[] = {"/dev/null", "/dev/zero", "/dev/full"};

}  // namespace

SystemPaths system_paths() {
  SystemPaths paths{{std::begin(kRun), std::end(kRun)},
                    {std::begin(kRead), std::end(kRead)},
                    {std::begin(kWrite), std::end(kWrite)}};
  for (const char* pattern : kReadPatterns) {
    glob_t found = {};
    if (::glob(pattern, 0, nullptr, &found) == 0) {
      paths.read.insert(paths.read.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
  }
  return paths;
}

}  // namespace kamexec::process
