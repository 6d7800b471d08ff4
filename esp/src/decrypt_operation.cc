// SPDX-License-Identifier: Apache-2.0
#include "esp/src/decrypt_operation.h"

#include <esp_log.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

namespace updraft::esp {
namespace {

constexpr std::size_t kKeyBlockEnd = MAGIC_SIZE + ENC_GCM_KEY_SIZE;

}  // namespace

void DecryptOperation::Log::OnFinding(const Finding& finding) {
  const std::string found(finding.found.text);
  switch (finding.check) {
    case Check::kEncryptedMagic:
      if (finding.passed) {
        ESP_LOGI(kDecryptTag, "Magic Verified");
      } else {
        ESP_LOGE(kDecryptTag, "Magic Verification failed");
      }
      return;
    case Check::kAuthenticationTag:
      if (!finding.passed) ESP_LOGE(kDecryptTag, "Invalid Auth: found %s", found.c_str());
      return;
    case Check::kLength: return;  // said where it is judged
    default:
      if (!finding.passed) {
        ESP_LOGE(kDecryptTag, "%s: expected %s, found %s",
                 std::string(CheckTitle(finding.check)).c_str(),
                 std::string(finding.expected.text).c_str(), found.c_str());
      }
  }
}

esp_err_t DecryptOperation::Fail() {
  failed_ = true;
  key_->Forget();
  return ESP_FAIL;
}

esp_err_t DecryptOperation::Decrypt(pre_enc_decrypt_arg_t& args) {
  const std::lock_guard lock(mutex_);
  if (failed_) return ESP_FAIL;
  Bytes data(reinterpret_cast<const std::uint8_t*>(args.data_in), args.data_in_len);
  if (!decryptor_.opened()) {
    const esp_err_t error = TakeHeader(data);
    if (error != ESP_OK) return error;
  }
  return TakeBody(data, args);
}

// In two steps, since a key that is none is told of at the end of the key block.
esp_err_t DecryptOperation::TakeHeader(Bytes& data) {
  while (!decryptor_.opened()) {
    if (data.empty()) return ESP_ERR_NOT_FINISHED;
    const std::size_t end = header_size_ < kKeyBlockEnd ? kKeyBlockEnd : kEncryptedHeaderSize;
    const std::size_t some = std::min(data.size(), end - header_size_);
    if (!decryptor_.Write(data.first(some)).ok()) return Fail();
    header_size_ += some;
    data = data.subspan(some);
    if (header_size_ == kKeyBlockEnd &&
        !key_->Prepare(Bytes(decryptor_.header()).first(kKeyBlockEnd))) {
      return Fail();
    }
  }
  key_->OnOpened();
  return ESP_OK;
}

esp_err_t DecryptOperation::TakeBody(Bytes data, pre_enc_decrypt_arg_t& args) {
  const std::uint32_t left = decryptor_.body_size() - body_size_;
  if (data.size() > left) {
    ESP_LOGE(kDecryptTag, "Invalid operation: the image ends %zu bytes earlier",
             data.size() - left);
    return Fail();
  }
  const bool last = data.size() == left;
  const std::size_t whole = held_size_ + data.size();
  const std::size_t ready = last ? whole : whole / kBlock * kBlock;
  if (ready == 0) {
    const esp_err_t error = Append(data, held_.mutable_bytes().subspan(held_size_));
    if (error != ESP_OK) return error;
    held_size_ = whole;
    args.data_out_len = 0;
    if (!last) return ESP_ERR_NOT_FINISHED;
    if (decryptor_.body_size() == 0) {
      std::free(args.data_out);  // NOLINT(cppcoreguidelines-no-malloc): the caller's
      args.data_out = nullptr;
    }
    return ESP_OK;
  }
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): the caller frees it
  auto* const out = static_cast<char*>(std::realloc(args.data_out, whole));
  if (out == nullptr) return ESP_ERR_NO_MEM;
  args.data_out = out;
  args.data_out_len = 0;
  const MutableBytes plain(reinterpret_cast<std::uint8_t*>(out), whole);
  std::ranges::copy(held_.bytes().first(held_size_), plain.begin());
  const esp_err_t error = Append(data, plain.subspan(held_size_));
  if (error != ESP_OK) return error;
  held_size_ = whole - ready;
  std::ranges::copy(plain.subspan(ready), held_.mutable_bytes().begin());
  Wipe(plain.subspan(ready));
  args.data_out_len = ready;
  return last ? ESP_OK : ESP_ERR_NOT_FINISHED;
}

// Decrypted to `out`, which has room.
esp_err_t DecryptOperation::Append(Bytes data, MutableBytes out) {
  if (data.empty()) return ESP_OK;
  std::ranges::copy(data, out.begin());
  if (!decryptor_.WriteInPlace(out.first(data.size())).ok()) return Fail();
  body_size_ += static_cast<std::uint32_t>(data.size());
  return ESP_OK;
}

esp_err_t DecryptOperation::End() {
  const std::lock_guard lock(mutex_);
  if (failed_) return ESP_FAIL;
  if (!decryptor_.opened()) {
    ESP_LOGE(kDecryptTag, "Decryption process not completed successfully");
    return Fail();
  }
  if (body_size_ != decryptor_.body_size()) {
    ESP_LOGE(kDecryptTag, "Invalid operation: expected %u bytes behind the header, found %u",
             static_cast<unsigned>(decryptor_.body_size()), static_cast<unsigned>(body_size_));
    return Fail();
  }
  return decryptor_.Finish().ok() ? ESP_OK : Fail();
}

bool DecryptOperation::IsComplete() const {
  const std::lock_guard lock(mutex_);
  if (failed_) return false;
  if (header_size_ == 0) return true;
  return decryptor_.opened() && body_size_ == decryptor_.body_size();
}

esp_err_t DecryptOperation::Export(std::vector<std::uint8_t>& der) {
  const std::lock_guard lock(mutex_);
  return key_->Export(der);
}

}  // namespace updraft::esp
