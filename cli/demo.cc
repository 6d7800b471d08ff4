// SPDX-License-Identifier: Apache-2.0
// `updraft demo`: the whole story in one command, with nothing faked: a server,
// a device, and firmware that updates itself, confirms, and is rolled back.
#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "cli/boot_loop.h"
#include "cli/commands.h"
#include "cli/device_commands.h"
#include "cli/encryption.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/host_device.h"
#include "server/file_server.h"

namespace updraft {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kFlashSize = 16 << 20;
constexpr std::uint64_t kBootTimeoutMs = 60'000;
constexpr const char* kMarker = "made-by-updraft-demo";

struct DemoArguments {
  std::string folder = "updraft-demo";
  std::string firmware;
};

// The build leaves the images beside the tool, an installation in share.
fs::path FindFirmware() {
  std::error_code ignored;
  const fs::path tool = fs::read_symlink("/proc/self/exe", ignored);
  fs::path built = tool.parent_path().parent_path() / "examples";
  if (fs::exists(built / "self_update_1.0.0.bin", ignored)) return built;
  return tool.parent_path().parent_path() / "share/updraft/demo";
}

Failure Unexpected(const std::string& expected, const std::string& found) {
  return {"demo_failed",
          fmt::format("expected {}, found {}; please report this.", expected, found)};
}

class Demo {
 public:
  explicit Demo(const DemoArguments& arguments)
      : folder_(fs::absolute(arguments.folder)),
        firmware_(arguments.firmware.empty() ? FindFirmware() : fs::path(arguments.firmware)) {}

  std::optional<Failure> Run() {
    if (auto failure = Prepare()) return failure;
    if (auto failure = ActOne()) return failure;
    if (auto failure = ActTwo()) return failure;
    Heading("What is on the device now");
    const auto device = DescribeDevice(Device());
    if (!device) return device.failure();
    PrintDeviceTable(*device);
    PrintLine("");
    PrintLine(fmt::format("Look at it: {}", PrintableText(folder_.string())));
    PrintLine("  device/      the device: flash.bin is a dump of its flash");
    PrintLine("  www/         what the server offered");
    PrintLine("  ca.pem       the authority that the firmware trusted");
    PrintLine("  access.log   what was asked of the server");
    PrintLine(
        fmt::format("Go on: updraft device info {0}; updraft boot {0}", PrintableText(Device())));
    return std::nullopt;
  }

 private:
  std::string Device() const { return (folder_ / "device").string(); }
  fs::path Image(const std::string& version) const {
    return firmware_ / ("self_update_" + version + ".bin");
  }

  static void Heading(const std::string& text) {
    PrintLine("");
    PrintLine(WantsColor(1) ? fmt::format("\x1b[1m{}\x1b[0m", text) : text);
    std::fflush(stdout);
  }

  std::optional<Failure> Prepare() {
    Heading("A server and a device");
    if (auto failure = MakeFolder()) return failure;
    if (auto failure = StartServer()) return failure;
    FindingCollector findings;
    HostDevice::NewDevice device;
    device.folder = Device();
    device.flash_size = kFlashSize;
    device.policy.rollback = true;
    if (const Status made = HostDevice::Create(device, findings); !made.ok()) {
      return FailureOf(made, findings);
    }
    if (auto failure = BurnKey()) return failure;
    PrintLine(fmt::format("serving {} with a certificate made just now", server_->url()));
    const auto installed = Install({Device()}, Image("1.0.0").string(), "");
    if (!installed) return installed.failure();
    PrintLine("a device with factory, ota_0 and ota_1; firmware 1.0.0 is in factory");
    PrintLine("a new key is burnt into its eFuse, which only its hardware reads");
    return std::nullopt;
  }

  std::optional<Failure> BurnKey() {
    FindingCollector findings;
    auto device = HostDevice::Open(Device(), {.mode = FileFlash::Mode::kReadWrite}, findings);
    if (!device) return FailureOf(device.error(), findings);
    updraft::Device& ports = (*device)->device();
    key_.kind = KeyKind::kHmac;
    Status status = ports.crypto->Random(key_.secret.mutable_bytes());
    if (status.ok()) {
      status = ports.efuse->BurnKey(
          {.purpose = KeyPurpose::kHmacUp, .key = key_.secret.bytes(), .read_protect = true});
    }
    if (!status.ok()) return FailureOf(status);
    return std::nullopt;
  }

  std::optional<Failure> MakeFolder() {
    std::error_code error;
    for (const char* const version : {"1.0.0", "2.0.0", "3.0.0"}) {
      if (!fs::exists(Image(version), error)) {
        return Failure{"not_found",
                       fmt::format("expected the demo's firmware at {}, found none; build it with "
                                   "'./dev build', or name its folder with --firmware.",
                                   PrintableText(Image(version).string()))};
      }
    }
    if (fs::exists(folder_, error) && !fs::is_empty(folder_, error) &&
        !fs::exists(folder_ / kMarker, error)) {
      return Failure{
          "invalid_state",
          fmt::format("{}: expected no folder, or one that the demo made, found another; "
                      "name a new one with --dir.",
                      PrintableText(folder_.string()))};
    }
    fs::remove_all(folder_, error);
    fs::create_directories(folder_ / "www", error);
    if (error) {
      return Failure{"flash_failed", fmt::format("{}: expected to make the folder, found: {}; name "
                                                 "another with --dir.",
                                                 PrintableText(folder_.string()), error.message())};
    }
    return WriteWholeFile((folder_ / kMarker).string(), {});
  }

  std::optional<Failure> StartServer() {
    const std::string log = (folder_ / "access.log").string();
    access_log_.reset(std::fopen(log.c_str(), "we"));
    FileServerOptions options;
    options.root = (folder_ / "www").string();
    options.access_log = [file = access_log_.get()](const AccessEntry& entry) {
      if (file == nullptr) return;
      fmt::print(file, "{}\n", FormatAccessEntry(entry));
      std::fflush(file);
    };
    server_ = std::make_unique<FileServer>(std::move(options));
    const auto started = server_->Start();
    if (!started.ok()) return Failure{"connect_failed", started.message};
    const std::string ca = (folder_ / "ca.pem").string();
    if (auto failure = WriteWholeFile(ca, AsBytes(server_->ca_pem()))) return failure;
    const std::string url = server_->url() + "firmware.bin";
    setenv("SELF_UPDATE_URL", url.c_str(), 1);
    setenv("SELF_UPDATE_CA", ca.c_str(), 1);
    return std::nullopt;
  }

  std::optional<Failure> Offer(const std::string& version) {
    const auto image = ReadWholeFile(Image(version).string(), kFlashSize);
    if (!image) return image.failure();
    return WriteWholeFile((folder_ / "www/firmware.bin").string(), *image);
  }

  // For nobody but the device: what the server keeps tells nothing.
  std::optional<Failure> OfferEncrypted(const std::string& version) {
    const EncryptionJob job{.input = Image(version).string(),
                            .output = (folder_ / "www/firmware.bin").string()};
    const auto facts = EncryptFile(key_, job);
    if (!facts) return facts.failure();
    PrintLine(fmt::format("version {} is offered encrypted ({}): the key in eFuse opens it",
                          version, SchemeName(facts->scheme)));
    return std::nullopt;
  }

  std::optional<Failure> Boot() {
    BootLoopOptions options;
    options.folder = Device();
    options.timeout_ms = kBootTimeoutMs;
    options.log = [](std::string_view line) {
      fmt::print("  [bootloader] {}\n", line);
      std::fflush(stdout);
    };
    const auto end = RunBootLoop(options);
    if (!end) return end.failure();
    if (end->kind != BootLoopEnd::Kind::kPowerOff) {
      return Unexpected("the firmware to power off", "that it was stopped");
    }
    return std::nullopt;
  }

  std::optional<Failure> ExpectRunning(const std::string& slot, const std::string& version) {
    const auto device = DescribeDevice(Device());
    if (!device) return device.failure();
    if (device->at("running") != slot) {
      return Unexpected(slot + " to run", device->at("running").dump());
    }
    return ExpectSlot(*device, slot, version, "valid");
  }

  static std::optional<Failure> ExpectSlot(const Json& device, const std::string& name,
                                           const std::string& version, const std::string& state) {
    for (const Json& slot : device.at("slots")) {
      if (slot.at("name") != name) continue;
      if (slot.at("version") == version && slot.at("state") == state) return std::nullopt;
      return Unexpected(fmt::format("version {} in {}, {}", version, name, state), slot.dump());
    }
    return Unexpected("a slot " + name, "none");
  }

  std::optional<Failure> ActOne() {
    Heading("Version 1 updates itself to version 2, encrypted, which confirms itself");
    if (auto failure = OfferEncrypted("2.0.0")) return failure;
    if (auto failure = Boot()) return failure;
    return ExpectRunning("ota_0", "2.0.0");
  }

  std::optional<Failure> ActTwo() {
    Heading("Version 2 updates itself to version 3, which crashes and is rolled back");
    if (auto failure = Offer("3.0.0")) return failure;
    if (auto failure = Boot()) return failure;
    if (auto failure = ExpectRunning("ota_0", "2.0.0")) return failure;
    const auto device = DescribeDevice(Device());
    if (!device) return device.failure();
    return ExpectSlot(*device, "ota_1", "3.0.0", "aborted");
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  fs::path folder_;
  fs::path firmware_;
  KeyFile key_;  // the device's HMAC key
  std::unique_ptr<std::FILE, Close> access_log_;
  std::unique_ptr<FileServer> server_;
};

// The launcher listens for them; the server's thread must not get them.
void BlockEndingSignals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
}

int RunDemo(const DemoArguments& arguments) {
  BlockEndingSignals();
  Demo demo(arguments);
  const auto failure = demo.Run();
  return failure ? Fail(*failure) : kExitDone;
}

}  // namespace

void AddDemoCommand(CLI::App& app, int& exit_code) {
  CLI::App* const command = AddCommand(
      app, "demo",
      "The whole story: an HTTPS server and a virtual device; firmware 1 updates itself to 2, "
      "which is served encrypted, 2 confirms itself, 2 updates itself to 3, 3 crashes and is "
      "rolled back. Ends with 0 only if "
      "all of that happened.",
      "updraft demo\nupdraft demo --dir /tmp/demo");
  const auto arguments = std::make_shared<DemoArguments>();
  command->add_option("--dir", arguments->folder, "The folder to work in (made anew)")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--firmware", arguments->firmware, "Where self_update_*.bin are")
      ->type_name("DIR");
  command->callback([arguments, &exit_code] { exit_code = RunDemo(*arguments); });
}

}  // namespace updraft
