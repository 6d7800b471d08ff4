// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <algorithm>

namespace updraft {

CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App* const command = parent.add_subcommand(name, description);
  std::string lines;
  std::size_t start = 0;
  while (start < example.size()) {
    const std::size_t end = std::min(example.find('\n', start), example.size());
    lines += "\n  " + example.substr(start, end - start);
    start = end + 1;
  }
  command->footer("Example:" + lines);
  return command;
}

}  // namespace updraft
