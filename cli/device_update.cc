// SPDX-License-Identifier: Apache-2.0
// `updraft device update`: updates a device from a URL, from outside, without a
// firmware running; by the code that firmware uses.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/flight_recorder.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/counting_flash.h"
#include "cli/device_commands.h"
#include "cli/device_folder.h"
#include "cli/given_key.h"
#include "cli/output.h"
#include "cli/policy.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "cli/text.h"
#include "cli/timeline.h"
#include "cli/token_key.h"
#include "ports/host/linux_system.h"
#include "ports/host/tls_files.h"
#include "ports/host/url_update.h"
#include "ports/host/url_words.h"

namespace updraft {
namespace {

struct UpdateArguments {
  DeviceToWrite device;
  UrlUpdateOptions update;
  std::vector<std::string> headers;
  std::string credentials;
  std::string key;
  TrialArguments trial;
  PolicyArguments policy;
  std::optional<std::uint64_t> deadline_seconds;
  std::optional<std::uint64_t> stall_seconds;
  std::optional<std::uint64_t> connect_seconds;
  std::optional<std::uint64_t> max_attempts;
  bool from_start = false;
  bool json = false;
};

// Stops at the deadline or at a signal, in the connection or between steps.
class Stopper {
 public:
  explicit Stopper(std::optional<std::uint64_t> seconds) {
    if (seconds) end_ = Clock::now() + std::chrono::seconds(*seconds);
  }
  bool late() const { return end_ && Clock::now() >= *end_; }
  bool should_stop() const { return StopAsked() || late(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> end_;
};

std::uint64_t NowMs() { return LinuxSystem().NowMs(); }

class UpdateObserver final : public Observer {
 public:
  UpdateObserver(FindingCollector& findings, const Stopper& stopper, TimelineRecorder& timeline)
      : findings_(&findings), stopper_(&stopper), timeline_(&timeline) {}

  void OnFinding(const Finding& finding) override { findings_->OnFinding(finding); }
  bool OnProgress(const Progress& progress) override {
    timeline_->OnProgress(NowMs(), progress);
    return findings_->OnProgress(progress) && !stopper_->should_stop();
  }
  bool OnRetry(const Retry& retry) override {
    timeline_->OnRetry(NowMs(), retry);
    return findings_->OnRetry(retry) && !stopper_->should_stop();
  }

 private:
  FindingCollector* findings_;
  const Stopper* stopper_;
  TimelineRecorder* timeline_;
};

const char* OptionOf(WrongOption::Which which) {
  switch (which) {
    case WrongOption::Which::kUrl: return "--url";
    case WrongOption::Which::kHeaders: return "--header";
    case WrongOption::Which::kProxy: return "--proxy";
  }
  return "";
}

const char* OptionOf(WrongTlsFile::Which which) {
  switch (which) {
    case WrongTlsFile::Which::kAuthorities: return "--ca";
    case WrongTlsFile::Which::kProxyAuthorities: return "--proxy-ca";
    case WrongTlsFile::Which::kCertificate: return "--cert";
    case WrongTlsFile::Which::kKey: return "--cert-key";
  }
  return "";
}

std::optional<Failure> Complete(UpdateArguments& arguments) {
  for (const std::string& header : arguments.headers) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return Failure{"invalid_argument",
                     fmt::format("--header: expected 'NAME: VALUE', found '{}'; correct it.",
                                 PrintableText(header))};
    }
    std::size_t value = colon + 1;
    while (value < header.size() && header[value] == ' ') ++value;
    arguments.update.headers.emplace_back(header.substr(0, colon), header.substr(value));
  }
  if (const auto wrong = JudgeRequestOptions(arguments.update)) {
    return Failure{"invalid_argument",
                   fmt::format("{}: expected {}, found {}; correct it.", OptionOf(wrong->which),
                               wrong->expected, PrintableText(wrong->found))};
  }
  if (!arguments.credentials.empty()) {
    const std::size_t colon = arguments.credentials.find(':');
    if (colon == std::string::npos || colon == 0) {
      return Failure{"invalid_argument",
                     "--user: expected USER:PASSWORD, found no user before a colon; give both."};
    }
    arguments.update.user = arguments.credentials.substr(0, colon);
    arguments.update.password = arguments.credentials.substr(colon + 1);
  }
  HostConnectionOptions& connection = arguments.update.connection;
  if (connection.certificate_file.empty() != connection.key_file.empty()) {
    return Failure{"invalid_argument",
                   "--cert and --cert-key: expected both or none, found one; give the other too."};
  }
  if (arguments.max_attempts) {
    arguments.update.retry.max_attempts = static_cast<std::uint32_t>(*arguments.max_attempts);
  }
  if (arguments.connect_seconds) {
    connection.connect_timeout = std::chrono::seconds(*arguments.connect_seconds);
  }
  if (arguments.stall_seconds) {
    connection.stall_timeout = std::chrono::seconds(*arguments.stall_seconds);
  }
  return arguments.policy.Complete();
}

const char* ResultOf(Status status) {
  if (status.ok()) return "updated";
  if (status.code() == Code::kHttpStatus && status.detail() == 304) return "not_modified";
  return FlightOutcomeName(FlightOutcomeOf(status)).data();
}

Failure Explain(Status status, const FindingCollector& findings, const UpdateArguments& arguments,
                const Stopper& stopper, const Restraint& restraint) {
  if (!restraint.stopped_by().empty()) return PolicyStops(restraint.stopped_by());
  // A pause that a signal ends is told as the policy's own stop.
  if (status.code() == Code::kCancelled && StopAsked()) return FailureOf(status);
  if (status.code() == Code::kCancelled && stopper.late() && !StopAsked()) {
    return {std::string(CheckReason(Check::kDeadline)),
            fmt::format("expected the update to end within {} s, found it unfinished; give it more "
                        "time with --deadline or look at the network.",
                        *arguments.deadline_seconds)};
  }
  return FailureOf(status, findings);
}

int Report(Status status, const Failure& failure, const UpdateArguments& arguments,
           const UrlUpdateReport& report, std::uint64_t operations) {
  const std::string result = ResultOf(status);
  const bool done = result == "updated" || result == "not_modified";
  std::string message = failure.message;
  if (result == "updated") {
    message = fmt::format("version {} is in {} and starts at the next boot.",
                          PrintableText(report.version), PrintableText(report.slot));
  } else if (result == "not_modified") {
    message = "the server has nothing new.";
  }
  if (arguments.json) {
    using Json = nlohmann::ordered_json;
    const auto text = [](const std::string& value) {
      return value.empty() ? Json(nullptr) : Json(value);
    };
    PrintJson({{"result", result},
               {"reason", status.ok() ? Json(nullptr) : Json(failure.reason)},
               {"message", message},
               {"bytes_received", report.bytes_received},
               {"resumed_from", report.resumed_from},
               {"bytes_written", report.bytes_written},
               {"flash_operations", operations},
               {"slot", text(report.slot)},
               {"version", text(report.version)}});
  } else if (done) {
    PrintLine(fmt::format("{}: {}", PrintableText(arguments.device.folder), message));
  }
  if (!done) PrintError(message);
  return done ? kExitDone : kExitFailed;
}

Failure NoTrial() {
  return {std::string(CodeName(Code::kInvalidState)),
          "expected a device with rollback, where new images are on trial, found one without; make "
          "it with --rollback, or leave --boot-attempts and --boot-deadline out."};
}

Failure Unusable(const WrongTlsFile& wrong) {
  return {std::string(CodeName(wrong.code)),
          fmt::format("{}: expected {}, found {}; give another file.", OptionOf(wrong.which),
                      PrintableText(wrong.expected), PrintableText(wrong.found))};
}

int Update(UpdateArguments& arguments) {
  if (const auto failure = Complete(arguments)) return FailUsage(failure->message, arguments.json);
  if (const auto wrong = JudgeTlsFiles(arguments.update.connection)) {
    return Report({wrong->code, Stage::kFetch}, Unusable(*wrong), arguments, {}, 0);
  }
  auto opened = OpenDeviceToWrite(arguments.device);
  if (!opened) {
    // Nothing was tried, but scripts read the same object.
    return Report({Code::kNotFound, Stage::kFlash}, opened.failure(), arguments, {}, 0);
  }
  GivenKey key;
  if (const auto failure = key.Open(arguments.key, *(*opened)->device().crypto)) {
    return Report({Code::kNotFound, Stage::kFlash}, *failure, arguments, {}, 0);
  }
  arguments.update.keys = key.keys();
  const DevicePolicy& policy = (*opened)->device().policy;
  if (arguments.trial.given() && !policy.rollback) {
    return Report({Code::kInvalidState, Stage::kUpdate}, NoTrial(), arguments, {}, 0);
  }
  if (arguments.trial.given()) arguments.update.trial = arguments.trial.Over(policy.trial);
  StopOnSignals();
  const Stopper stopper(arguments.deadline_seconds);
  arguments.update.connection.should_stop = [&stopper] { return stopper.should_stop(); };
  Device device = (*opened)->device();
  AssumeRunning(device);
  arguments.update.resume = !arguments.from_start;
  CountingFlash flash(*device.flash, LogRegion(device));
  device.flash = &flash;
  ProgressMeter meter = StandardErrorMeter("update");
  FindingCollector findings(&meter);
  TimelineRecorder timeline;
  UpdateObserver observer(findings, stopper, timeline);
  Restraint restraint(arguments.policy.settings, *device.system,
                      {.tell = PrintNote, .should_stop = arguments.update.connection.should_stop});
  if (arguments.policy.settings.restrains()) arguments.update.policy = &restraint;
  UrlUpdateReport report;
  const Status status = UpdateFromUrl(device, arguments.update, observer, report);
  meter.Finish();
  Timeline went = timeline.Finish(NowMs());
  went.url = UrlForPeople(arguments.update.url);
  went.result = ResultOf(status);
  went.version = report.version;
  if (went.result != "not_modified") StoreTimeline((*opened)->folder(), went);
  const Failure failure =
      status.ok() ? Failure{} : Explain(status, findings, arguments, stopper, restraint);
  return Report(status, failure, arguments, report, flash.operations());
}

void AddOptions(CLI::App& command, UpdateArguments& arguments) {
  UrlUpdateOptions& update = arguments.update;
  HostConnectionOptions& connection = update.connection;
  AddDeviceToWrite(command, arguments.device);
  command.add_option("--url", update.url, "Where the image is: https://...")->required();
  command.add_option("--ca", connection.ca_file, "Who is trusted (default: the system's store)")
      ->type_name("PEM");
  command
      .add_option(
          "--key", arguments.key,
          "What decrypts the image: PEM, pkcs11:..., or the HMAC key's file (default: the key of "
          "purpose HMAC_UP in eFuse)")
      ->type_name("KEY");
  command.add_option("--cert", connection.certificate_file, "Client certificate")->type_name("PEM");
  command.add_option("--cert-key", connection.key_file, "Its private key")->type_name("PEM");
  command
      .add_option("--proxy", connection.proxy,
                  "Go through this proxy; https_proxy, no_proxy... of the environment count "
                  "otherwise")
      ->type_name("http[s]://[USER:PASSWORD@]HOST:PORT");
  command
      .add_option("--proxy-ca", connection.proxy_ca_file,
                  "Who is trusted as an https proxy (default: the system's store)")
      ->type_name("PEM");
  command.add_flag("--skip-name-check", connection.skip_common_name_check,
                   "Verify the certificate's chain but not its name");
  command.add_flag("--allow-http", update.allow_plain_http, "Take http:// URLs too");
  command.add_option("--header", arguments.headers, "Sent with the request, more than once too")
      ->type_name("'NAME: VALUE'")
      ->allow_extra_args(false);
  command
      .add_option("--user", arguments.credentials,
                  "Basic or Digest authentication, as the server asks")
      ->type_name("USER:PASSWORD");
  command.add_flag("--digest", update.digest_only,
                   "Never send the password itself: answer Digest challenges only");
  AddSize(command, "--range-size", update.range_size,
          "Download in parts of this many bytes (default: the whole file in one request)");
  AddNumber(command, "--max-attempts", arguments.max_attempts,
            "Failures of the network in a row until it gives up (default 5); 4096 new bytes begin "
            "a new row")
      ->check(Between(1, 1000000));
  AddTrialTerms(command, arguments.trial);
  AddSize(command, "--journal-interval", update.journal.bytes,
          "Write down after so many bytes how far it came (default 64MB, and every 2 s), so that "
          "another start goes on there");
  command.add_flag("--from-start", arguments.from_start,
                   "Download all of it, whatever an earlier update left");
  AddNumber(command, "--deadline", arguments.deadline_seconds, "Seconds for all of it");
  AddNumber(command, "--stall", arguments.stall_seconds,
            "Seconds without a byte until it fails (default 30)");
  AddNumber(command, "--connect-timeout", arguments.connect_seconds,
            "Seconds until a connection is open (default 15)")
      ->check(Between(1, 1000000));
  AddSize(command, "--low-speed", update.pace.low_speed,
          "Bytes a second, over a minute, below which it fails (default 16; 0: never)");
  AddSize(command, "--rate-limit", update.pace.rate_limit,
          "Bytes a second at most (default: no limit)");
  AddSize(command, "--max-bytes", update.retry.max_received,
          "Bytes over all attempts at most (default: no limit)");
  AddPolicy(command, arguments.policy);
  command.add_flag("--json", arguments.json, "Print one JSON object");
}

}  // namespace

void AddDeviceUpdate(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "update",
      "Downloads an image over HTTPS into the slot that does not run, proves it, and selects it.",
      "updraft device update mydevice --url https://localhost:8070/firmware.bin --ca ca.pem");
  const auto arguments = std::make_shared<UpdateArguments>();
  AddOptions(*command, *arguments);
  command->callback([arguments, &exit_code] { exit_code = Update(*arguments); });
}

}  // namespace updraft
