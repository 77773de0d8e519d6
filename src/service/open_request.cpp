// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/open_request.h"

#include <utility>

#include "pool/words.h"

namespace kamexec::service {
namespace {

using pool::take_word;

/// What the variables of a request begin with. A client chooses the values that a program gets, not
/// which libraries or which start-up file it loads.
constexpr std::string_view kVariablePrefix = "SIP_";

}  // namespace

Result<void> OpenRequest::begin(Kind kind, std::string_view line, std::string_view words) {
  const std::string_view id = take_word(words);
  const std::string_view word = kind == Kind::call ? take_word(words) : words;
  if (!is_id(id) || !is_word(word)) {
    return out_of_step("sent a request without its words", line);
  }
  std::uint32_t time_left = 0;
  if (kind == Kind::call) {
    const auto number = pool::read_number(words, kMostMilliseconds);
    if (!number) {
      return out_of_step("sent a request without its milliseconds", line);
    }
    time_left = *number;
  }
  kind_ = kind;
  id_ = id;
  word_ = word;
  time_left_ = std::chrono::milliseconds(time_left);
  open_ = true;
  count(line.size());
  return {};
}

Result<void> OpenRequest::take(const pool::LineReader::Line& line, std::string_view field,
                               std::string_view rest) {
  count(line.text.size());
  if (line.cut) {
    refuse_length();
  }
  if (!refused_.empty()) {
    return {};
  }
  if (field == "arg") {
    return take_argument(line.text, rest);
  }
  if (kind_ == Kind::control) {
    return {};
  }
  if (field == "program") {
    return take_program(line.text, rest);
  }
  if (field == "env") {
    return take_variable(line.text, rest);
  }
  if (field == "uri") {
    return take_once(uri_, line.text, rest);
  }
  if (field == "message") {
    return take_once(message_, line.text, rest);
  }
  if (field == "input") {
    return take_once(input_, line.text, rest);
  }
  return {};  // of a later version
}

Result<void> OpenRequest::end(ClientMessages& to) {
  count(std::string_view("end ").size() + id_.size());
  if (!refused_.empty()) {
    to.on_refused(id_, refused_);
  } else if (kind_ == Kind::control) {
    tell_control(to);
  } else if (!program_.empty()) {
    to.on_call(call());
  } else {
    return failure("sent a request without a program");
  }
  forget();
  return {};
}

Result<CallRequest> OpenRequest::end_of_kept() {
  open_ = false;
  return refused_.empty() ? Result<CallRequest>(call()) : failure(refused_);
}

void OpenRequest::count(std::size_t line_size) {
  bytes_ += line_size + 1;
  if (bytes_ > limit_) {
    refuse_length();
  }
}

Result<void> OpenRequest::take_program(std::string_view line, std::string_view name) {
  if (!program_.empty() || !is_word(name)) {
    return out_of_step("sent a second program, or no name of one", line);
  }
  program_ = name;
  return {};
}

Result<void> OpenRequest::take_argument(std::string_view line, std::string_view text) {
  if (arguments_.size() == kMostArguments) {
    refuse("the request has more than " + std::to_string(kMostArguments) + " arguments");
    return {};
  }
  Place place;
  if (!values_.add(text, place)) {
    return out_of_step(kBadEscape, line);
  }
  arguments_.push_back(place);
  return {};
}

Result<void> OpenRequest::take_variable(std::string_view line, std::string_view text) {
  Place place;
  if (!variables_.add(text, place)) {
    return out_of_step(kBadEscape, line);
  }
  const std::string_view variable = variables_.view(place);
  if (variable.find('=') == variable.npos || variable.find('\0') != variable.npos) {
    return out_of_step("sent a variable without '=', or with a NUL in it", line);
  }
  if (variable.substr(0, kVariablePrefix.size()) != kVariablePrefix) {
    refuse("only variables whose names begin with " + std::string(kVariablePrefix) +
           " are taken, not " + pool::quoted_start(variable.substr(0, variable.find('='))));
  }
  return {};
}

Result<void> OpenRequest::take_once(std::optional<Place>& into, std::string_view line,
                                    std::string_view text) {
  if (into) {
    return out_of_step("sent a field a second time", line);
  }
  if (!values_.add(text, into.emplace())) {
    return out_of_step(kBadEscape, line);
  }
  return {};
}

void OpenRequest::refuse_length() {
  if (refused_.empty()) {
    refuse("the request is longer than " + std::to_string(limit_) + " bytes");
  }
}

void OpenRequest::refuse(std::string why) {
  refused_ = std::move(why);
  values_.clear();
  variables_.clear();
  arguments_.clear();
}

CallRequest OpenRequest::call() {
  CallRequest request;
  request.id = id_;
  request.call = word_;
  request.time_left = time_left_;
  request.program = program_;
  request.arguments = arguments();
  request.uri = view(uri_);
  request.variables = variables_.packed();
  request.message = view(message_);
  request.input = view(input_);
  return request;
}

void OpenRequest::tell_control(ClientMessages& to) {
  to.on_control({id_, word_, arguments()});
}

std::span<const std::string_view> OpenRequest::arguments() {
  views_.clear();
  views_.reserve(arguments_.size());
  for (const Place place : arguments_) {
    views_.push_back(values_.view(place));
  }
  return views_;
}

void OpenRequest::forget() {
  open_ = false;
  bytes_ = 0;
  refused_.clear();
  program_.clear();
  values_.clear();
  variables_.clear();
  arguments_.clear();
  uri_.reset();
  message_.reset();
  input_.reset();
  if (held() > kKept) {
    values_.release();
    variables_.release();
    std::vector<Place>().swap(arguments_);
    std::vector<std::string_view>().swap(views_);
  }
}

}  // namespace kamexec::service
