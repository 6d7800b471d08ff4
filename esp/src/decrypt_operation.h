// SPDX-License-Identifier: Apache-2.0
// One esp_encrypted_img handle: a decryptor, the key that it opens the image with,
// and what is decrypted but fills no block yet. Owned by encrypted_img.cc.
#pragma once

#include <esp_encrypted_img.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "updraft/encrypted_image.h"

namespace updraft::esp {

inline constexpr const char* kDecryptTag = "esp_encrypted_img";

// What a handle was started with; one for each scheme (encrypted_img_*.cc).
class DecryptionKey {
 public:
  virtual ~DecryptionKey() = default;
  virtual DecryptionKeys keys() = 0;
  // The file's key block is there, `header` up to its end: the key is needed from
  // now on. False, and a line in the log, when there is none.
  virtual bool Prepare(Bytes header) = 0;
  // The file's AES key is known; nothing will be asked of this key any more.
  virtual void OnOpened() = 0;
  // The handle has failed.
  virtual void Forget() = 0;
  // As esp_encrypted_img_export_public_key.
  virtual esp_err_t Export(std::vector<std::uint8_t>& der) = 0;
};

// Any thread.
class DecryptOperation {
 public:
  // The crypto outlives it.
  DecryptOperation(Crypto& crypto, const HeaderTrust& trust, std::unique_ptr<DecryptionKey> key)
      : key_(std::move(key)),
        decryptor_(crypto, key_->keys(), {.trust = trust}, discarded_, work_, log_) {}

  esp_err_t Decrypt(pre_enc_decrypt_arg_t& args);
  esp_err_t End();
  bool IsComplete() const;
  esp_err_t Export(std::vector<std::uint8_t>& der);

 private:
  class Log final : public Observer {
   public:
    void OnFinding(const Finding& finding) override;
  };
  // Decryption is in place.
  class Discarded final : public Sink {
   public:
    Status Write(Bytes /*data*/) override { return kOk; }
    Status Finish() override { return kOk; }
  };
  static constexpr std::size_t kBlock = 16;

  esp_err_t TakeHeader(Bytes& data);
  esp_err_t TakeBody(Bytes data, pre_enc_decrypt_arg_t& args);
  esp_err_t Append(Bytes data, MutableBytes out);
  esp_err_t Fail();

  mutable std::mutex mutex_;
  std::unique_ptr<DecryptionKey> key_;
  Log log_;
  Discarded discarded_;
  std::array<std::uint8_t, kEncryptedHeaderSize> work_{};
  Decryptor decryptor_;
  std::size_t header_size_ = 0;  // bytes that have come
  std::uint32_t body_size_ = 0;  // bytes that have come
  Secret<kBlock> held_;
  std::size_t held_size_ = 0;
  bool failed_ = false;
};

// A handle for the bound device; nullptr without one, or when there is no memory.
esp_decrypt_handle_t StartDecryption(std::unique_ptr<DecryptionKey> key);

}  // namespace updraft::esp
