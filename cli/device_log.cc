// SPDX-License-Identifier: Apache-2.0
// `updraft device log`: what the flight recorder has of a device, and the download
// that can be taken up.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "updraft/flight_recorder.h"

#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/timeline.h"
#include "src/update/journal.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct LogArguments {
  std::string folder;
  std::string html;
  bool json = false;
};

Json TextOrNull(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

class EntriesAsJson final : public FlightReader {
 public:
  void OnEntry(std::uint32_t serial, const FlightEntry& entry) override {
    const Status status = entry.status;
    const bool ended_badly = entry.outcome != FlightOutcome::kUpdated;
    const bool http = status.code() == Code::kHttpStatus;
    const bool tells = ended_badly && !http && status.detail() != 0;
    entries.push_back({{"serial", serial},
                       {"result", FlightOutcomeName(entry.outcome)},
                       {"reason", TextOrNull(entry.reason())},
                       {"found", TextOrNull(entry.found())},
                       {"stage", ended_badly ? Json(StageName(status.stage())) : Json(nullptr)},
                       {"code", ended_badly ? Json(CodeName(status.code())) : Json(nullptr)},
                       {"http_status", http ? Json(status.detail()) : Json(nullptr)},
                       {"detail", tells ? Json(status.detail()) : Json(nullptr)},
                       {"version", TextOrNull(entry.version())},
                       {"offset", entry.offset},
                       {"attempts", entry.attempts},
                       {"bytes_received", entry.received},
                       {"seconds", entry.seconds}});
  }
  Json entries = Json::array();
};

Json JournalJson(const Device& device) {
  const auto log = UpdateLog::Open(device);
  if (!log) return nullptr;
  const auto journal = ReadJournal(*log);
  if (!journal) return nullptr;
  const JournalStart& start = journal->start;
  const std::uint64_t offset = journal->offset + (start.encrypted ? kEncryptedHeaderSize : 0);
  return {{"slot_offset", start.slot_offset},
          {"encrypted", start.encrypted},
          {"offset", offset},
          {"length", start.file_length ? Json(*start.file_length) : Json(nullptr)},
          {"validator", TextOrNull(start.identity.view())}};
}

std::string Word(const Json& value) {
  return value.is_null() ? "-" : PrintableText(value.get<std::string>());
}

std::string Why(const Json& entry) {
  std::string why = Word(entry.at("reason"));
  if (!entry.at("http_status").is_null()) {
    why += fmt::format(" {}", entry.at("http_status").get<int>());
  }
  if (!entry.at("found").is_null()) why += ": " + Word(entry.at("found"));
  return why;
}

void Print(const Json& log) {
  if (log.at("entries").empty()) PrintLine("nothing is recorded yet");
  for (const Json& entry : log.at("entries")) {
    PrintLine(fmt::format("{:>5}  {:<11} {:<12} {:>10} bytes {:>2} attempts {:>5} s  {}",
                          entry.at("serial").get<std::uint32_t>(), Word(entry.at("result")),
                          Word(entry.at("version")),
                          entry.at("bytes_received").get<std::uint64_t>(),
                          entry.at("attempts").get<unsigned>(),
                          entry.at("seconds").get<std::uint32_t>(), Why(entry)));
  }
  const Json& journal = log.at("journal");
  if (journal.is_null()) return;
  PrintLine(fmt::format(
      "a download can be taken up at byte {} of {}", journal.at("offset").get<std::uint64_t>(),
      journal.at("length").is_null() ? "an unknown length"
                                     : std::to_string(journal.at("length").get<std::uint64_t>())));
}

int WritePage(const LogArguments& arguments, const Json& log) {
  std::vector<LoggedUpdate> entries;
  for (const Json& entry : log.at("entries")) {
    entries.push_back({.serial = entry.at("serial"),
                       .result = Word(entry.at("result")),
                       .version = Word(entry.at("version")),
                       .why = Why(entry),
                       .bytes = entry.at("bytes_received"),
                       .attempts = entry.at("attempts"),
                       .seconds = entry.at("seconds")});
  }
  const std::string page = TimelinePage(arguments.folder, LoadTimeline(arguments.folder), entries);
  if (const auto failure = WriteWholeFile(arguments.html, AsBytes(page))) return Fail(*failure);
  return kExitDone;
}

int Log(const LogArguments& arguments) {
  auto opened = OpenDevice(arguments.folder);
  if (!opened) return Fail(opened.failure(), arguments.json);
  const Device& device = (*opened)->device();
  EntriesAsJson reader;
  const Status read = ReadFlights(device, reader);
  if (read.code() == Code::kNotFound || read.code() == Code::kNoSpace) {
    return Fail({std::string(CodeName(read.code())),
                 fmt::format("{}: expected a partition 'updraft' (type 0x40, subtype 0x00) of at "
                             "least two sectors, found none in the partition table; make the "
                             "device with a table that has one.",
                             PrintableText(arguments.folder))},
                arguments.json);
  }
  if (!read.ok()) return Fail(FailureOf(read), arguments.json);
  const Json log{{"entries", reader.entries}, {"journal", JournalJson(device)}};
  if (!arguments.html.empty()) return WritePage(arguments, log);
  if (arguments.json) {
    PrintJson(log);
  } else {
    Print(log);
  }
  return kExitDone;
}

}  // namespace

void AddDeviceLog(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "log",
      "Prints what the flight recorder of a device has: how its last updates went, the oldest "
      "first, and why images were rolled back.",
      "updraft device log mydevice\nupdraft device log mydevice --json\n"
      "updraft device log mydevice --html update.html");
  const auto arguments = std::make_shared<LogArguments>();
  command->add_option("DIR", arguments->folder, "The device folder")->required();
  CLI::Option* const json = command->add_flag("--json", arguments->json, "Print one JSON object");
  command
      ->add_option("--html", arguments->html,
                   "Write a page that needs nothing else: bytes over time of the last 'device "
                   "update', its stalls and attempts, and the recorder's table")
      ->type_name("FILE")
      ->excludes(json);
  command->callback([arguments, &exit_code] { exit_code = Log(*arguments); });
}

}  // namespace updraft
