// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace kamexec::tool {
namespace {

std::string_view sequence_of(Style style) {
  switch (style) {
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[32m";
    case Style::bad:
      return "\x1b[31m";
    case Style::notable:
      return "\x1b[33m";
    case Style::plain:
      break;
  }
  return "";
}

}  // namespace

bool colours_wanted() {
  const char* none = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (none == nullptr || *none == '\0') && kind != nullptr &&
         std::string_view(kind) != "dumb";
}

std::size_t terminal_width() {
  if (::isatty(STDOUT_FILENO) != 1) {
    return 0;
  }
  // 0 columns: a terminal that doesn't know (a serial line).
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string styled(std::string_view text, Style style, bool colours) {
  const std::string_view start = sequence_of(style);
  if (!colours || start.empty()) {
    return std::string(text);
  }
  return std::string(start).append(text).append("\x1b[0m");
}

}  // namespace kamexec::tool
