// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/check/server_view.h"

#include <cstdlib>

#include "cli/check/read_configuration.h"
#include "cli/check/read_text.h"
#include "command/argv.h"
#include "output/printable.h"
#include "process/run.h"

extern "C" char** environ;

namespace kamexec::check {
namespace {

constexpr auto kMostTime = std::chrono::seconds(10);

/// What `words` print, the first of which is the server's path.
Result<std::string> printed(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  ProgramStart start;
  start.program = argv.front();
  start.argv = argv.data();
  start.environment = environ;
  RunOptions options;
  options.timeout = kMostTime;
  options.capture_output = true;
  options.output_limit = kMostBytes;
  RunResult result = run(start, options);
  if (result.outcome.cause != Cause::ok) {
    std::string said = result.error.empty() ? result.outcome.detail : result.error;
    if (said.empty()) {  // 6.0.1 ends so, and what it printed is lost where that is no terminal
      said = "it printed nothing, exit status " + std::to_string(result.outcome.exit_status);
    }
    return failure(printable(said.substr(0, said.find('\n')), 300));
  }
  return std::move(result.output);
}

Result<std::string> preprocessed(const std::string& path, const CheckOptions& options) {
  std::vector<std::string> words = {options.server, "--cfg-print", "-f", path};
  for (const std::string& define : options.reading.defines) {
    words.insert(words.end(), {"-A", define});
  }
  return printed(std::move(words));
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
  return find_program("kamailio", std::string(path == nullptr ? "" : path) + ":/usr/sbin");
}

std::string server_version(const std::string& server) {
  constexpr std::string_view kBefore = "version: kamailio ";
  const Result<std::string> text = server.empty() ? failure("") : printed({server, "-v"});
  if (!text || text->compare(0, kBefore.size(), kBefore) != 0) {
    return {};
  }
  const std::size_t end = text->find_first_not_of("0123456789.", kBefore.size());
  return text->substr(kBefore.size(), end - kBefore.size());
}

bool compare_with_server(Configuration& configuration, const std::string& path,
                         const CheckOptions& options) {
  const Place start;
  const Result<std::string> text = preprocessed(path, options);
  if (!text) {
    configuration.notes.push_back(
        {Note::Severity::comment, start,
         "the server's preprocessor could not be asked: " + text.error().message});
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
  const Place at = same < ours.size() ? ours[same].place : start;
  configuration.notes.push_back(
      {Note::Severity::unseen, at,
       "the server's own preprocessor gives " + std::to_string(theirs.calls.size()) +
           " exec calls, this reader " + std::to_string(ours.size()) + ", the same up to number " +
           std::to_string(same) + ": calls may be missing here, or be other ones in the server"});
  return false;
}

}  // namespace kamexec::check
