// SPDX-License-Identifier: Apache-2.0
// A device with eFuse keys whose firmware opens encrypted images, and what feeding it
// one in chunks comes to. The fixture of encrypted_img_*_test.cc, which choose the
// scheme as a project's configuration does: before any include.
#pragma once

#include <esp_encrypted_img.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "esp/host/host_keys.h"
#include "ports/host/key_file.h"
#include "testing/hex.h"
#include "testing/temporary_folder.h"
#include "testing/test_encryption.h"
#include "tests/conformance/vectors.h"
#include "tests/facade/captured_log.h"
#include "tests/facade/facade_device.h"

namespace updraft {

using Buffer = std::vector<std::uint8_t>;

struct Decrypted {
  esp_err_t last = ESP_ERR_NOT_FINISHED;  // of decrypt_data
  bool complete = false;
  esp_err_t end = ESP_OK;
  Buffer plain;
};

class EncryptedFacade : public Facade {
 protected:
  EncryptedFacade() {
    EXPECT_EQ(FileEfuse::Create(folder_ / "efuse.bin"), kOk);
    auto opened = FileEfuse::Open(folder_ / "efuse.bin", 16, FileEfuse::Mode::kReadWrite);
    EXPECT_TRUE(opened);
    efuse_ = std::move(*opened);
    keys_.emplace(*efuse_, crypto_);
    private_keys_ = &*keys_;
    test_device_.device().efuse = efuse_.get();
    Bind();
  }
  ~EncryptedFacade() override { esp::Unbind(); }

  void BurnHmacKey(std::size_t block, Bytes key, KeyPurpose purpose = KeyPurpose::kHmacUp) {
    EXPECT_EQ(
        efuse_->BurnKey({.block = block, .purpose = purpose, .key = key, .read_protect = true}),
        kOk);
  }

  // Feeds `file` in chunks of what `chunk` says, up to the first error; ends it.
  // Whatever is not the last comes in whole blocks.
  static Decrypted Feed(esp_decrypt_handle_t handle, const Buffer& file,
                        const std::function<std::size_t()>& chunk) {
    Decrypted result;
    pre_enc_decrypt_arg_t args{};
    for (Bytes rest(file); !rest.empty();) {
      const Bytes some = rest.first(std::min(rest.size(), chunk()));
      rest = rest.subspan(some.size());
      const std::vector<char> copy(some.begin(), some.end());  // ASan sees reads past it
      args.data_in = copy.data();
      args.data_in_len = copy.size();
      args.data_out_len = 0;
      result.last = esp_encrypted_img_decrypt_data(handle, &args);
      if (result.last != ESP_OK && result.last != ESP_ERR_NOT_FINISHED) break;
      if (result.last == ESP_ERR_NOT_FINISHED) {
        EXPECT_EQ(args.data_out_len % 16, 0U);
      }
      result.plain.insert(result.plain.end(), args.data_out, args.data_out + args.data_out_len);
    }
    std::free(args.data_out);
    result.complete = esp_encrypted_img_is_complete_data_received(handle);
    result.end = esp_encrypted_img_decrypt_end(handle);
    return result;
  }
  static Decrypted Feed(esp_decrypt_handle_t handle, const Buffer& file,
                        std::size_t chunk = SIZE_MAX) {
    return Feed(handle, file, [chunk] { return chunk; });
  }

  // One call with these bytes.
  static esp_err_t FeedOnce(esp_decrypt_handle_t handle, Bytes bytes) {
    pre_enc_decrypt_arg_t args{};
    args.data_in = reinterpret_cast<const char*>(bytes.data());
    args.data_in_len = bytes.size();
    const esp_err_t error = esp_encrypted_img_decrypt_data(handle, &args);
    std::free(args.data_out);
    return error;
  }

  // The key is found to be none at the last byte of the key block, not before.
  static void ExpectFailsAtKeyBlock(esp_decrypt_handle_t handle, const Buffer& file) {
    ASSERT_NE(handle, nullptr);
    EXPECT_EQ(FeedOnce(handle, Bytes(file).first(387)), ESP_ERR_NOT_FINISHED);
    EXPECT_EQ(FeedOnce(handle, Bytes(file).subspan(387, 1)), ESP_FAIL);
    EXPECT_EQ(esp_encrypted_img_decrypt_end(handle), ESP_FAIL);
  }

  static Buffer Export(esp_decrypt_handle_t handle) {
    std::uint8_t* der = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(esp_encrypted_img_export_public_key(handle, &der, &size), ESP_OK);
    Buffer bytes(der, der + size);
    std::free(der);
    return bytes;
  }

  void ExpectOpens(esp_decrypt_handle_t handle, const Buffer& file, const Buffer& plain,
                   const std::function<std::size_t()>& chunk) {
    const Decrypted result = Feed(handle, file, chunk);
    EXPECT_EQ(result.last, ESP_OK);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.end, ESP_OK);
    EXPECT_EQ(result.plain, plain);
  }

  // Every vector of the scheme, as the vendor's device code took it in each chunk
  // size. `start` makes a handle for a key file; nullptr: not one of this scheme.
  // Returns how many there were.
  int ExpectVectors(const std::string& kind,
                    const std::function<esp_decrypt_handle_t(const std::string& key)>& start,
                    bool damaged_key_fails_at_end) {
    int seen = 0;
    for (const nlohmann::json& entry : VectorsOf(kind)) {
      const nlohmann::json& expect = entry.at("expect");
      if (!expect.contains("device_key") || !expect.contains("vendor_c")) continue;
      const Buffer file = VectorBytes(entry.at("file"));
      for (const nlohmann::json& run : expect.at("vendor_c")) {
        const auto& chunks = run.at("chunk");
        for (const auto& chunk : chunks.is_array() ? chunks : nlohmann::json::array({chunks})) {
          esp_decrypt_handle_t handle = start(expect.at("device_key"));
          if (handle == nullptr) continue;
          SCOPED_TRACE(std::string(entry.at("file")) + " by " + std::string(chunk));
          ExpectRun(handle, file, chunk, run, damaged_key_fails_at_end);
          ++seen;
        }
      }
    }
    return seen;
  }

 private:
  void ExpectRun(esp_decrypt_handle_t handle, const Buffer& file, const std::string& chunk,
                 const nlohmann::json& run, bool damaged_key_fails_at_end) {
    unsigned seed = 7;
    const auto size = [&]() -> std::size_t {
      if (chunk[0] != 'r') return std::stoul(chunk);
      seed = seed * 1103515245 + 12345;
      return 1 + (seed >> 16) % 700;
    };
    const Decrypted result = Feed(handle, file, size);
    const bool accept = run.at("verdict") == "accept";
    EXPECT_EQ(result.last == ESP_OK && result.end == ESP_OK, accept);
    if (accept) {
      EXPECT_EQ(result.plain.size(), run.at("out_len").get<std::size_t>());
      EXPECT_TRUE(result.complete);
      return;
    }
    EXPECT_EQ(result.end, ESP_FAIL);
    const std::string last = run.at("last_decrypt_data");
    const std::string log = run.at("log").dump();
    if (log.find("mbedtls_pk_decrypt") != std::string::npos && damaged_key_fails_at_end) {
      // On purpose: nobody may ask a device whether a padding is right.
      EXPECT_TRUE(result.last == ESP_OK || result.last == ESP_ERR_NOT_FINISHED ||
                  result.last == ESP_FAIL);
      return;
    }
    const std::uint32_t body = file.size() >= 512 ? LoadLe32(file.data() + 404) : UINT32_MAX;
    if (file.size() > 512 + std::uint64_t{body}) {
      EXPECT_EQ(result.last, ESP_FAIL) << "what is behind the image is refused at once";
    } else {
      EXPECT_EQ(esp_err_to_name(result.last), last);
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileEfuse> efuse_;
  std::optional<esp::HostKeys> keys_;
};

}  // namespace updraft
