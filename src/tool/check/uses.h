// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "command/template.h"
#include "tool/check/assessment.h"

namespace kamexec::tool::check {

/// Where the template's parts and the places of a finding in it stand in the configuration.
class TemplateLocations {
 public:
  /// @p argument: the constant that @p parts was split from.
  TemplateLocations(const Argument& argument, const command::CommandTemplate& parts,
                    SourceLocation otherwise);

  /// Of the part's first byte.
  [[nodiscard]] SourceLocation of_part(std::size_t part) const;
  /// Of a line and a column in the template's text, as a Finding has them.
  [[nodiscard]] SourceLocation of_text(unsigned line, unsigned column) const;

 private:
  struct Mark {
    unsigned line = 1;
    unsigned column = 1;
    SourceLocation location;
  };
  std::vector<Mark> marks_;          ///< one for each byte and each variable, in order
  std::vector<std::size_t> firsts_;  ///< the mark of each part
  SourceLocation otherwise_;
};

/// Each variable of the text and its risk when its value is pasted. In order. @p checks: that the
/// script has made before.
[[nodiscard]] std::vector<Use> uses_of(const command::CommandTemplate& parts,
                                       const TemplateLocations& locations,
                                       const std::vector<VariableCheck>& checks,
                                       const Surroundings& surroundings);

/// "=~ "^[0-9]+$" at kamailio.cfg:12"
[[nodiscard]] std::string words_of(const VariableCheck& check, const Configuration& configuration);

/// The R-URI that the stock module adds to exec_dset's command, in single quotes as it is.
[[nodiscard]] Use added_uri(SourceLocation location);

/// A variable that is evaluated into a text built at run time.
[[nodiscard]] Use built_use(const std::string& variable, SourceLocation location,
                            const Surroundings& surroundings);

}  // namespace kamexec::tool::check
