// SPDX-License-Identifier: Apache-2.0
// Encrypted images for an RSA key that the application holds: its PEM is kept as it
// is until the file's key block has come, then parsed, and gone after it was used.
#include <esp_encrypted_img.h>
#include <esp_log.h>

#include <algorithm>
#include <array>

#include "esp/key_binding.h"
#include "esp/src/bound_device.h"
#include "esp/src/decrypt_operation.h"
#include "esp/src/no_memory.h"

namespace updraft::esp {
namespace {

// RSAPublicKey of PKCS#1 (RFC 8017, A.1.1). The modulus has its highest bit set, so
// a zero goes before it.
std::vector<std::uint8_t> Pkcs1Of(const Rsa3072PublicKey& key) {
  std::array<std::uint8_t, 5> exponent{0, static_cast<std::uint8_t>(key.exponent >> 24),
                                       static_cast<std::uint8_t>(key.exponent >> 16),
                                       static_cast<std::uint8_t>(key.exponent >> 8),
                                       static_cast<std::uint8_t>(key.exponent)};
  std::size_t skip = 0;
  while (skip + 1 < exponent.size() && exponent[skip] == 0 && exponent[skip + 1] < 0x80) ++skip;
  const Bytes exponent_bytes = Bytes(exponent).subspan(skip);
  constexpr std::size_t kNumber = kRsa3072Size + 1;
  const std::size_t content = 4 + kNumber + 2 + exponent_bytes.size();
  std::vector<std::uint8_t> der{0x30, 0x82, static_cast<std::uint8_t>(content >> 8),
                                static_cast<std::uint8_t>(content)};
  der.insert(der.end(), {0x02, 0x82, kNumber >> 8, kNumber & 0xFF, 0});
  der.insert(der.end(), key.modulus.begin(), key.modulus.end());
  der.insert(der.end(), {0x02, static_cast<std::uint8_t>(exponent_bytes.size())});
  der.insert(der.end(), exponent_bytes.begin(), exponent_bytes.end());
  return der;
}

class PemKey final : public DecryptionKey, private RsaPrivateKey {
 public:
  explicit PemKey(Bytes pem) : pem_(pem.begin(), pem.end()) {}
  PemKey(const PemKey&) = delete;
  PemKey& operator=(const PemKey&) = delete;
  ~PemKey() override { Wipe(pem_); }

  DecryptionKeys keys() override { return {.rsa = this}; }
  bool Prepare(Bytes header) override;
  void OnOpened() override { key_.reset(); }
  void Forget() override {
    WipePem();
    key_.reset();
  }
  esp_err_t Export(std::vector<std::uint8_t>& der) override;

 private:
  Status RawDecrypt(std::span<const std::uint8_t, kRsa3072Size> in,
                    std::span<std::uint8_t, kRsa3072Size> out) override {
    return key_ != nullptr ? key_->RawDecrypt(in, out) : Status(Code::kNotFound, Stage::kEncrypted);
  }
  Status RejectionSecret(std::span<std::uint8_t, kSha256Size> secret) override {
    return key_ != nullptr ? key_->RejectionSecret(secret)
                           : Status(Code::kNotFound, Stage::kEncrypted);
  }

  std::optional<PrivateKeys::Rsa> Parse() const;
  void WipePem() {
    Wipe(pem_);
    pem_.clear();
  }

  std::vector<std::uint8_t> pem_;  // empty once it was used
  std::shared_ptr<RsaPrivateKey> key_;
};

std::optional<PrivateKeys::Rsa> PemKey::Parse() const {
  const BoundDevice device;
  PrivateKeys* const keys = device.private_keys();
  return keys != nullptr ? keys->ParseRsa(pem_) : std::nullopt;
}

bool PemKey::Prepare(Bytes /*header*/) {
  ESP_LOGI(kDecryptTag, "Reading RSA private key");
  const auto parsed = Parse();
  WipePem();
  if (!parsed) {
    ESP_LOGE(kDecryptTag,
             "rsa_priv_key: expected a private key of RSA with 3072 bits, PEM or DER and not "
             "encrypted, found something else");
    return false;
  }
  key_ = parsed->key;
  return true;
}

esp_err_t PemKey::Export(std::vector<std::uint8_t>& der) {
  if (pem_.empty()) return ESP_ERR_INVALID_ARG;
  const auto parsed = Parse();
  if (!parsed) return ESP_FAIL;
  der = Pkcs1Of(parsed->half);
  return ESP_OK;
}

}  // namespace
}  // namespace updraft::esp

esp_decrypt_handle_t esp_encrypted_img_decrypt_start(const esp_decrypt_cfg_t* cfg) try {
  if (cfg == nullptr || cfg->rsa_priv_key == nullptr || cfg->rsa_priv_key_len == 0) {
    ESP_LOGE(updraft::esp::kDecryptTag,
             "esp_encrypted_img_decrypt_start: expected rsa_priv_key "
             "and its length, found none");
    return nullptr;
  }
  const updraft::Bytes pem(reinterpret_cast<const std::uint8_t*>(cfg->rsa_priv_key),
                           cfg->rsa_priv_key_len);
  return updraft::esp::StartDecryption(std::make_unique<updraft::esp::PemKey>(pem));
}
UPDRAFT_NO_MEMORY(nullptr)
