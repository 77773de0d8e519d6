// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>

#include "base/printable.h"
#include "tool/bench/report.h"
#include "tool/terminal.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kShown = 200;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 100 ? "%.1f" : "%.0f", value);
  return text;
}

std::string cell(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

/// "2.24 times as fast", "+4.4 %": how ours stands to @p other.
std::string comparison(double ours, const Figures& other, bool colours) {
  const double ratio = other.median_us / ours;
  char text[64];
  if (other.name == "bare") {
    std::snprintf(text, sizeof text, ratio < 0.5 ? "kamexec takes %.1f of it" : "kamexec %+.1f %%",
                  ratio < 0.5 ? 1 / ratio : (1 / ratio - 1) * 100);
    return text;
  }
  std::snprintf(text, sizeof text, "kamexec is %.2f times as fast", ratio);
  return styled(text, ratio >= 1 ? Style::good : Style::notable, colours);
}

}  // namespace

std::string bench_text(const Measured& measured, bool colours) {
  std::string text = styled(printable(measured.title, kShown), Style::bold, colours) + "\n" +
                     std::to_string(measured.rounds) + " rounds of " +
                     std::to_string(measured.calls) + " calls each, in turns; medians\n\n";
  std::size_t width = 0;
  for (const Figures& one : measured.subjects) {
    width = std::max(width, one.what.size());
  }
  const double ours = measured.subjects.front().median_us;
  text +=
      styled(std::string(width, ' ') + cell("us", 10) + cell("quartiles", 18) + cell("calls/s", 11),
             Style::dim, colours) +
      "\n";
  for (const Figures& one : measured.subjects) {
    const std::string quartiles =
        number(one.first_quartile_us) + ".." + number(one.third_quartile_us);
    text += one.what + std::string(width - one.what.size(), ' ') + cell(number(one.median_us), 10) +
            cell(quartiles, 18) + cell(std::to_string(static_cast<long>(1e6 / one.median_us)), 11);
    if (&one != &measured.subjects.front()) {
      text += "   " + comparison(ours, one, colours);
    }
    text += "\n";
  }
  for (const std::string& note : measured.notes) {
    text += "\nnote: " + printable(note, kShown) + "\n";
  }
  return text;
}

}  // namespace kamexec::tool
