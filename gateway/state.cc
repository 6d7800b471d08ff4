// SPDX-License-Identifier: Apache-2.0
#include "gateway/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::array<std::string_view, 3> kPhases{"settled", "trial", "rolling_back"};

Json JsonOf(const std::optional<GatewayFile>& file) {
  if (!file) return nullptr;
  return {{"identity", file->identity},
          {"is_tag", file->is_tag},
          {"version", file->version},
          {"length", file->length},
          {"sha256", file->sha256}};
}

std::optional<GatewayFile> FileOf(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return GatewayFile{.identity = json.at("identity"),
                     .is_tag = json.at("is_tag"),
                     .version = json.at("version"),
                     .length = json.at("length"),
                     .sha256 = json.at("sha256")};
}

GatewayState StateOf(const Json& json) {
  GatewayState state;
  const std::string phase = json.at("phase");
  const auto* const found = std::ranges::find(kPhases, phase);
  if (found == kPhases.end()) throw std::out_of_range("phase " + phase);
  state.phase = static_cast<GatewayState::Phase>(found - kPhases.begin());
  state.attempts = json.at("attempts");
  state.boot_id = json.at("boot_id");
  state.restarted = json.at("restarted");
  state.slot = json.at("slot");
  if (state.slot < -1 || state.slot > 1) throw std::out_of_range("slot");
  state.label = json.at("label");
  state.installed = FileOf(json.at("installed"));
  state.previous = FileOf(json.at("previous"));
  state.rejected = FileOf(json.at("rejected"));
  return state;
}

}  // namespace

Result<std::optional<GatewayState>> LoadGatewayState(const std::filesystem::path& path,
                                                     Observer& observer) {
  std::vector<std::uint8_t> text;
  const int error = LoadFile(path, kLargestFile, &text);
  if (error == ENOENT) return std::optional<GatewayState>();
  if (error != 0) {
    return RefuseFile(observer, Check::kDevice, FileStatus(error, Stage::kDevice),
                      fmt::format("the gateway's memory at {}", path.string()), ErrnoText(error));
  }
  try {
    return std::optional(StateOf(Json::parse(text)));
  } catch (const std::exception& problem) {
    return RefuseFile(observer, Check::kDevice, {Code::kBadFormat, Stage::kDevice},
                      fmt::format("the gateway's memory in {}", path.string()), problem.what());
  }
}

Status StoreGatewayState(const std::filesystem::path& path, const GatewayState& state) {
  const Json json{{"phase", PhaseName(state.phase)},
                  {"attempts", state.attempts},
                  {"boot_id", state.boot_id},
                  {"restarted", state.restarted},
                  {"slot", state.slot},
                  {"label", state.label},
                  {"installed", JsonOf(state.installed)},
                  {"previous", JsonOf(state.previous)},
                  {"rejected", JsonOf(state.rejected)}};
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return FileStatus(ReplaceFile(path, AsBytes(text), 0600), Stage::kDevice);
}

std::string_view PhaseName(GatewayState::Phase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}

std::string BootId() {
  // Not by its size, which the kernel does not tell.
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace updraft
