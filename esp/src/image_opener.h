// SPDX-License-Identifier: Apache-2.0
// What comes from a server, made plain for esp_https_ota: by the program's callback,
// by a key of the device, or as it is. Owned by HttpsUpdate.
#pragma once

#include <esp_https_ota.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "updraft/encrypted_image.h"

namespace updraft::esp {

class ImageOpener {
 public:
  // `callback` may be nullptr.
  ImageOpener(decrypt_cb_t callback, void* context) : callback_(callback), context_(context) {}

  bool has_callback() const { return callback_ != nullptr; }
  // An encrypted image that a key of the device opens; known after the first bytes.
  bool opens_itself() const { return decryptor_ != nullptr; }

  // The next bytes of the file, and of what they hold, which may be nothing; that is
  // valid until the next call. `total` is the length of the file where it is known,
  // `holds_image`: an application or a bootloader is expected. The first call has at
  // least 4 bytes, unless the file is shorter. The callback's error, or ESP_FAIL.
  esp_err_t Open(MutableBytes data, std::optional<std::uint64_t> total, bool holds_image);
  Bytes plain() const { return plain_; }
  // The file has ended: whether what was opened is authentic. ESP_FAIL when not.
  esp_err_t Finish();

 private:
  // Keeps what one piece of the file yields.
  class Gathering final : public Sink {
   public:
    Status Write(Bytes data) override;
    Status Finish() override { return kOk; }
    std::vector<std::uint8_t>& bytes() { return bytes_; }

   private:
    std::vector<std::uint8_t> bytes_;
  };
  struct Freed {
    void operator()(char* data) const;
  };

  esp_err_t OpenByCallback(Bytes data);
  esp_err_t Start(Bytes data, std::optional<std::uint64_t> total, bool holds_image);

  decrypt_cb_t callback_;
  void* context_;
  bool started_ = false;
  std::unique_ptr<char, Freed> from_callback_;
  std::vector<std::uint8_t> work_;
  std::unique_ptr<Gathering> gathering_;
  std::unique_ptr<Decryptor> decryptor_;
  Bytes plain_{};
};

}  // namespace updraft::esp
