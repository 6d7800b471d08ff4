// SPDX-License-Identifier: Apache-2.0
// `updraft gateway run|status|rollback`: keeps the application of a Linux gateway up
// to date. The configuration is a file (docs/gateway.md); the work is gateway/'s.
#include "gateway/gateway.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "cli/commands.h"
#include "cli/given_key.h"
#include "cli/output.h"
#include "cli/policy.h"
#include "cli/progress.h"
#include "cli/sentence.h"
#include "cli/signature_key_file.h"
#include "cli/stop_signal.h"
#include "cli/text.h"
#include "gateway/settings.h"
#include "ports/host/tls_files.h"
#include "ports/host/url_words.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;
using Ended = GatewayReport::Result;

struct Arguments {
  std::string configuration;
  bool once = false;
  bool json = false;
};

// What is wrong with a gateway lies in its configuration, or in where that points.
Failure Of(Status status, const FindingCollector& findings) {
  Failure failure = FailureOf(status, findings);
  const auto& failed = findings.failed();
  if (!failed || failed->check != Check::kDevice || failed->expected_text.empty()) return failure;
  failure.message = fmt::format(
      "the gateway cannot run: expected {}, found {}; correct the configuration, docs/gateway.md "
      "has every key.",
      PrintableText(failed->expected_text), PrintableText(failed->found_text));
  return failure;
}

// A service is not to be started again and again with a configuration that is wrong.
int RefuseToRun(const Failure& failure, bool json) {
  Fail(failure, json);
  return failure.reason == CheckReason(Check::kDeviceLock) ? kExitFailed : kExitUsage;
}

// A gateway with all that it needs open.
class Session {
 public:
  // Why there is none.
  std::optional<Failure> Open(const std::string& configuration, bool quiet) {
    const auto settings = LoadGatewaySettings(configuration, findings_);
    if (!settings) return Told(settings.error());
    settings_ = *settings;
    if (const auto failure = key_.Open(settings_.key, crypto_)) return failure;
    GatewayKeys keys{.keys = key_.keys()};
    for (const std::string& path : settings_.header_keys) {
      const auto point = ReadHeaderKey(path);
      if (!point) return point.failure();
      if (!keys.trust.keys.Add(*point).ok()) {
        return Failure{"invalid_argument",
                       "expected at most three \"header_keys\", found more; give fewer."};
      }
    }
    keys.trust.demanded = !settings_.header_keys.empty();
    Gateway::Ports ports{.should_stop = &StopAsked};
    if (!quiet) ports.tell = [](const std::string& sentence) { PrintNote(sentence); };
    auto gateway = Gateway::Open(settings_, keys, std::move(ports), findings_);
    if (!gateway) return Told(gateway.error());
    gateway_ = std::move(*gateway);
    return std::nullopt;
  }

  Failure Told(Status status) const { return Of(status, findings_); }
  GatewayReport Poll() {
    findings_.Forget();
    GatewayReport report = gateway_->Poll();
    meter_.Finish();
    return report;
  }

  Gateway& gateway() { return *gateway_; }
  const GatewaySettings& settings() const { return settings_; }
  Crypto& crypto() { return crypto_; }

 private:
  GatewaySettings settings_;
  OpensslCrypto crypto_;
  GivenKey key_;
  ProgressMeter meter_ = StandardErrorMeter("update");
  FindingCollector findings_{&meter_};
  std::unique_ptr<Gateway> gateway_;
};

bool IsDone(Ended result) { return result == Ended::kUpdated || result == Ended::kNotModified; }

Failure Explain(const GatewayReport& report, const Session& session) {
  switch (report.result) {
    case Ended::kUpdated:
      return {"", fmt::format("{} is installed and healthy",
                              report.update.version.empty()
                                  ? "the update"
                                  : "version " + PrintableText(report.update.version))};
    case Ended::kNotModified: return {"", "the server has nothing new"};
    case Ended::kRolledBack:
      return {"rolled_back",
              fmt::format("expected health within {} s, found {}; what ran before runs again.",
                          session.settings().health_deadline.count(), report.cause)};
    case Ended::kStopped:
      return {"cancelled", "expected an end, found a signal to stop; the next start goes on."};
    case Ended::kRefused:
    case Ended::kFailed:
      if (report.window_ended) {
        return {"cancelled",
                fmt::format("expected an end within the window {}, found it unfinished; it goes on "
                            "in the next one.",
                            WindowText(*session.settings().schedule.window))};
      }
      return report.cause.empty() ? session.Told(report.status) : PolicyStops(report.cause);
  }
  return {};
}

int ReportOnce(const GatewayReport& report, const Session& session, bool json) {
  const Failure words = Explain(report, session);
  const bool done = IsDone(report.result);
  if (json) {
    const auto text = [](const std::string& value) {
      return value.empty() ? Json(nullptr) : Json(value);
    };
    PrintJson({{"result", ResultName(report.result)},
               {"reason", text(words.reason)},
               {"message", words.message},
               {"bytes_received", report.update.bytes_received},
               {"resumed_from", report.update.resumed_from},
               {"bytes_written", report.update.bytes_written},
               {"slot", text(report.update.slot)},
               {"version", text(report.update.version)}});
  } else if (done) {
    PrintLine(words.message + ".");
  }
  if (!done) PrintError(words.message);
  return done ? kExitDone : kExitFailed;
}

std::uint32_t Chance(Crypto& crypto) {
  std::array<std::uint8_t, 4> bytes{};
  // Without chance it asks on the dot.
  return crypto.Random(bytes).ok() ? LoadLe32(bytes.data()) : 0;
}

void Sleep(std::chrono::seconds duration) {
  const auto until = std::chrono::steady_clock::now() + duration;
  while (!StopAsked() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

// Until it is told to stop. Nothing new is no news.
int Serve(Session& session) {
  const Schedule& schedule = session.settings().schedule;
  const auto tell = [&session](const GatewayReport& report) {
    if (report.result == Ended::kNotModified || report.result == Ended::kStopped) return;
    PrintNote(fmt::format("{}: {}", ResultName(report.result), Explain(report, session).message));
  };
  tell(session.gateway().Settle());
  // Told now, not after the first interval; it may be put right meanwhile.
  if (const auto wrong = JudgeTlsFiles(session.settings().download.connection)) {
    PrintWarning(fmt::format("expected {}, found {}; no update comes until that is put right.",
                             PrintableText(wrong->expected), PrintableText(wrong->found)));
  }
  auto wait = schedule.FirstWait(Chance(session.crypto()), SecondOfDay());
  PrintNote(fmt::format("asks {} every {} s, the first time in {} s",
                        PrintableText(UrlForPeople(session.settings().download.url)),
                        schedule.interval.count(), wait.count()));
  while (!StopAsked()) {
    Sleep(wait);
    if (StopAsked()) break;
    const GatewayReport report = session.Poll();
    tell(report);
    // Who was stopped by the policy does not ask it the sooner for that.
    const bool failed =
        report.result == Ended::kFailed && report.cause.empty() && !report.window_ended;
    wait = schedule.Wait(failed, Chance(session.crypto()), SecondOfDay());
  }
  PrintNote("told to stop; what is unfinished goes on at the next start");
  return kExitDone;
}

int Run(const Arguments& arguments) {
  StopOnSignals();
  Session session;
  if (const auto failure = session.Open(arguments.configuration, arguments.json)) {
    return RefuseToRun(*failure, arguments.json);
  }
  if (!arguments.once) return Serve(session);
  return ReportOnce(session.Poll(), session, arguments.json);
}

Json JsonOf(const std::optional<GatewayFile>& file) {
  if (!file) return nullptr;
  return {{"identity", file->identity},
          {"version", file->version.empty() ? Json(nullptr) : Json(file->version)},
          {"length", file->length == 0 ? Json(nullptr) : Json(file->length)},
          {"sha256", file->sha256.empty() ? Json(nullptr) : Json(file->sha256)}};
}

std::string FileText(const std::optional<GatewayFile>& file) {
  if (!file) return "nothing that came by an update";
  std::string text = file->version.empty() ? "" : "version " + PrintableText(file->version);
  if (file->length > 0) {
    text += fmt::format("{}{}, SHA-256 {}", text.empty() ? "" : ", ", ExactSizeText(file->length),
                        PrintableText(file->sha256));
  }
  if (!file->identity.empty()) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", PrintableText(file->identity));
  }
  return text.empty() ? "a file that the server gave no name" : text;
}

int ShowStatus(const Arguments& arguments) {
  FindingCollector findings;
  const auto settings = LoadGatewaySettings(arguments.configuration, findings);
  if (!settings) return RefuseToRun(Of(settings.error(), findings), arguments.json);
  const auto stored = LoadGatewayState(settings->state / "state.json", findings);
  if (!stored) return Fail(Of(stored.error(), findings), arguments.json);
  const GatewayState state = stored->value_or(GatewayState{});
  const std::string slot = settings->has_device() ? state.label
                           : state.slot < 0
                               ? std::string()
                               : settings->slots[static_cast<std::size_t>(state.slot)].string();
  if (arguments.json) {
    PrintJson({{"phase", PhaseName(state.phase)},
               {"slot", slot.empty() ? Json(nullptr) : Json(slot)},
               {"installed", JsonOf(state.installed)},
               {"previous", JsonOf(state.previous)},
               {"rejected", JsonOf(state.rejected)}});
    return kExitDone;
  }
  PrintLine(fmt::format("phase:     {}", PhaseName(state.phase)));
  PrintLine(fmt::format("slot:      {}", slot.empty() ? "none yet" : PrintableText(slot)));
  PrintLine(fmt::format("installed: {}", FileText(state.installed)));
  if (state.previous) PrintLine(fmt::format("previous:  {}", FileText(state.previous)));
  if (state.rejected) PrintLine(fmt::format("rejected:  {}", FileText(state.rejected)));
  return kExitDone;
}

int RollBack(const Arguments& arguments) {
  StopOnSignals();
  Session session;
  if (const auto failure = session.Open(arguments.configuration, arguments.json)) {
    return RefuseToRun(*failure, arguments.json);
  }
  const GatewayReport report = session.gateway().RollBack();
  if (report.result != Ended::kRolledBack) {
    return Fail(Explain(report, session), arguments.json);
  }
  if (arguments.json) {
    PrintJson({{"result", ResultName(report.result)}, {"reason", nullptr}});
  } else {
    PrintLine("what ran before runs again; the update is not taken a second time.");
  }
  return kExitDone;
}

using Act = int (*)(const Arguments& arguments);

CLI::App* Add(CLI::App& group, int& exit_code, const std::string& name,
              const std::string& description, const std::string& example, Act act) {
  CLI::App* const command = AddCommand(group, name, description, example);
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("CONFIG", arguments->configuration, "The configuration, a JSON file")
      ->required();
  command->add_flag("--json", arguments->json, "Print one JSON object");
  if (name == "run") {
    command->add_flag("--once", arguments->once,
                      "Ask once, now, and end when that is settled (else --json prints nothing)");
  }
  command->callback([arguments, &exit_code, act] { exit_code = act(*arguments); });
  return command;
}

}  // namespace

void AddGatewayCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group =
      AddCommand(app, "gateway",
                 "Keeps the application of a Linux gateway up to date; docs/gateway.md tells how.",
                 "updraft gateway run app.json --once\nupdraft gateway status app.json");
  group->require_subcommand(1);
  Add(*group, exit_code, "run",
      "Asks for updates as the configuration says, installs them, restarts the application, and "
      "keeps what its health command accepts. For a systemd unit.",
      "updraft gateway run /etc/updraft/app.json\n"
      "updraft gateway run app.json --once --json",
      &Run);
  Add(*group, exit_code, "status", "What is installed, and whether it is on trial.",
      "updraft gateway status /etc/updraft/app.json --json", &ShowStatus);
  Add(*group, exit_code, "rollback", "Goes back to the update before, and restarts into it.",
      "updraft gateway rollback /etc/updraft/app.json", &RollBack);
}

}  // namespace updraft
