// SPDX-License-Identifier: GPL-2.0-or-later
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "tool/commands.h"
#include "tool/service/queue_client.h"
#include "tool/service/service_client.h"

namespace kamexec::tool {
namespace {

constexpr std::size_t kListed = 100;  // notifications, where nothing else is said

void add_filters(CLI::App& command, QueueOptions& options) {
  command.add_option("--program", options.program, "Only those of this program");
  command
      .add_option("--state", options.state, "Only those that are waiting, running, done or dead")
      ->check(CLI::IsMember({"waiting", "running", "done", "dead"}));
}

void add_place(CLI::App& command, QueueOptions& options) {
  command.add_option("--after", options.after, "Only those with a number above this one")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--most", options.most, "So many at the most")->check(CLI::PositiveNumber);
}

void add_ids(CLI::App& command, QueueOptions& options) {
  command.add_option("ids", options.ids, "Their ids, as list shows them");
  command.add_flag("--all", options.all, "All notifications of all programs");
}

using Action = Tried<int> (*)(const QueueOptions& options);

CLI::App* add_action(CLI::App& queue, int& status, const char* name, const char* description,
                     Action action, const std::shared_ptr<QueueOptions>& options) {
  CLI::App* command = queue.add_subcommand(name, description);
  add_socket_option(*command, options->service);
  command->callback([options, &status, action] {
    const Tried<int> done = action(*options);
    status =
        done ? *done
             : report_failure(options->service, "queue", done.error().error, done.error().status);
  });
  return command;
}

void add_json(CLI::App& command, QueueOptions& options) {
  command.add_flag("--json", options.service.json, "Write one JSON object");
}

}  // namespace

void add_queue_command(CLI::App& app, int& status) {
  CLI::App* queue = app.add_subcommand("queue", "The notifications that kamexecd has stored");
  queue->require_subcommand(1);

  auto options = std::make_shared<QueueOptions>();
  options->most = kListed;
  CLI::App* command =
      add_action(*queue, status, "list", "Shows notifications in a table", list_queue, options);
  add_filters(*command, *options);
  add_place(*command, *options);
  command->get_option("--most")->capture_default_str();
  add_json(*command, *options);

  options = std::make_shared<QueueOptions>();
  command = add_action(*queue, status, "show", "Shows all of one notification", show_notification,
                       options);
  command->add_option("id", options->ids, "Its id, as list shows it")->required()->expected(1);
  add_json(*command, *options);

  options = std::make_shared<QueueOptions>();
  command =
      add_action(*queue, status, "retry",
                 "Has notifications tried at once, also those that are dead", retry_queue, options);
  add_ids(*command, *options);
  add_filters(*command, *options);
  add_json(*command, *options);

  options = std::make_shared<QueueOptions>();
  command = add_action(*queue, status, "drop", "Forgets notifications", drop_queue, options);
  add_ids(*command, *options);
  add_filters(*command, *options);
  command->add_flag("--yes", options->yes, "Do not ask whether a selection is to go");
  add_json(*command, *options);

  options = std::make_shared<QueueOptions>();
  command = add_action(*queue, status, "export", "Writes notifications as JSON Lines", export_queue,
                       options);
  add_filters(*command, *options);
  add_place(*command, *options);
  command->add_option("--output", options->output,
                      "A file, written whole or not at all [standard output]");
}

}  // namespace kamexec::tool
