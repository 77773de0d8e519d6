// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/check/uses.h"

#include <algorithm>

#include "command/scan.h"
#include "command/symbols.h"
#include "tool/check/variable_checks.h"

namespace kamexec::tool::check {
namespace {

bool holds(const std::vector<int>& values, int variable) {
  return std::find(values.begin(), values.end(), variable) != values.end();
}

bool in_substitution(const command::Scan& scan, int variable) {
  const auto in_any = [&](const std::vector<command::ScannedWord>& words) {
    return std::any_of(words.begin(), words.end(), [&](const command::ScannedWord& word) {
      return holds(word.inner, variable);
    });
  };
  const auto in_file = [&](const command::Redirected& redirected) {
    return holds(redirected.file.inner, variable);
  };
  return std::any_of(
      scan.commands.begin(), scan.commands.end(), [&](const command::SimpleCommand& command) {
        return in_any(command.words) || in_any(command.assignments) || in_any(command.elements) ||
               std::any_of(command.files.begin(), command.files.end(), in_file);
      });
}

bool is_input(const command::Scan& scan, int variable) {
  const auto in_word = [&](const command::ScannedWord& word) {
    return holds(word.inner, variable) ||
           std::any_of(word.parts.begin(), word.parts.end(),
                       [&](const command::WordPart& part) { return part.value == variable; });
  };
  const auto in_input = [&](const auto& command) {
    return std::any_of(command.input.begin(), command.input.end(), in_word);
  };
  return std::any_of(scan.commands.begin(), scan.commands.end(), in_input) ||
         std::any_of(scan.groups.begin(), scan.groups.end(), in_input);
}

/// Absent: the text can't be read for certain.
std::optional<Context> context_of(const command::Scan& scan, int variable) {
  bool is_refused = false;
  for (const command::ScanError& error : scan.errors) {
    if (error.variable < 0) {
      return std::nullopt;
    }
    is_refused = is_refused || error.variable == variable;
  }
  const command::Spot spot = scan.spots[static_cast<std::size_t>(variable)];
  const bool input = is_input(scan, variable);
  switch (spot) {
    case command::Spot::unquoted:
      return Context::unquoted;
    case command::Spot::double_quoted:
      return input                         ? Context::here_document
             : is_refused && scan.computes ? Context::arithmetic
                                           : Context::double_quotes;
    case command::Spot::single_quoted:
      return Context::single_quotes;
    case command::Spot::comment:
      // A quoted here-document is not read any further than its end, as a comment isn't.
      return input && is_refused ? Context::quoted_here_document : Context::comment;
  }
  return std::nullopt;
}

/// Whether the text before part @p part ends in a backslash that counts.
bool after_backslash(const command::CommandTemplate& parts, std::size_t part) {
  if (part == 0 || parts[part - 1].is_variable) {
    return false;
  }
  const std::string& text = parts[part - 1].text;
  const std::size_t last = text.find_last_not_of('\\');
  return (text.size() - (last == std::string::npos ? 0 : last + 1)) % 2 == 1;
}

std::string location_words(const Configuration& configuration, SourceLocation location) {
  return configuration.file_of(location) + ":" + std::to_string(location.line);
}

/// What is known of the variable by itself: its origin, or that of what is assigned to it.
Use use_of(const std::string& variable, SourceLocation location, const Surroundings& surroundings) {
  Use use;
  use.variable = variable;
  use.location = location;
  use.origin = variables::origin_of(variable);
  std::vector<std::string_view> sources = variables::parameter_variables(variable);
  sources.push_back(variable);
  for (const std::string_view source : sources) {
    if (use.origin.control != variables::Control::unknown) {
      break;
    }
    const auto taint = surroundings.taints.find(variables::base_name(source));
    if (taint != surroundings.taints.end()) {
      use.origin = taint->second.origin;
      use.traced = "assigned from " + taint->second.source + " at " +
                   location_words(surroundings.configuration, taint->second.location);
    }
  }
  return use;
}

Level level_of(const Use& use) {
  switch (use.origin.control) {
    case variables::Control::limited:
      return Level::limited;
    case variables::Control::unknown:
      return Level::possible;
    case variables::Control::caller:
      break;
  }
  const bool reaches = !use.context || can_break_out(use.origin.form, *use.context);
  return reaches ? Level::danger : Level::possible;
}

/// What @p check leaves of the risk: letters still name variables where a shell computes.
void lower(Use& use, const VariableCheck& check, const Configuration& configuration) {
  const bool is_harmless =
      check.bytes == MatchedBytes::digits || (use.context && *use.context != Context::arithmetic);
  if (is_harmless && use.level > Level::limited) {
    use.level = Level::limited;
    use.value.clear();
    use.checked = words_of(check, configuration);
  }
}

}  // namespace

std::string words_of(const VariableCheck& check, const Configuration& configuration) {
  return "=~ \"" + check.pattern + "\" at " + location_words(configuration, check.location);
}

std::vector<Use> uses_of(const command::CommandTemplate& parts, const TemplateLocations& locations,
                         const std::vector<VariableCheck>& checks,
                         const Surroundings& surroundings) {
  const auto is_variable = [](const command::TemplatePart& part) { return part.is_variable; };
  const auto count =
      static_cast<std::size_t>(std::count_if(parts.begin(), parts.end(), is_variable));
  const command::Scan scanned = command::scan(command::symbols_of(parts), count);
  std::vector<Use> uses;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    if (!parts[part].is_variable) {
      continue;
    }
    const auto variable = static_cast<int>(uses.size());
    Use use = use_of(parts[part].text, locations.of_part(part), surroundings);
    use.context = context_of(scanned, variable);
    use.in_substitution = in_substitution(scanned, variable);
    use.level = level_of(use);
    if (use.context && use.origin.control == variables::Control::caller) {
      use.value = break_out_value(use.origin.form, *use.context, after_backslash(parts, part));
    }
    if (const VariableCheck* check = check_of(use.variable, checks)) {
      lower(use, *check, surroundings.configuration);
    }
    uses.push_back(std::move(use));
  }
  return uses;
}

Use added_uri(SourceLocation location) {
  Use use;
  use.variable = "the R-URI";
  use.location = location;
  use.origin = variables::origin_of("$ru");
  use.origin.what = "the stock module appends it";
  use.context = Context::single_quotes;
  use.value = break_out_value(use.origin.form, Context::single_quotes, false);
  use.level = Level::danger;
  return use;
}

Use built_use(const std::string& variable, SourceLocation location,
              const Surroundings& surroundings) {
  Use use = use_of(variable, location, surroundings);
  use.level = use.origin.control == variables::Control::caller ? Level::danger : Level::unseen;
  return use;
}

}  // namespace kamexec::tool::check
