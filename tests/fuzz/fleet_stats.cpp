// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as what a daemon of the fleet says of itself: what is taken for it can be read and
// written by whoever shows it, without calling itself too deep.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fleet/census.h"

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (kamexec::fleet::is_stats(bytes)) {
    const auto read = nlohmann::json::parse(bytes);
    require(read["name"] == "kamexec");
    static_cast<void>(read.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return 0;
}
