// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/commands.h"

namespace updraft {
namespace {

void Put(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

}  // namespace

void PrintLine(std::string_view line) {
  Put(stdout, line);
  Put(stdout, "\n");
}

void PrintJson(const nlohmann::ordered_json& object) {
  PrintLine(object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void PrintError(std::string_view sentence) {
  // First what was printed before it; whether that arrived, FlushOutput() tells.
  std::fflush(stdout);
  Put(stderr, fmt::format("updraft: {}\n", sentence));
}

void PrintWarning(std::string_view sentence) {
  Put(stderr, fmt::format("updraft: warning: {}\n", sentence));
}

void PrintNote(std::string_view sentence) { Put(stderr, fmt::format("updraft: {}\n", sentence)); }

int Fail(const Failure& failure, bool json) {
  PrintError(failure.message);
  if (json) PrintJson({{"reason", failure.reason}, {"message", failure.message}});
  return kExitFailed;
}

int FailUsage(std::string_view sentence, bool json) {
  Fail({"invalid_argument", std::string(sentence)}, json);
  return kExitUsage;
}

bool FlushOutput() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

bool IsTerminal(int descriptor) { return isatty(descriptor) == 1; }

bool WantsColor(int descriptor) {
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool able = terminal != nullptr && std::string_view(terminal) != "dumb";
  return IsTerminal(descriptor) && !refused && able;
}

std::size_t TerminalWidth(int descriptor) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace updraft
