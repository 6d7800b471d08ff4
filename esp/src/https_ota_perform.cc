// SPDX-License-Identifier: Apache-2.0
// HttpsUpdate: from the first byte to the end.
#include <esp_log.h>
#include <esp_timer.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "esp/src/https_ota.h"
#include "esp/src/project_config.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_ota";
constexpr std::size_t kDescription =
    sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t);

int AsInt(std::int64_t number) {
  return static_cast<int>(std::clamp<std::int64_t>(number, -1, INT_MAX));
}

}  // namespace

int HttpsUpdate::image_length_read() const {
  const State state = state_;
  return state == State::kBegin || state == State::kEnded ? -1 : AsInt(written_);
}

int HttpsUpdate::image_size() const { return AsInt(image_length_); }

bool HttpsUpdate::HoldsImage() const {
  return IsApp() || final_->type == ESP_PARTITION_TYPE_BOOTLOADER;
}

std::optional<std::uint64_t> HttpsUpdate::FileLength() const {
  const std::int64_t length = image_length_;
  if (length < 0) return std::nullopt;
  return static_cast<std::uint64_t>(length + encryption_header_);
}

std::size_t HttpsUpdate::EraseSize() const {
  if (!config_.bulk_flash_erase) return OTA_WITH_SEQUENTIAL_WRITES;
  const std::int64_t length = image_length_;
  return length > 0 && length < std::int64_t{OTA_WITH_SEQUENTIAL_WRITES}
             ? static_cast<std::size_t>(length)
             : OTA_SIZE_UNKNOWN;
}

esp_err_t HttpsUpdate::ReadSome(std::uint8_t* out, std::size_t size, int& count) {
  const std::int64_t begun = esp_timer_get_time();
  count = esp_http_client_read(client_, reinterpret_cast<char*>(out),
                               AsInt(static_cast<std::int64_t>(size)));
  if (count != -ESP_ERR_HTTP_EAGAIN) {
    silent_us_ = 0;
    return ESP_OK;
  }
  ESP_LOGD(kTag, "ESP_ERR_HTTP_EAGAIN invoked: Call timed out before data was ready");
  // Only what was spent waiting here: the program may take its time between two calls.
  silent_us_ += esp_timer_get_time() - begun;
  const std::int64_t most = std::int64_t{updraft_project_config.ota_stall_timeout_ms} * 1000;
  if (most == 0 || silent_us_ < most) return ESP_OK;
  ESP_LOGE(kTag, "The server has sent nothing for %lld ms, expected a byte within %lld ms",
           static_cast<long long>(silent_us_ / 1000), static_cast<long long>(most / 1000));
  return ESP_ERR_TIMEOUT;
}

// Exactly so many bytes, however they come.
esp_err_t HttpsUpdate::ReadHeaderStage() {
  while (header_size_ < kOtaHeaderStage) {
    int count = 0;
    const esp_err_t error = ReadSome(buffer_ + header_size_, kOtaHeaderStage - header_size_, count);
    if (error != ESP_OK) return error;
    if (count == -ESP_ERR_HTTP_EAGAIN) continue;
    if (count <= 0) break;
    header_size_ += static_cast<std::size_t>(count);
    consumed_ += count;
  }
  if (header_size_ == kOtaHeaderStage) return ESP_OK;
  ESP_LOGE(kTag, "Complete headers were not received");
  return ESP_FAIL;
}

esp_err_t HttpsUpdate::OpenHeaderStage() {
  if (header_opened_) return ESP_OK;
  const esp_err_t error = OpenPiece(MutableBytes(buffer_, header_size_));
  if (opener_.has_callback() && (error != ESP_OK || opener_.plain().empty())) {
    ESP_LOGE(kTag, "Decryption of image header failed");
    return ESP_FAIL;
  }
  header_opened_ = error == ESP_OK;
  return error;
}

esp_err_t HttpsUpdate::OpenPiece(MutableBytes data) {
  if (opener_.has_callback()) PostOtaEvent(ESP_HTTPS_OTA_DECRYPT_CB);
  const esp_err_t error = opener_.Open(data, FileLength(), HoldsImage());
  if (error == ESP_OK && opener_.opens_itself() && encryption_header_ == 0) {
    encryption_header_ = static_cast<std::int64_t>(kEncryptedHeaderSize);
    const std::int64_t length = image_length_;
    if (length >= 0) image_length_ = std::max<std::int64_t>(length - encryption_header_, 0);
  }
  return error;
}

esp_err_t HttpsUpdate::GetDescription(void* out, std::size_t out_size) {
  const std::lock_guard lock(driven_);
  PostOtaEvent(ESP_HTTPS_OTA_GET_IMG_DESC);
  if (opener_.has_callback()) return ESP_ERR_NOT_SUPPORTED;
  if (out == nullptr) return ESP_ERR_INVALID_ARG;
  if (state_ == State::kEnded) return ESP_ERR_INVALID_STATE;
  if (!HoldsImage()) return ESP_FAIL;
  const std::size_t size = IsApp() ? sizeof(esp_app_desc_t) : sizeof(esp_bootloader_desc_t);
  std::array<std::uint8_t, sizeof(esp_app_desc_t)> description{};
  if (state_ != State::kBegin) {
    const esp_err_t error = esp_partition_read(staging_, kDescription, description.data(), size);
    if (error != ESP_OK) return error;
  } else {
    esp_err_t error = ReadHeaderStage();
    if (error == ESP_OK) error = OpenHeaderStage();
    if (error != ESP_OK) return error;
    const Bytes plain = opener_.plain();
    if (plain.size() < kDescription + size) {
      ESP_LOGE(kTag, "Complete headers were not received");
      return ESP_FAIL;
    }
    std::memcpy(description.data(), plain.data() + kDescription, size);
  }
  if (IsApp() && LoadLe32(description.data()) != ESP_APP_DESC_MAGIC_WORD) {
    ESP_LOGE(kTag, "Incorrect app descriptor magic");
    return ESP_FAIL;
  }
  if (!IsApp() && description[0] != ESP_BOOTLOADER_DESC_MAGIC_BYTE) {
    ESP_LOGE(kTag, "Incorrect bootloader descriptor magic");
    return ESP_FAIL;
  }
  std::memcpy(out, description.data(), std::min(size, out_size));
  return ESP_OK;
}

esp_err_t HttpsUpdate::Write(Bytes plain) {
  const esp_err_t error = esp_ota_write(ota_, plain.data(), plain.size());
  if (error == ESP_OK) {
    written_ = written_ + static_cast<std::int64_t>(plain.size());
  } else {
    ESP_LOGE(kTag, "Error: esp_ota_write failed! err=0x%x", error);
  }
  const int total = AsInt(written_);
  PostOtaEvent(ESP_HTTPS_OTA_WRITE_FLASH, &total, sizeof total);
  return error == ESP_OK ? ESP_ERR_HTTPS_OTA_IN_PROGRESS : error;
}

esp_err_t HttpsUpdate::StartImage() {
  esp_err_t error = ReadHeaderStage();
  if (error == ESP_OK) error = OpenHeaderStage();
  if (error != ESP_OK) return error;
  const Bytes plain = opener_.plain();
  esp_image_header_t header{};
  if (plain.size() < sizeof header) {
    ESP_LOGE(kTag, "Complete headers were not received");
    return ESP_FAIL;
  }
  std::memcpy(&header, plain.data(), sizeof header);
  const auto chip = static_cast<std::uint16_t>(header.chip_id);
  PostOtaEvent(ESP_HTTPS_OTA_VERIFY_CHIP_ID, &chip, sizeof chip);
  const std::uint16_t revision = header.min_chip_rev_full;
  PostOtaEvent(ESP_HTTPS_OTA_VERIFY_CHIP_REVISION, &revision, sizeof revision);
  esp_app_desc_t description{};
  const bool described = IsApp() && plain.size() >= kDescription + sizeof description;
  if (described) std::memcpy(&description, plain.data() + kDescription, sizeof description);
  error = esp_ota_check_image_validity(final_->type, &header, described ? &description : nullptr);
  return error == ESP_OK ? Write(plain) : error;
}

esp_err_t HttpsUpdate::Start() {
  const esp_err_t error = esp_ota_begin(staging_, EraseSize(), &ota_);
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "esp_ota_begin failed (%s)", esp_err_to_name(error));
    return error;
  }
  writing_ = true;
  esp_ota_set_final_partition(ota_, final_, config_.partition.finalize_with_copy);
  state_ = State::kInProgress;
  return HoldsImage() ? StartImage() : ESP_ERR_HTTPS_OTA_IN_PROGRESS;
}

esp_err_t HttpsUpdate::Resume() {
  const esp_err_t error =
      esp_ota_resume(staging_, EraseSize(), static_cast<std::size_t>(written_), &ota_);
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "esp_ota_resume failed (%s)", esp_err_to_name(error));
    return error;
  }
  writing_ = true;
  esp_ota_set_final_partition(ota_, final_, config_.partition.finalize_with_copy);
  state_ = State::kInProgress;
  return ReadOnce();
}

esp_err_t HttpsUpdate::TakeEnd() {
  if (!esp_http_client_is_complete_data_received(client_)) {
    ESP_LOGE(kTag, "Connection closed before complete data was received!");
    return ESP_FAIL;
  }
  ESP_LOGD(kTag, "Connection closed");
  const std::int64_t file = image_length_ + encryption_header_;
  if (partial_ && consumed_ < file) return RequestNextRange();
  if (partial_ && consumed_ > file) {
    ESP_LOGE(kTag, "The server has another file now: expected %lld bytes, found %lld or more",
             static_cast<long long>(file), static_cast<long long>(consumed_));
    return ESP_FAIL;
  }
  const esp_err_t error = opener_.Finish();
  if (error != ESP_OK) return error;
  complete_ = true;
  state_ = State::kSuccess;
  return ESP_OK;
}

esp_err_t HttpsUpdate::ReadOnce() {
  int count = 0;
  const esp_err_t silence = ReadSome(buffer_, buffer_size_, count);
  if (silence != ESP_OK) return silence;
  if (!partial_) complete_ = esp_http_client_is_complete_data_received(client_);
  if (count == 0) return TakeEnd();
  if (count == -ESP_ERR_HTTP_EAGAIN) return ESP_ERR_HTTPS_OTA_IN_PROGRESS;
  if (count < 0) {
    ESP_LOGE(kTag, "data read %d, errno %d", count, errno);
    return ESP_FAIL;
  }
  consumed_ += count;
  if (partial_) complete_ = consumed_ == image_length_ + encryption_header_;
  const esp_err_t error = OpenPiece(MutableBytes(buffer_, static_cast<std::size_t>(count)));
  if (error != ESP_OK) return error;
  return opener_.plain().empty() ? ESP_ERR_HTTPS_OTA_IN_PROGRESS : Write(opener_.plain());
}

esp_err_t HttpsUpdate::Perform() {
  const std::lock_guard lock(driven_);
  if (failure_ != ESP_OK) return failure_;
  const esp_err_t error = Advance();
  // A piece that was lost would be missing in the middle of what is written next.
  const bool goes_on = error == ESP_OK || error == ESP_ERR_HTTPS_OTA_IN_PROGRESS;
  if (state_ == State::kInProgress && !goes_on) failure_ = error;
  return error;
}

esp_err_t HttpsUpdate::Advance() {
  switch (state_.load()) {
    case State::kBegin: return Start();
    case State::kResume: return Resume();
    case State::kInProgress: return ReadOnce();
    case State::kSuccess: ESP_LOGE(kTag, "Invalid ESP HTTPS OTA State"); return ESP_FAIL;
    case State::kEnded: break;
  }
  return ESP_ERR_INVALID_ARG;
}

esp_err_t HttpsUpdate::Finish() {
  const std::lock_guard lock(driven_);
  const State state = state_;
  if (state == State::kEnded) return ESP_ERR_INVALID_ARG;
  esp_err_t error = ESP_OK;
  if (state == State::kInProgress && !HoldsImage()) {
    // Nothing else would show that the end is missing.
    esp_ota_abort(ota_);
    error = ESP_ERR_OTA_VALIDATE_FAILED;
  } else if (writing_) {
    error = esp_ota_end(ota_);
    if (error == ESP_OK) error = failure_;
  }
  CleanUp();
  state_ = State::kEnded;
  if (!IsApp() || error != ESP_OK || state != State::kSuccess) return error;
  const esp_partition_subtype_t subtype = final_->subtype;
  const bool is_slot =
      subtype >= ESP_PARTITION_SUBTYPE_APP_OTA_MIN && subtype < ESP_PARTITION_SUBTYPE_APP_OTA_MAX;
  if (is_slot) error = esp_ota_set_boot_partition(staging_);
  if (error != ESP_OK) {
    ESP_LOGE(kTag, "esp_ota_set_boot_partition failed! err=0x%x", error);
    return error;
  }
  PostOtaEvent(ESP_HTTPS_OTA_UPDATE_BOOT_PARTITION, &subtype, sizeof subtype);
  return ESP_OK;
}

esp_err_t HttpsUpdate::Abort() {
  const std::lock_guard lock(driven_);
  if (state_ == State::kEnded) return ESP_ERR_INVALID_ARG;
  const esp_err_t error = writing_ ? esp_ota_abort(ota_) : ESP_OK;
  CleanUp();
  state_ = State::kEnded;
  return error;
}

}  // namespace updraft::esp
