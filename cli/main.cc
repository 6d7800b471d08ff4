// SPDX-License-Identifier: Apache-2.0
// The tool `updraft`: puts the subcommands together, turns what the command
// line says into an exit code, and catches what libraries throw.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/version.h"

#include "cli/commands.h"
#include "cli/esp_enc_img_gen.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/usage.h"

namespace updraft {
namespace {

// Words separated by spaces, in lines of at most `width` columns.
std::string Wrapped(const std::string& words, std::size_t width) {
  std::string text;
  std::size_t column = 0;
  std::size_t start = 0;
  while (start < words.size()) {
    const std::size_t end = std::min(words.find(' ', start), words.size());
    const std::string word = words.substr(start, end - start);
    if (column == 0 || column + 1 + word.size() > width) {
      text += column == 0 ? "  " : "\n  ";
      column = 2;
    } else {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
    start = end + 1;
  }
  return text;
}

std::string Footer() {
  return "Exit codes: 0 accepted or done, 1 refused or failed, 2 wrong usage.\n\n"
         "Example: a device, an image, a server, an update\n"
         "  updraft device new board --rollback\n"
         "  updraft image make v1.bin --chip native --executable ./firmware --version 1.0.0\n"
         "  updraft device install board v1.bin && updraft boot board\n"
         "  updraft serve www --ca-out ca.pem --port 8070\n"
         "  updraft device update board --url https://localhost:8070/v2.bin --ca ca.pem\n"
         "  updraft device info board\n\n"
         "Reasons that --json may give:\n" +
         Wrapped(AllReasons(), 78);
}

// Whatever else is wrong with the line, who wrote that reads standard output.
bool AsksForJson(std::span<char* const> words) {
  const auto end = std::ranges::find_if(words, [](std::string_view word) { return word == "--"; });
  return std::any_of(words.begin(), end, [](std::string_view word) {
    return word == "--json" || word == "--json=true";
  });
}

int Explain(const CLI::App& app, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() != 0) return FailUsage(UsageSentence(app, error), json);
  if (const auto unknown = UnknownCommandSentence(app)) return FailUsage(*unknown, json);
  app.exit(error);
  return kExitDone;
}

using AddGroup = void (*)(CLI::App&, int&);

void AddManual(CLI::App& app, int& exit_code) {
  AddManualCommands(app, exit_code, UPDRAFT_VERSION);
}

constexpr struct {
  std::string_view name;
  AddGroup add;
} kGroups[] = {
    {"image", AddImageCommands},     {"partitions", AddPartitionsCommands},
    {"slots", AddSlotsCommands},     {"device", AddDeviceCommands},
    {"boot", AddBootCommand},        {"key", AddKeyCommands},
    {"gateway", AddGatewayCommands}, {"serve", AddServeCommand},
    {"demo", AddDemoCommand},        {"", AddManual},
};

// Only the group that is named first, if one is: to build all of them would cost any
// other process about a fiftieth of a small update.
void AddCommands(CLI::App& app, std::string_view first, int& exit_code) {
  const auto named = std::ranges::find_if(
      kGroups, [&](const auto& group) { return !first.empty() && group.name == first; });
  if (named != std::end(kGroups)) return named->add(app, exit_code);
  app.footer(Footer());
  for (const auto& group : kGroups) group.add(app, exit_code);
}

// A file that is opened in the place of a closed one would get what is printed there: an
// error in the flash of a device. What takes the place here fails as the closed one did.
bool HoldStandardStreams() {
  const auto hold = [](int stream) {
    const int other_way = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    return fcntl(stream, F_GETFD) >= 0 || open("/dev/null", other_way) == stream;
  };
  return hold(STDIN_FILENO) && hold(STDOUT_FILENO) && hold(STDERR_FILENO);
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Firmware updates for ESP devices: images, partition tables, virtual devices, "
      "and updates over HTTPS.",
      "updraft");
  app.set_version_flag("--version", "updraft " UPDRAFT_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<BriefFormatter>());
  int exit_code = kExitDone;
  AddCommands(app, argc > 1 ? argv[1] : "", exit_code);
  RefuseEmptyValues(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = Explain(app, error, AsksForJson({argv, static_cast<std::size_t>(argc)}));
  }
  if (!FlushOutput()) {
    PrintError(
        "expected to write all of the output, found standard output full or closed; free "
        "some space and try again.");
    return kExitFailed;
  }
  return exit_code;
}

}  // namespace

}  // namespace updraft

int main(int argc, char** argv) {
  if (!updraft::HoldStandardStreams()) return updraft::kExitFailed;
  try {
    if (updraft::IsEspEncImgGen(argc > 0 ? argv[0] : "")) {
      return updraft::RunEspEncImgGen(argc, argv);
    }
    return updraft::Run(argc, argv);
  } catch (const std::exception& error) {
    updraft::PrintError(
        fmt::format("expected to finish, found an unforeseen error ({}); please "
                    "report it.",
                    error.what()));
    return updraft::kExitFailed;
  }
}
