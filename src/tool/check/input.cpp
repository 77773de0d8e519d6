// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/input.h"

#include <algorithm>
#include <utility>

namespace kamexec::tool::check {

void Input::push_file(std::string text, std::uint32_t file) {
  files_.push_back(layers_.size());
  layers_.push_back({std::move(text), 0, {file, 1, 1}, false});
}

bool Input::pop_file() {
  if (!files_.empty()) {
    layers_.resize(files_.back());
    files_.pop_back();
  }
  return !files_.empty();
}

bool Input::is_open(std::uint32_t file) const {
  return std::any_of(files_.begin(), files_.end(),
                     [&](std::size_t layer) { return layers_[layer].location.file == file; });
}

bool Input::push_expansion(std::string text, SourceLocation location) {
  drop_used_expansions();
  if (layers_.size() - files_.back() > kMostExpansions) {
    return false;
  }
  layers_.push_back({std::move(text), 0, location, true});
  return true;
}

int Input::peek(std::size_t ahead) const {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    const std::size_t left = layer.text.size() - layer.at;
    if (ahead < left) {
      return static_cast<unsigned char>(layer.text[layer.at + ahead]);
    }
    if (!layer.is_expansion) {
      break;
    }
    ahead -= left;
  }
  return kEnd;
}

void Input::drop_used_expansions() {
  while (!layers_.empty() && layers_.back().is_expansion &&
         layers_.back().at == layers_.back().text.size()) {
    layers_.pop_back();
  }
}

int Input::take() {
  drop_used_expansions();
  if (layers_.empty() || layers_.back().at == layers_.back().text.size()) {
    return kEnd;
  }
  Layer& layer = layers_.back();
  const char c = layer.text[layer.at++];
  if (!layer.is_expansion) {
    layer.location.column = c == '\n' ? 1 : layer.location.column + 1;
    layer.location.line += c == '\n' ? 1 : 0;
  }
  return static_cast<unsigned char>(c);
}

void Input::skip(std::size_t count) {
  for (; count > 0; --count) {
    static_cast<void>(take());
  }
}

SourceLocation Input::location() const {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    if (!layer.is_expansion || layer.at < layer.text.size()) {
      return layer.location;
    }
  }
  return {};
}

bool Input::next_is(const char* text) const {
  for (std::size_t i = 0; text[i] != '\0'; ++i) {
    if (peek(i) != static_cast<unsigned char>(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace kamexec::tool::check
