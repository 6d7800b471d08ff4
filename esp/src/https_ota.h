// SPDX-License-Identifier: Apache-2.0
// One update by esp_https_ota: ESP-IDF's steps over esp_http_client and esp_ota_ops.
// Owned by https_ota.cc's table. One task drives it; the queries are for any thread.
// Implemented in https_ota_begin.cc, https_ota_exchange.cc and https_ota_perform.cc.
#pragma once

#include <esp_https_ota.h>
#include <esp_ota_ops.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "updraft/bytes.h"

#include "esp/src/image_opener.h"

namespace updraft::esp {

class HttpsUpdate {
 public:
  explicit HttpsUpdate(const esp_https_ota_config_t& config);
  HttpsUpdate(const HttpsUpdate&) = delete;
  HttpsUpdate& operator=(const HttpsUpdate&) = delete;
  ~HttpsUpdate();

  esp_err_t Begin();
  esp_err_t Perform();
  esp_err_t Finish();
  esp_err_t Abort();
  // To the front of `out`: what the final partition's kind has, 256 or 80 bytes, as far
  // as it fits.
  esp_err_t GetDescription(void* out, std::size_t size);

  bool is_complete() const { return complete_; }
  int status() const { return status_; }
  int image_length_read() const;
  int image_size() const;

 private:
  enum class State : std::uint8_t { kBegin, kInProgress, kSuccess, kResume, kEnded };

  // https_ota_begin.cc
  esp_err_t MakeClient(const esp_http_client_config_t& config);
  esp_err_t DiscoverLength();
  esp_err_t ReadLength(bool by_head);
  esp_err_t SetFirstRange();
  esp_err_t ConnectFirst();
  esp_err_t RestartWithoutResumption();
  esp_err_t ChoosePartitions();
  bool AllocateBuffer();
  void RefillAttempts();
  void CleanUp();

  // https_ota_exchange.cc
  esp_err_t SetRange(std::int64_t first, std::optional<std::int64_t> last);
  esp_err_t Exchange();
  esp_err_t SendRequest();
  esp_err_t JudgeStatus(int status, bool& again);
  esp_err_t JudgeRange(int status);
  esp_err_t Redirect();
  esp_err_t Authorize();
  void DropBody();
  esp_err_t RequestNextRange();

  // https_ota_perform.cc
  esp_err_t Advance();
  // As esp_http_client_read. ESP_ERR_TIMEOUT in place of -ESP_ERR_HTTP_EAGAIN once the
  // server has been silent for longer than the project's configuration allows.
  esp_err_t ReadSome(std::uint8_t* out, std::size_t size, int& count);
  esp_err_t ReadHeaderStage();
  esp_err_t OpenHeaderStage();
  esp_err_t OpenPiece(MutableBytes data);
  esp_err_t Start();
  esp_err_t StartImage();
  esp_err_t Resume();
  esp_err_t ReadOnce();
  esp_err_t TakeEnd();
  esp_err_t Write(Bytes plain);
  std::size_t EraseSize() const;
  std::optional<std::uint64_t> FileLength() const;
  bool HoldsImage() const;
  bool IsApp() const { return final_->type == ESP_PARTITION_TYPE_APP; }

  esp_https_ota_config_t config_;
  // Driving calls wait for one another.
  std::recursive_mutex driven_;
  esp_http_client_handle_t client_ = nullptr;
  const esp_partition_t* staging_ = nullptr;
  const esp_partition_t* final_ = nullptr;
  esp_ota_handle_t ota_ = 0;
  bool writing_ = false;  // ota_ is a handle

  std::uint8_t* buffer_ = nullptr;
  std::size_t buffer_size_ = 0;
  std::size_t header_size_ = 0;  // bytes of the file in the buffer, kept for perform
  bool header_opened_ = false;   // and opener_ has what they hold
  ImageOpener opener_;

  bool resuming_ = false;
  bool partial_ = false;
  std::int64_t request_size_ = 0;
  std::int64_t range_first_ = 0;  // of the request on its way; 0 without one
  int most_authorizations_ = 0;
  int most_redirects_ = 0;
  int authorizations_left_ = 0;  // until an answer is taken
  int redirects_left_ = 0;

  esp_err_t failure_ = ESP_OK;  // of a piece that is missing since
  std::atomic<State> state_{State::kBegin};
  std::atomic<bool> complete_{false};
  std::atomic<int> status_{-1};
  std::atomic<std::int64_t> written_{0};        // bytes of the image, in flash
  std::atomic<std::int64_t> image_length_{-1};  // without an encryption header
  std::int64_t encryption_header_ = 0;          // bytes
  std::int64_t consumed_ = 0;                   // bytes of the file, read
  std::int64_t consumed_before_ = 0;            // at the begin of this answer
  std::int64_t silent_us_ = 0;                  // waited since the last byte
};

// Posts to the default loop.
void PostOtaEvent(esp_https_ota_event_t event, const void* data = nullptr, std::size_t size = 0);

inline constexpr std::size_t kOtaHeaderStage = 1024;

}  // namespace updraft::esp
