// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon answers of its queue: any bytes, read and shown. Nothing but printable ASCII
// comes of it.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tool/service/queue_pages.h"
#include "tool/service/queue_report.h"
#include "tool/service/status_report.h"

namespace {

using namespace kamexec::tool;

void require_harmless(const std::string& text) {
  for (const char c : text) {
    if (c != '\n' && (c < ' ' || c > '~')) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read_changed(answer));
  if (const auto status = status_text(answer, false)) {
    require_harmless(*status);
  }
  if (const auto page = read_queue_page(answer)) {
    require_harmless(queue_table(page->notifications, size % 120, false));
    for (const nlohmann::ordered_json& one : page->notifications) {
      require_harmless(notification_text(one, false));
      require_harmless(harmless_json(one, true));
    }
  }
  return 0;
}
