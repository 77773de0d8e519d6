// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is there whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace kamexec::tool {

/// Written beside its place, and put there by finish(): until then what was there stays. Without
/// finish() nothing is left, unless a signal ends the process: then PATH.XXXXXX. Only the user may
/// read it. A place that is a device, a directory or a
/// pipe is an error: it would be replaced.
class WholeFile {
 public:
  [[nodiscard]] static Result<WholeFile> create(const std::string& path);
  ~WholeFile();
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;

  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// When it returns, the file is on disk under its name. To be called once.
  [[nodiscard]] Result<void> finish();

 private:
  WholeFile(std::string path, std::string beside, UniqueFd file);

  std::string path_;
  std::string beside_;  ///< empty: moved to its place, or away
  UniqueFd file_;
};

}  // namespace kamexec::tool
