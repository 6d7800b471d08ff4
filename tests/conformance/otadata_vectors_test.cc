// SPDX-License-Identifier: Apache-2.0
// The vendor's otadata vectors: what the bootloader selects, tries and writes,
// and what each esp_ota_* call makes of otadata, all by the device's own code.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "updraft/boot.h"
#include "updraft/slots.h"

#include "ports/host/crypto_openssl.h"
#include "testing/fake_efuse.h"
#include "testing/fake_system.h"
#include "testing/ram_flash.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

// Answers from words, as the vectors give them.
class WordJudge final : public SlotJudge {
 public:
  bool IsBootable(const Partition& slot) override {
    tried.emplace_back(slot.label());
    return !all_invalid && !invalid.contains(std::string(slot.label()));
  }
  Result<std::uint32_t> SecureVersion(const Partition& slot) override {
    const auto found = secure_versions.find(std::string(slot.label()));
    return found == secure_versions.end() ? 0 : found->second;
  }

  bool all_invalid = false;
  std::set<std::string> invalid;
  std::map<std::string, std::uint32_t> secure_versions;
  std::vector<std::string> tried;
};

std::string Hex(Bytes bytes) {
  std::string text;
  for (const auto byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

class OtadataVectors : public testing::Test {
 protected:
  void SetUp() override { UPDRAFT_NEEDS_VECTORS(); }

  // A device of that layout with that otadata.
  void Make(const std::string& layout, const std::vector<std::uint8_t>& otadata,
            const DevicePolicy& policy) {
    flash_.emplace(FlashGeometry{.size = 16 << 20});
    flash_->Load(kPartitionTableOffset, VectorBytes(layout));
    device_ = {};
    device_.flash = &*flash_;
    device_.crypto = &crypto_;
    device_.efuse = &efuse_;
    device_.system = &system_;
    device_.chip.family = FindChip("esp32c3");
    device_.policy = policy;
    const auto table = PartitionTable::Load(*flash_, kPartitionTableOffset, crypto_);
    ASSERT_TRUE(table.has_value()) << layout;
    const auto partition = table->Find(PartitionType::kData, kSubtypeOtadata);
    if (partition) {
      otadata_offset_ = partition->offset;
      flash_->Load(otadata_offset_,
                   Bytes(otadata).first(std::min<std::size_t>(otadata.size(), partition->size)));
    }
  }

  std::string Record(int index) {
    return Hex(Bytes(flash_->bytes())
                   .subspan(otadata_offset_ + static_cast<std::uint64_t>(index) * 4096, 32));
  }

  // What the bootloader writes; where the vector names nothing, nothing.
  void ExpectWrites(const BootView& view, const BootDecision& decision, const Json& expected) {
    const Json before{Record(0), Record(1)};
    ASSERT_TRUE(Apply(device_, view, decision).ok());
    if (!view.has_otadata) return;
    const Json& after = expected.contains("otadata_after") ? expected.at("otadata_after") : before;
    EXPECT_EQ((Json{Record(0), Record(1)}), after);
  }

  static std::string Label(const BootView& view, BootIndex index) {
    const Partition* slot = view.SlotAt(index);
    if (slot != nullptr) return std::string(slot->label());
    return index >= 0 ? "ota_" + std::to_string(index) : "factory";
  }

  OpensslCrypto crypto_;
  FakeEfuse efuse_{32};
  FakeSystem system_;
  std::optional<RamFlash> flash_;
  Device device_;
  std::uint64_t otadata_offset_ = 0;
};

std::vector<DevicePolicy> Policies(const std::string& config) {
  std::vector<DevicePolicy> policies;
  if (config.find("rollback_off") != std::string::npos) policies.push_back({});
  if (config.find("rollback_on") != std::string::npos) policies.push_back({.rollback = true});
  if (config == "anti_rollback") policies.push_back({.rollback = true, .anti_rollback = true});
  return policies;
}

TEST_F(OtadataVectors, ChoosesAndWritesWhatTheBootloaderDoes) {
  int cases = 0;
  for (const Json& entry : VectorsOf("otadata")) {
    const std::string file = entry.at("file");
    const auto otadata = VectorBytes(file);
    std::map<std::string, std::string> layouts;
    for (const std::string path : entry.at("inputs").at("layouts")) {
      const auto at = path.find("layout_") + 7;
      layouts[path.substr(at, path.size() - at - 4)] = path;
    }
    for (const auto& [layout, configs] : entry.at("expect").at("boot").items()) {
      for (const auto& [config, expected] : configs.items()) {
        const auto policies = Policies(config);
        ASSERT_FALSE(policies.empty()) << config;
        for (const DevicePolicy& policy : policies) {
          SCOPED_TRACE(file + " " + layout + " " + config);
          Make(layouts.at(layout), otadata, policy);
          ++cases;
          const auto view = ViewForBoot(device_, NoObserver());
          if (expected.at("selected") == "INVALID_INDEX") {
            EXPECT_FALSE(view.has_value());
            continue;
          }
          ASSERT_TRUE(view.has_value());
          WordJudge judge;
          judge.all_invalid = true;
          const BootDecision nothing = Choose(*view, judge);
          EXPECT_EQ(judge.tried, expected.at("try_order").get<std::vector<std::string>>());
          EXPECT_FALSE(nothing.boots.has_value());

          judge = {};
          const BootDecision decision = Choose(*view, judge);
          const std::string selected =
              expected.at("selected") == "factory_index" ? "factory" : expected.at("selected");
          EXPECT_EQ(Label(*view, decision.selected), selected);
          ASSERT_EQ(decision.boots.has_value(), !expected.at("boots").is_null());
          if (decision.boots) {
            EXPECT_EQ(Label(*view, *decision.boots), expected.at("boots").get<std::string>());
          }
          ExpectWrites(*view, decision, expected);
        }
      }
    }
  }
  RecordProperty("cases", cases);
  EXPECT_GT(cases, 200);
}

TEST_F(OtadataVectors, FallsBackOverInvalidImagesAsTheBootloaderDoes) {
  int cases = 0;
  for (const Json& entry : VectorsOf("otadata")) {
    const auto& expect = entry.at("expect");
    if (!expect.contains("invalid_image_cases")) continue;
    const std::string folder = std::string(entry.at("file")).starts_with("more/") ? "more/" : "";
    for (const Json& item : expect.at("invalid_image_cases")) {
      SCOPED_TRACE(std::string(entry.at("file")) + " " + item.dump());
      for (const DevicePolicy& policy : Policies(item.at("config"))) {
        Make(folder + "otadata/layout_" + std::string(item.at("layout")) + ".bin",
             VectorBytes(entry.at("file")), policy);
        ++cases;
        const auto view = ViewForBoot(device_, NoObserver());
        ASSERT_TRUE(view.has_value());
        WordJudge judge;
        judge.invalid = item.at("invalid_images").get<std::set<std::string>>();
        const BootDecision decision = Choose(*view, judge);
        EXPECT_EQ(judge.tried, item.at("tried").get<std::vector<std::string>>());
        ASSERT_EQ(decision.boots.has_value(), !item.at("boots").is_null());
        if (decision.boots) {
          EXPECT_EQ(Label(*view, *decision.boots), item.at("boots").get<std::string>());
        }
        ExpectWrites(*view, decision, item);
      }
    }
  }
  EXPECT_GT(cases, 5);
}

TEST_F(OtadataVectors, RefusesOldSecureVersionsAsTheBootloaderDoes) {
  int cases = 0;
  for (const Json& entry : VectorsOf("otadata")) {
    const auto& expect = entry.at("expect");
    if (!expect.contains("anti_rollback_cases")) continue;
    const std::string folder = std::string(entry.at("file")).starts_with("more/") ? "more/" : "";
    for (const Json& item : expect.at("anti_rollback_cases")) {
      SCOPED_TRACE(std::string(entry.at("file")) + " " + item.dump());
      Make(folder + "otadata/layout_" + std::string(item.at("layout")) + ".bin",
           VectorBytes(entry.at("file")), {.rollback = true, .anti_rollback = true});
      ++cases;
      const std::uint32_t burnt = item.at("efuse_secure_version");
      efuse_.set_field(burnt >= 32 ? ~0U : (1U << burnt) - 1U);
      const auto view = ViewForBoot(device_, NoObserver());
      ASSERT_TRUE(view.has_value());
      WordJudge judge;
      judge.secure_versions =
          item.at("image_secure_versions").get<std::map<std::string, std::uint32_t>>();
      const BootDecision decision = Choose(*view, judge);
      EXPECT_EQ(judge.tried, item.at("tried").get<std::vector<std::string>>());
      ASSERT_EQ(decision.boots.has_value(), !item.at("boots").is_null());
      if (decision.boots) {
        EXPECT_EQ(Label(*view, *decision.boots), item.at("boots").get<std::string>());
      }
      ExpectWrites(*view, decision, item);
      EXPECT_EQ(*efuse_.ReadSecureVersion(), item.at("efuse_after").get<std::uint32_t>());
    }
  }
  EXPECT_GT(cases, 20);
}

// How esp_ota_* names the errors of Slots (the façade has the same table).
std::string EspError(const std::string& call, const Status& status) {
  if (status.ok()) return "ESP_OK";
  switch (status.code()) {
    case Code::kInvalidArgument: return "ESP_ERR_INVALID_ARG";
    case Code::kNotFound: return "ESP_ERR_NOT_FOUND";
    case Code::kUnsupported: return "ESP_ERR_NOT_SUPPORTED";
    case Code::kInvalidState: return "ESP_FAIL";
    case Code::kIncompatible: return "ESP_ERR_OTA_ROLLBACK_FAILED";
    case Code::kBadFormat: return "ESP_ERR_OTA_VALIDATE_FAILED";
    case Code::kDowngrade: return "ESP_ERR_OTA_SMALL_SEC_VER";
    default: return call + ": " + std::string(CodeName(status.code()));
  }
}

class OtaOperationVectors : public OtadataVectors {
 protected:
  struct Answer {
    Status status{};
    Json extra = Json::object();
  };

  // esp_ota_set_boot_partition: the image is proven first, then its secure
  // version is judged, then the slot is selected.
  Status SetBootPartition(Slots& slots, WordJudge& judge, const Partition& slot) {
    if (!judge.IsBootable(slot)) return {Code::kBadFormat, Stage::kImage};
    if (device_.policy.anti_rollback && slot.is_ota_slot() &&
        *judge.SecureVersion(slot) < *efuse_.ReadSecureVersion()) {
      return {Code::kDowngrade, Stage::kImage};
    }
    return slots.Select(slot);
  }

  Answer Call(const std::string& call, Slots& slots, WordJudge& judge,
              const std::optional<Partition>& argument) {
    const auto partition = [](const Result<Partition>& result) {
      return Answer{{}, {{"partition", result ? Json(std::string(result->label())) : Json()}}};
    };
    if (call == "esp_ota_set_boot_partition") return {SetBootPartition(slots, judge, *argument)};
    if (call == "esp_ota_mark_app_valid_cancel_rollback") return {slots.Confirm(judge)};
    if (call == "esp_ota_mark_app_invalid_rollback") return {slots.RollBack(judge)};
    if (call == "esp_ota_get_next_update_partition")
      return partition(slots.NextUpdateSlot(argument));
    if (call == "esp_ota_get_boot_partition") return partition(slots.Selected());
    if (call == "esp_ota_get_last_invalid_partition") return partition(slots.LastInvalid(judge));
    if (call == "esp_ota_invalidate_inactive_ota_data_slot") return {slots.EraseInactiveRecord()};
    if (call == "esp_ota_erase_last_boot_app_partition") return {slots.EraseLastBootSlot()};
    if (call == "esp_ota_check_rollback_is_possible") {
      return {{}, {{"possible", *slots.RollBackIsPossible(judge)}}};
    }
    if (call == "esp_ota_get_state_partition") {
      const auto state = slots.State(*argument);
      if (!state) return {state.error()};
      std::string name(SlotStateName(*state));
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      return {{}, {{"state", name}}};
    }
    ADD_FAILURE() << "unknown call " << call;
    return {};
  }
};

TEST_F(OtaOperationVectors, LeaveOtadataAsTheDevicesCodeDoes) {
  int cases = 0;
  for (const Json& entry : VectorsOf("ota_operation")) {
    const Json& inputs = entry.at("inputs");
    if (!inputs.contains("call")) continue;  // otatool on a PC: another rule
    SCOPED_TRACE(std::string(entry.at("file")));
    const std::string call = inputs.at("call");
    Make(inputs.at("layout"), VectorBytes(inputs.at("before")),
         Policies(inputs.at("config")).at(0));
    const auto burnt = inputs.value("efuse_secure_version", 0U);
    efuse_.set_field((1U << burnt) - 1U);
    auto slots = Slots::Open(device_);
    ASSERT_TRUE(slots.has_value());
    device_.running = *slots->table().FindLabel(std::string(inputs.at("running")));
    WordJudge judge;
    judge.invalid = inputs.at("invalid_images").get<std::set<std::string>>();
    if (inputs.contains("image_secure_versions")) {
      judge.secure_versions = inputs.at("image_secure_versions");
    }
    std::optional<Partition> argument;
    if (inputs.at("argument").is_string()) {
      const auto found = slots->table().FindLabel(std::string(inputs.at("argument")));
      if (!found) continue;
      argument = *found;
    }
    ++cases;
    const Json& expect = entry.at("expect");
    const Answer answer = Call(call, *slots, judge, argument);
    EXPECT_EQ(EspError(call, answer.status), expect.at("error").get<std::string>());
    for (const auto& [key, value] : answer.extra.items()) EXPECT_EQ(value, expect.at(key)) << key;
    const auto after = VectorBytes(entry.at("file"));
    EXPECT_EQ(Record(0), Hex(Bytes(after).first(32)));
    EXPECT_EQ(Record(1), Hex(Bytes(after).subspan(4096, 32)));
    if (expect.contains("efuse_secure_version_after")) {
      EXPECT_EQ(*efuse_.ReadSecureVersion(),
                expect.at("efuse_secure_version_after").get<std::uint32_t>());
    }
  }
  EXPECT_GT(cases, 35);
}

}  // namespace
}  // namespace updraft
