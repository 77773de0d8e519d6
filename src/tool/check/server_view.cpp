// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/server_view.h"

#include <cstdlib>

#include "base/printable.h"
#include "command/argv.h"
#include "process/run.h"
#include "tool/check/read_configuration.h"
#include "tool/check/read_text.h"

extern "C" char** environ;

namespace kamexec::tool::check {
namespace {

constexpr auto kMostTime = std::chrono::seconds(10);

/// The status of a server that stops in an error, and from 5.7 on after --cfg-print in any case.
constexpr int kStopped = 255;

/// What `words` print, the first of which is the server's path; @p may_stop: with kStopped too.
Result<std::string> printed(std::vector<std::string> words, bool may_stop) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  process::ProgramStart start;
  start.program = argv.front();
  start.argv = argv.data();
  start.environment = environ;
  process::RunOptions options;
  options.timeout = kMostTime;
  options.capture_output = true;
  options.output_limit = kMostBytes;
  process::RunResult result = process::run(start, options);
  const bool stopped = may_stop && result.outcome.cause == process::Cause::nonzero_exit &&
                       result.outcome.exit_status == kStopped && result.error.empty() &&
                       !result.output.empty();
  if (result.outcome.cause != process::Cause::ok && !stopped) {
    std::string said = result.error.empty() ? result.outcome.detail : result.error;
    if (said.empty()) {
      said = "it printed nothing, exit status " + std::to_string(result.outcome.exit_status);
    }
    return failure(printable(said.substr(0, said.find('\n')), 300));
  }
  return std::move(result.output);
}

Result<std::string> preprocessed(const std::string& path, const CheckOptions& options) {
  // From 5.8 on a server leaves without writing what is in its buffers, unless it is told to.
  std::vector<std::string> words = {options.server, "--atexit=yes", "--cfg-print", "-f", path};
  for (const std::string& define : options.reading.defines) {
    words.insert(words.end(), {"-A", define});
  }
  return printed(std::move(words), options.server_version >= variables::ServerVersion(5, 7, 0));
}

bool same_call(const Call& one, const Call& other) {
  if (one.function != other.function || one.arguments.size() != other.arguments.size()) {
    return false;
  }
  for (std::size_t i = 0; i < one.arguments.size(); ++i) {
    if (one.arguments[i].text != other.arguments[i].text) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string find_server() {
  const char* path = std::getenv("PATH");
  return command::find_program("kamailio", std::string(path == nullptr ? "" : path) + ":/usr/sbin");
}

variables::ServerVersion server_version(const std::string& server) {
  constexpr std::string_view kBefore = "version: kamailio ";
  const Result<std::string> text = server.empty() ? failure("") : printed({server, "-v"}, false);
  if (!text || text->compare(0, kBefore.size(), kBefore) != 0) {
    return {};
  }
  const std::string_view version = std::string_view(*text).substr(kBefore.size());
  return variables::ServerVersion::read(version.substr(0, version.find(' ')))
      .value_or(variables::ServerVersion());
}

bool compare_with_server(Configuration& configuration, const std::string& path,
                         const CheckOptions& options) {
  const SourceLocation start;
  const Result<std::string> text = preprocessed(path, options);
  if (!text) {
    configuration.notes.push_back(
        {Note::Severity::comment, start,
         "the server's preprocessor could not be run: " + text.error().message});
    return false;
  }
  ReadOptions reading = options.reading;
  reading.follow_includes = false;
  const Configuration theirs =
      read_configuration_text(*text, "the server's preprocessed text", reading);
  const std::vector<Call>& ours = configuration.calls;
  std::size_t same = 0;
  while (same < ours.size() && same < theirs.calls.size() &&
         same_call(ours[same], theirs.calls[same])) {
    ++same;
  }
  if (same == ours.size() && same == theirs.calls.size()) {
    return true;
  }
  const SourceLocation at = same < ours.size() ? ours[same].location : start;
  configuration.notes.push_back(
      {Note::Severity::unseen, at,
       "the server's own preprocessor gives " + std::to_string(theirs.calls.size()) +
           " exec calls, this tool " + std::to_string(ours.size()) + ", the same up to number " +
           std::to_string(same) +
           ": this report may lack calls, or the server may have other ones"});
  return false;
}

}  // namespace kamexec::tool::check
