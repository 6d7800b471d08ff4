// SPDX-License-Identifier: Apache-2.0
#include "esp/src/image_opener.h"

#include <esp_log.h>
#include <esp_ota_ops.h>

#include <cstdlib>
#include <string>

#include "updraft/slot_prover.h"

#include "esp/src/bound_device.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp_https_ota";

class KeyLog final : public Observer {
 public:
  void OnFinding(const Finding& finding) override {
    if (finding.passed) return;
    const std::string expected(finding.expected.text);
    const std::string found(finding.found.text);
    ESP_LOGE(kTag, "Encrypted image: %s%s%sfound %s", expected.empty() ? "" : "expected ",
             expected.c_str(), expected.empty() ? "" : ", ", found.c_str());
  }
};

KeyLog& Log() {
  static KeyLog log;
  return log;
}

}  // namespace

Status ImageOpener::Gathering::Write(Bytes data) {
  bytes_.insert(bytes_.end(), data.begin(), data.end());
  return kOk;
}

void ImageOpener::Freed::operator()(char* data) const {
  std::free(data);  // NOLINT(cppcoreguidelines-no-malloc): the program took it so
}

esp_err_t ImageOpener::OpenByCallback(Bytes data) {
  from_callback_.reset();
  plain_ = {};
  decrypt_cb_arg_t argument{.data_in = reinterpret_cast<const char*>(data.data()),
                            .data_in_len = data.size(),
                            .data_out = nullptr,
                            .data_out_len = 0};
  const esp_err_t error = callback_(&argument, context_);
  from_callback_.reset(argument.data_out);
  if (error != ESP_OK || argument.data_out == nullptr) return error;
  plain_ = Bytes(reinterpret_cast<const std::uint8_t*>(argument.data_out), argument.data_out_len);
  return ESP_OK;
}

esp_err_t ImageOpener::Start(Bytes data, std::optional<std::uint64_t> total, bool holds_image) {
  started_ = true;
  const BoundDevice device;
  if (!device) return ESP_ERR_INVALID_STATE;
  const bool encrypted = data.size() >= 4 && LoadLe32(data.data()) == kEncryptedMagic;
  if (!encrypted && device->policy.signed_header) {
    ESP_LOGE(kTag, "The device takes encrypted images with a signed header only");
    return ESP_ERR_OTA_VALIDATE_FAILED;
  }
  // Whoever writes data partitions may want to keep a file encrypted.
  if (!encrypted || (!holds_image && !device->keys.any())) return ESP_OK;
  if (!device->keys.any()) {
    ESP_LOGE(kTag,
             "The image is encrypted, and this device has no key: set decrypt_cb, or give "
             "the device a key");
    return ESP_FAIL;
  }
  const auto trust = HeaderTrustFor(*device);
  if (!trust) return ESP_FAIL;
  const EncryptedRules rules{.available = total, .holds_image = holds_image, .trust = *trust};
  work_.resize(4096);
  gathering_ = std::make_unique<Gathering>();
  decryptor_ =
      std::make_unique<Decryptor>(*device->crypto, device->keys, rules, *gathering_, work_, Log());
  ESP_LOGI(kTag, "The image is encrypted, a key of this device opens it");
  return ESP_OK;
}

esp_err_t ImageOpener::Open(MutableBytes data, std::optional<std::uint64_t> total,
                            bool holds_image) {
  if (callback_ != nullptr) return OpenByCallback(data);
  if (!started_) {
    const esp_err_t error = Start(data, total, holds_image);
    if (error != ESP_OK) return error;
  }
  plain_ = data;
  if (decryptor_ == nullptr) return ESP_OK;
  gathering_->bytes().clear();
  const BoundDevice device;
  if (!decryptor_->Write(data).ok()) return ESP_FAIL;
  plain_ = gathering_->bytes();
  return ESP_OK;
}

esp_err_t ImageOpener::Finish() {
  if (decryptor_ == nullptr) return ESP_OK;
  const BoundDevice device;
  return decryptor_->Finish().ok() ? ESP_OK : ESP_FAIL;
}

}  // namespace updraft::esp
