// SPDX-License-Identifier: Apache-2.0
// esp_ota_end says yes to what is in flash then, though most of it was proven while
// it was written.
#include "tests/facade/facade_device.h"

namespace updraft {
namespace {

class ReadCountingFlash final : public Flash {
 public:
  explicit ReadCountingFlash(Flash& flash) : flash_(&flash) {}
  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    bytes_read_ += out.size();
    return flash_->Read(address, out);
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    return flash_->Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    return flash_->Program(address, data);
  }
  Status DoSync() override { return flash_->Sync(); }

  Flash* flash_;
  std::uint64_t bytes_read_ = 0;
};

class TrailingProof : public Facade {
 protected:
  TrailingProof() : Facade({.ota_slots = 2, .slot_size = 0x80000}) {
    test_device_.device().flash = &flash_;
    Bind();
  }

  static esp_ota_handle_t Begin() {
    esp_ota_handle_t handle = 0;
    EXPECT_EQ(esp_ota_begin(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
    return handle;
  }
  esp_err_t Write(esp_ota_handle_t handle, std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < to; at += kPiece) {
      const esp_err_t error = esp_ota_write(handle, &content_[at], std::min(kPiece, to - at));
      if (error != ESP_OK) return error;
    }
    return ESP_OK;
  }
  std::vector<std::uint8_t> Image(std::uint32_t secure) {
    TestImage made;
    made.secure_version = secure;
    return made.WithRamSegment(400000).Build(crypto_);
  }
  // The byte that the firmware clears in the slot, past the update's back.
  static esp_err_t Clear(std::size_t at) {
    const std::array<std::uint8_t, 4> zeros{};
    return esp_partition_write(Find("ota_0"), at, zeros.data(), zeros.size());
  }

  static constexpr std::size_t kPiece = 5000;
  static constexpr std::uint64_t kLastRead = 65536;
  ReadCountingFlash flash_{test_device_.flash()};
  std::vector<std::uint8_t> content_ = Image(0);
};

TEST_F(TrailingProof, ReadsEachByteOnceOfAnImageWrittenInOrder) {
  const esp_ota_handle_t handle = Begin();
  const std::uint64_t before = flash_.bytes_read();
  ASSERT_EQ(Write(handle, 0, content_.size()), ESP_OK);
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  EXPECT_LT(flash_.bytes_read() - before, content_.size() + kLastRead);
  EXPECT_EQ(esp_ota_set_boot_partition(Find("ota_0")), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(TrailingProof, SeesWhatWasChangedBehindIt) {
  const esp_ota_handle_t handle = Begin();
  ASSERT_EQ(Write(handle, 0, 300000), ESP_OK);
  ASSERT_EQ(Clear(100000), ESP_OK);
  ASSERT_EQ(Write(handle, 300000, content_.size()), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

TEST_F(TrailingProof, SeesWhatWasErasedBehindItAtTheLastMoment) {
  const esp_ota_handle_t handle = Begin();
  ASSERT_EQ(Write(handle, 0, content_.size()), ESP_OK);
  ASSERT_EQ(esp_partition_erase_range(Find("ota_0"), 0, 4096), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

TEST_F(TrailingProof, IsNotDisturbedByWhatIsWrittenElsewhere) {
  const esp_ota_handle_t handle = Begin();
  ASSERT_EQ(Write(handle, 0, 300000), ESP_OK);
  ASSERT_EQ(esp_partition_erase_range(Find("ota_1"), 0, 4096), ESP_OK);
  const std::uint64_t before = flash_.bytes_read();
  ASSERT_EQ(Write(handle, 300000, content_.size()), ESP_OK);
  ASSERT_EQ(esp_ota_end(handle), ESP_OK);
  EXPECT_LT(flash_.bytes_read() - before, content_.size() / 2);
}

TEST_F(TrailingProof, TakesAnImageThatIsResumed) {
  ASSERT_EQ(Write(Begin(), 0, 200000), ESP_OK);
  Bind();
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_resume(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, 200000, &handle), ESP_OK);
  ASSERT_EQ(Write(handle, 200000, content_.size()), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_OK);
}

TEST_F(TrailingProof, RefusesAnImageThatIsResumedBehindADamagedBeginning) {
  ASSERT_EQ(Write(Begin(), 0, 200000), ESP_OK);
  Bind();
  ASSERT_EQ(Clear(100000), ESP_OK);
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_resume(Find("ota_0"), OTA_WITH_SEQUENTIAL_WRITES, 200000, &handle), ESP_OK);
  ASSERT_EQ(Write(handle, 200000, content_.size()), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

TEST_F(TrailingProof, JudgesByTheSecureVersionAtTheEnd) {
  test_device_.device().policy.anti_rollback = true;
  Bind();
  content_ = Image(1);
  const esp_ota_handle_t handle = Begin();
  ASSERT_EQ(Write(handle, 0, content_.size()), ESP_OK);
  ASSERT_TRUE(test_device_.efuse().BurnSecureVersion(2).ok());
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

TEST_F(TrailingProof, LeavesAnImageWrittenByOffsetsToTheEnd) {
  esp_ota_handle_t handle = 0;
  ASSERT_EQ(esp_ota_begin(Find("ota_0"), OTA_SIZE_UNKNOWN, &handle), ESP_OK);
  ASSERT_EQ(Write(handle, 0, 300000), ESP_OK);
  ASSERT_EQ(esp_ota_write_with_offset(handle, &content_[300000], content_.size() - 300000, 300000),
            ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_OK);
}

TEST_F(TrailingProof, RefusesADamagedImageAtTheEndOnly) {
  content_[350000] ^= 1;
  const esp_ota_handle_t handle = Begin();
  ASSERT_EQ(Write(handle, 0, content_.size()), ESP_OK);
  EXPECT_EQ(esp_ota_end(handle), ESP_ERR_OTA_VALIDATE_FAILED);
}

}  // namespace
}  // namespace updraft
