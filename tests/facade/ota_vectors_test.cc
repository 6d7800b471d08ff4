// SPDX-License-Identifier: Apache-2.0
// Each esp_ota_* call of the vendor's vectors through the façade: its return
// value, its answer, and otadata afterwards, over images that are in the slots.
#include <esp_efuse.h>
#include <esp_ota_ops.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "esp/device_binding.h"
#include "ports/host/crypto_openssl.h"
#include "testing/fake_efuse.h"
#include "testing/fake_system.h"
#include "testing/ram_flash.h"
#include "testing/test_image.h"
#include "tests/conformance/vectors.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

class FacadeVectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!HaveVectors()) GTEST_SKIP() << "no vectors in " << VectorsFolder();
  }
  void TearDown() override { esp::Unbind(); }

  // Flash, images and policy of one vector; bound, with what runs.
  void Make(const Json& inputs) {
    flash_.emplace(FlashGeometry{.size = 16 << 20});
    flash_->Load(kPartitionTableOffset, VectorBytes(inputs.at("layout").get<std::string>()));
    const auto table = *PartitionTable::Load(*flash_, kPartitionTableOffset, crypto_);
    if (const auto otadata = table.Find(PartitionType::kData, kSubtypeOtadata)) {
      otadata_offset_ = otadata->offset;
      flash_->Load(otadata_offset_, VectorBytes(inputs.at("before").get<std::string>()));
    }
    const auto invalid = inputs.at("invalid_images").get<std::set<std::string>>();
    const Json versions = inputs.value("image_secure_versions", Json::object());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Partition partition = *table.At(i);
      const std::string label(partition.label());
      if (!partition.is_slot() || invalid.contains(label)) continue;
      TestImage image;
      image.secure_version = versions.value(label, 0U);
      flash_->Load(partition.offset, image.Build(crypto_));
    }
    const auto config = inputs.at("config").get<std::string>();
    efuse_.set_field((1U << inputs.value("efuse_secure_version", 0U)) - 1U);
    device_ = {.flash = &*flash_, .crypto = &crypto_, .efuse = &efuse_, .system = &system_};
    device_.chip.family = FindChip("esp32c3");
    device_.policy = {.rollback = config != "rollback_off",
                      .anti_rollback = config == "anti_rollback"};
    device_.running = *table.FindLabel(inputs.at("running").get<std::string>());
    esp::Bind({.device = &device_});
  }

  static Json Label(const esp_partition_t* partition) {
    return partition != nullptr ? Json(partition->label) : Json();
  }

  // The error's name, and what else the call answered.
  static std::pair<std::string, Json> Call(const std::string& call,
                                           const esp_partition_t* argument) {
    const std::map<std::string, esp_err_t (*)()> plain{
        {"esp_ota_mark_app_valid_cancel_rollback", esp_ota_mark_app_valid_cancel_rollback},
        {"esp_ota_mark_app_invalid_rollback", esp_ota_mark_app_invalid_rollback},
        {"esp_ota_invalidate_inactive_ota_data_slot", esp_ota_invalidate_inactive_ota_data_slot},
        {"esp_ota_erase_last_boot_app_partition", esp_ota_erase_last_boot_app_partition}};
    if (const auto found = plain.find(call); found != plain.end()) {
      return {esp_err_to_name(found->second()), {}};
    }
    if (call == "esp_ota_set_boot_partition") {
      return {esp_err_to_name(esp_ota_set_boot_partition(argument)), {}};
    }
    if (call == "esp_ota_get_next_update_partition") {
      return {"ESP_OK", {{"partition", Label(esp_ota_get_next_update_partition(argument))}}};
    }
    if (call == "esp_ota_get_boot_partition") {
      return {"ESP_OK", {{"partition", Label(esp_ota_get_boot_partition())}}};
    }
    if (call == "esp_ota_get_last_invalid_partition") {
      return {"ESP_OK", {{"partition", Label(esp_ota_get_last_invalid_partition())}}};
    }
    if (call == "esp_ota_check_rollback_is_possible") {
      return {"ESP_OK", {{"possible", esp_ota_check_rollback_is_possible()}}};
    }
    EXPECT_EQ(call, "esp_ota_get_state_partition");
    esp_ota_img_states_t state{};
    const esp_err_t error = esp_ota_get_state_partition(argument, &state);
    const std::map<esp_ota_img_states_t, std::string> names{
        {ESP_OTA_IMG_NEW, "NEW"},         {ESP_OTA_IMG_PENDING_VERIFY, "PENDING_VERIFY"},
        {ESP_OTA_IMG_VALID, "VALID"},     {ESP_OTA_IMG_INVALID, "INVALID"},
        {ESP_OTA_IMG_ABORTED, "ABORTED"}, {ESP_OTA_IMG_UNDEFINED, "UNDEFINED"}};
    if (error != ESP_OK) return {esp_err_to_name(error), {}};
    return {"ESP_OK", {{"state", names.at(state)}}};
  }

  OpensslCrypto crypto_;
  FakeEfuse efuse_{32};
  FakeSystem system_;
  std::optional<RamFlash> flash_;
  Device device_;
  std::uint64_t otadata_offset_ = 0;
};

TEST_F(FacadeVectors, ReturnAndLeaveWhatTheDevicesCodeDoes) {
  int cases = 0;
  for (const Json& vector : VectorsOf("ota_operation")) {
    const Json& inputs = vector.at("inputs");
    if (!inputs.contains("call")) continue;  // otatool on a PC: another rule
    SCOPED_TRACE(vector.at("file").get<std::string>());
    Make(inputs);
    const esp_partition_t* argument = nullptr;
    if (inputs.at("argument").is_string()) {
      argument = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY,
                                          inputs.at("argument").get<std::string>().c_str());
      if (argument == nullptr) continue;
    }
    ++cases;
    const Json& expect = vector.at("expect");
    const auto [error, answer] = Call(inputs.at("call").get<std::string>(), argument);
    EXPECT_EQ(error, expect.at("error").get<std::string>());
    for (const auto& [key, value] : answer.items()) {
      EXPECT_EQ(value.dump(), expect.at(key).dump()) << key;
    }
    const auto after = VectorBytes(vector.at("file").get<std::string>());
    const Bytes flash = Bytes(flash_->bytes()).subspan(otadata_offset_, after.size());
    EXPECT_TRUE(std::equal(after.begin(), after.end(), flash.begin()));
    if (expect.contains("efuse_secure_version_after")) {
      EXPECT_EQ(esp_efuse_read_secure_version(),
                expect.at("efuse_secure_version_after").get<std::uint32_t>());
    }
  }
  EXPECT_GT(cases, 35);
}

}  // namespace
}  // namespace updraft
