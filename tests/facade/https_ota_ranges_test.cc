// SPDX-License-Identifier: Apache-2.0
// esp_https_ota.h: partial download, resumption, encrypted images, staging and final
// partitions.
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>

#include "ports/host/key_file.h"
#include "testing/encryption_keys.h"
#include "testing/test_encryption.h"
#include "tests/facade/https_ota_facade.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A server of one file that answers ranges as ESP-IDF's tests have it, and tells what
// it was asked for.
class RangePeer {
 public:
  explicit RangePeer(const std::vector<std::uint8_t>& file)
      : file_(file.begin(), file.end()),
        peer_([this](const std::string& request) { return Answer(request); }) {}

  std::string url() const { return peer_.url(); }
  std::vector<std::string> requests() const { return peer_.requests(); }
  int connections() const { return peer_.connections(); }
  // "HEAD", "GET bytes=0-99", "GET".
  std::vector<std::string> asked() const {
    std::vector<std::string> asked;
    for (const std::string& request : peer_.requests()) {
      const std::size_t at = request.find("Range: ");
      std::string word = request.substr(0, request.find(' '));
      if (at != std::string::npos) {
        word += " " + request.substr(at + 7, request.find('\r', at) - at - 7);
      }
      asked.push_back(word);
    }
    return asked;
  }

  bool takes_head = true;
  bool ignores_range = false;
  bool ignores_later_range = false;
  bool closes = false;
  std::int64_t lies_by = 0;

 private:
  HttpPeer::Answer Answer(const std::string& request) {
    if (request.starts_with("HEAD")) {
      if (!takes_head) return {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
      return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(file_.size()) + "\r\n\r\n"};
    }
    const std::size_t at = request.find("Range: bytes=");
    std::size_t first = 0;
    std::size_t last = file_.size() - 1;
    if (at != std::string::npos) {
      const std::string range = request.substr(at + 13, request.find('\r', at) - at - 13);
      const std::size_t dash = range.find('-');
      first = std::stoul(range);
      if (dash + 1 < range.size()) last = std::min(last, std::stoul(range.substr(dash + 1)));
    }
    if (at == std::string::npos || ignores_range || (ignores_later_range && first > 0)) {
      return {OkAnswer(file_), closes};
    }
    if (first > last) return {"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"};
    const std::string part = file_.substr(first, last - first + 1);
    const std::int64_t told = static_cast<std::int64_t>(first) + lies_by;
    return {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(told) + "-" +
                std::to_string(last) + "/" + std::to_string(file_.size()) +
                "\r\nContent-Length: " + std::to_string(part.size()) + "\r\n\r\n" + part,
            closes};
  }

  std::string file_;
  HttpPeer peer_;
};

class HttpsOtaRanges : public HttpsOtaFacade {
 protected:
  // http, verified by nobody, which any bundle function allows.
  void UseFrom(RangePeer& peer) {
    url_ = peer.url();
    http_ = {.url = url_.c_str(), .crt_bundle_attach = [](void*) { return ESP_OK; }};
  }
  void DownloadInParts(int request) {
    config_.partial_http_download = true;
    config_.max_http_request_size = request;
  }
  std::string Range(std::size_t first) { return "GET bytes=" + std::to_string(first) + "-"; }

  const std::vector<std::uint8_t> new_image_ = MakeImage("2.0.0");
};

TEST_F(HttpsOtaRanges, A13DownloadsInParts) {
  ASSERT_GT(new_image_.size(), 9000U);
  RangePeer peer(new_image_);
  UseFrom(peer);
  DownloadInParts(4096);
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.asked(),
              ElementsAre("HEAD", "GET bytes=0-4095", "GET bytes=4096-8191", "GET bytes=8192-"));
  EXPECT_EQ(peer.connections(), 2) << "one for the length, one for all parts";
  EXPECT_EQ(BootLabel(), "ota_0");
}

TEST_F(HttpsOtaRanges, AsksForTheFirstByteWhereHeadIsRefused) {
  RangePeer peer(new_image_);
  peer.takes_head = false;
  UseFrom(peer);
  DownloadInParts(65536);
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.asked(), ElementsAre("HEAD", "GET bytes=0-0", "GET"));
}

TEST_F(HttpsOtaRanges, ConnectsForEachPartWhereTheServerCloses) {
  RangePeer peer(new_image_);
  peer.closes = true;
  UseFrom(peer);
  DownloadInParts(4096);
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaRanges, TakesTheWholeFileFromAServerThatKnowsNoRanges) {
  RangePeer peer(new_image_);
  peer.ignores_range = true;
  UseFrom(peer);
  DownloadInParts(4096);
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_EQ(peer.asked().size(), 2U);
}

TEST_F(HttpsOtaRanges, RefusesAnotherPartThanItAskedFor) {
  RangePeer whole(new_image_);
  whole.ignores_later_range = true;
  UseFrom(whole);
  DownloadInParts(4096);
  EXPECT_EQ(Update(), ESP_FAIL);
  RangePeer liar(new_image_);
  liar.lies_by = 1;
  UseFrom(liar);
  EXPECT_EQ(Update(), ESP_FAIL);
  EXPECT_EQ(BootLabel(), "factory");
}

TEST_F(HttpsOtaRanges, WorksWithEachSizeOfARequest) {
  for (const int request : {1, 100, 1023, 1024, 1025, 3000, static_cast<int>(new_image_.size()),
                            static_cast<int>(new_image_.size()) - 1, 1 << 20}) {
    if (request < 100) continue;  // a request a byte takes its time
    RangePeer peer(new_image_);
    UseFrom(peer);
    DownloadInParts(request);
    // The header stage takes 1024 bytes of one answer.
    EXPECT_EQ(Update(), request < 1024 ? ESP_FAIL : ESP_OK) << request;
  }
}

TEST_F(HttpsOtaRanges, ResumesWhereTheProgramSays) {
  RangePeer peer(new_image_);
  UseFrom(peer);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  const int written = esp_https_ota_get_image_len_read(handle);
  ASSERT_EQ(written, 5 * 1024);
  ASSERT_EQ(esp_https_ota_abort(handle), ESP_OK);

  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4500;  // less than there is, and not aligned
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), 4500);
  EXPECT_EQ(esp_https_ota_get_status_code(handle), 206);
  EXPECT_EQ(esp_https_ota_get_image_size(handle), static_cast<int>(new_image_.size()) - 4500)
      << "what is left, as on a chip";
  esp_app_desc_t description{};
  ASSERT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_OK);
  EXPECT_STREQ(description.version, "2.0.0");
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
  EXPECT_THAT(peer.asked(), ElementsAre("GET", Range(4500)));
  while (!ended_) vTaskDelay(1);
}

TEST_F(HttpsOtaRanges, StartsAnewBelowAHeaderStage) {
  RangePeer peer(new_image_);
  UseFrom(peer);
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 1000;
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.asked(), ElementsAre(Range(0)));
}

TEST_F(HttpsOtaRanges, A3StartsAnewWhereTheServerCannotResume) {
  RangePeer ignores(new_image_);
  ignores.ignores_range = true;
  RangePeer short_file({new_image_.begin(), new_image_.end()});
  for (RangePeer* peer : {&ignores, &short_file}) {
    UseFrom(*peer);
    config_.ota_resumption = true;
    config_.ota_image_bytes_written = peer == &ignores ? 4096 : 900000;
    testing::internal::CaptureStdout();
    EXPECT_EQ(Update(), ESP_OK);
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                HasSubstr("restarting download from beginning"));
    EXPECT_EQ(peer->asked().size(), 2U);
  }
}

TEST_F(HttpsOtaRanges, A14ResumesInParts) {
  RangePeer peer(new_image_);
  UseFrom(peer);
  DownloadInParts(2048);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  while (esp_https_ota_get_image_len_read(handle) < 4096) {
    ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  }
  ASSERT_EQ(esp_https_ota_abort(handle), ESP_OK);
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4096;
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.asked(), Contains("GET bytes=4096-6143"));
}

// Decrypts nothing: takes a byte off each piece of 1024, as a cipher holds back.
struct Opened {
  esp_err_t error = ESP_OK;
  bool yields = true;
  int calls = 0;
};

esp_err_t CopyOut(decrypt_cb_arg_t* args, void* context) {
  auto& opened = *static_cast<Opened*>(context);
  ++opened.calls;
  if (opened.error != ESP_OK || !opened.yields) return opened.error;
  args->data_out = static_cast<char*>(std::malloc(args->data_in_len));
  std::memcpy(args->data_out, args->data_in, args->data_in_len);
  args->data_out_len = args->data_in_len;
  return ESP_OK;
}

TEST_F(HttpsOtaRanges, DecryptsByTheProgramsCallback) {
  Opened opened;
  config_.decrypt_cb = &CopyOut;
  config_.decrypt_user_ctx = &opened;
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  esp_app_desc_t description{};
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_ERR_NOT_SUPPORTED);
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
  EXPECT_GT(opened.calls, 9);
  while (!ended_) vTaskDelay(1);
  const auto events = Events();
  EXPECT_EQ(std::vector<std::string>(events.begin(), events.begin() + 7),
            (std::vector<std::string>{"start", "connected", "describe", "decrypt", "chip 5",
                                      "revision", "write"}));
}

TEST_F(HttpsOtaRanges, EndsWithTheCallbacksError) {
  Opened opened{.error = ESP_ERR_INVALID_MAC};
  config_.decrypt_cb = &CopyOut;
  config_.decrypt_user_ctx = &opened;
  EXPECT_EQ(Update(), ESP_FAIL) << "of the header, as on a chip";
  opened = {.yields = false};
  EXPECT_EQ(Update(), ESP_FAIL) << "a header must come";
  opened = {};
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  opened.yields = false;
  EXPECT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS)
      << "nothing yet is no error, and no number that nobody knows";
  opened.error = ESP_ERR_INVALID_MAC;
  EXPECT_EQ(esp_https_ota_perform(handle), ESP_ERR_INVALID_MAC);
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
}

class HttpsOtaEncrypted : public HttpsOtaRanges {
 protected:
  HttpsOtaEncrypted() {
    encrypted_ = EncryptForTest(crypto_, key_->rsa_public, new_image_);
    Give(key_->rsa_private.get());
  }
  void Give(RsaPrivateKey* key) {
    esp::Unbind();
    test_device_.device().keys.rsa = key;
    Bind();
  }

  std::unique_ptr<KeyFile> key_ = std::move(std::get<0>(ParseKeyFile(AsBytes(kTestRsaKeyPem))));
  std::vector<std::uint8_t> encrypted_;
};

TEST_F(HttpsOtaEncrypted, OpensItselfWithTheDevicesKey) {
  Serve("new.enc", encrypted_);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  esp_app_desc_t description{};
  ASSERT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_OK);
  EXPECT_STREQ(description.version, "2.0.0");
  EXPECT_EQ(esp_https_ota_get_image_size(handle), static_cast<int>(new_image_.size()));
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), static_cast<int>(new_image_.size()));
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(HttpsOtaEncrypted, OpensItselfInPartsOfAnySize) {
  for (const int request : {1024, 1500, 4096, 4097, 65536}) {
    RangePeer peer(encrypted_);
    UseFrom(peer);
    DownloadInParts(request);
    EXPECT_EQ(Update(), ESP_OK) << request;
  }
}

TEST_F(HttpsOtaEncrypted, StartsAnewInsteadOfResuming) {
  RangePeer peer(encrypted_);
  UseFrom(peer);
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4096;
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.asked(), ElementsAre(Range(0)));
}

TEST_F(HttpsOtaEncrypted, RefusesADamagedFile) {
  for (const std::size_t at :
       {std::size_t{40}, std::size_t{410}, std::size_t{5000}, encrypted_.size() - 1}) {
    auto damaged = encrypted_;
    damaged[at] ^= 1U;
    Serve("damaged.enc", damaged);
    EXPECT_EQ(Update(), ESP_FAIL) << at;
    EXPECT_EQ(BootLabel(), "factory");
  }
  auto longer = encrypted_;
  longer.push_back(0);
  Serve("longer.enc", longer);
  EXPECT_EQ(Update(), ESP_FAIL);
}

TEST_F(HttpsOtaEncrypted, SaysThatItHasNoKey) {
  Give(nullptr);
  Serve("new.enc", encrypted_);
  testing::internal::CaptureStdout();
  EXPECT_EQ(Update(), ESP_FAIL);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("this device has no key"));
}

class HttpsOtaPartitions : public HttpsOtaFacade {};

TEST_F(HttpsOtaPartitions, D5WritesDataThroughASlotWithACopy) {
  std::vector<std::uint8_t> data(8192, 0x36);
  Serve("storage.bin", data);
  const esp_partition_t* const storage = Find("nvs");
  ASSERT_NE(storage, nullptr);
  config_.partition = {.staging = nullptr, .final = storage, .finalize_with_copy = true};
  ASSERT_EQ(Update(), ESP_OK);
  std::vector<std::uint8_t> read(data.size());
  ASSERT_EQ(esp_partition_read(storage, 0, read.data(), read.size()), ESP_OK);
  EXPECT_EQ(read, data);
  EXPECT_EQ(BootLabel(), "factory");
  while (!ended_) vTaskDelay(1);
  EXPECT_THAT(Events(), ElementsAre("start", "connected", "write", "finish"));
}

TEST_F(HttpsOtaPartitions, TakesTheSamePartitionTwice) {
  config_.partition = {.staging = Find("ota_1"), .final = Find("ota_1")};
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_EQ(BootLabel(), "ota_1");
}

TEST_F(HttpsOtaPartitions, RefusesPartitionsThatAreNone) {
  esp_partition_t none = *Find("ota_1");
  none.address += 0x1000;
  config_.partition = {.staging = &none};
  EXPECT_EQ(Update(), ESP_FAIL);
  config_.partition = {.final = &none};
  EXPECT_EQ(Update(), ESP_FAIL);
  config_.partition = {.staging = Find("factory")};
  EXPECT_NE(Update(), ESP_OK) << "it runs";
  EXPECT_EQ(BootLabel(), "factory");
}

TEST_F(HttpsOtaPartitions, ErasesAllAtOnceWhereAskedTo) {
  config_.bulk_flash_erase = true;
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaPartitions, TakesItsBufferWhereTheProgramWants) {
  config_.buffer_caps = 1U << 12U;
  EXPECT_EQ(Update(), ESP_OK);
}

}  // namespace
}  // namespace updraft
