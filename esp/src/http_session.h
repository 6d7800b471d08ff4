// SPDX-License-Identifier: Apache-2.0
// One esp_http_client: a request at a time over one kept connection, in the steps and
// with the events of ESP-IDF. Owned by http_client.cc's table. No lock is held while
// it waits or calls the program. Implemented in http_session.cc (connection and
// request), http_response.cc and http_perform.cc.
#pragma once

#include <esp_http_client.h>
#include <esp_tls_errors.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/http_authentication.h"
#include "updraft/http_response.h"

#include "esp/src/http_settings.h"

namespace updraft::esp {

class HttpSession {
 public:
  explicit HttpSession(std::unique_ptr<HttpSettings> settings);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession();

  void SetHandle(esp_http_client_handle_t handle) { handle_ = handle; }
  // What may be changed between two requests, and read at any time.
  HttpSettings& settings() { return *settings_; }
  // The next request is another than the one that may still wait for its answer.
  void RequestChanged() { changed_ = true; }
  void SetPostField(const char* data, int length);
  const char* post_data() const { return post_data_; }
  int post_length() const { return post_length_; }

  esp_err_t SetUrl(std::string_view url);
  void SetTimeout(std::chrono::milliseconds timeout);

  // The steps.
  esp_err_t Prepare();
  esp_err_t Connect();
  esp_err_t SendHead(int body_length);
  esp_err_t Open(int body_length);
  int Write(std::string_view data);
  std::int64_t FetchHeaders();
  int Read(char* out, int size);
  // All that fits.
  int ReadAll(char* out, int size);
  std::int64_t Flush();
  void DropReceived();
  void Close();
  esp_err_t Cancel();

  // All steps, and again where redirects and authentication want it. After
  // ESP_ERR_HTTP_EAGAIN the same answer is waited for, unless the request is another.
  esp_err_t Perform();
  esp_err_t SetRedirection();
  esp_err_t AddAuthorization();
  esp_err_t SetChallenge(std::string_view challenge);
  void ResetRedirects() { repeats_ = 0; }

  esp_http_state_t state() const { return state_; }
  int status() const { return has_head_ ? parser_->head().status : last_status_; }
  // -1 where there is none.
  std::int64_t content_length() const;
  std::int64_t file_length() const;
  bool is_chunked() const { return chunked_; }
  bool is_complete() const {
    return has_head_ && decoder_.done() && early_.empty() && body_failure_.ok();
  }
  bool is_persistent() const { return has_head_ && parser_->head().keep_alive; }
  const BodyDecoder& decoder() const { return decoder_; }
  const HeaderFields* response_headers() const;
  // Keeps the text until the next request.
  char* KeepText(std::string_view text);
  int socket() { return stream_ != nullptr ? stream_->socket() : -1; }
  int last_errno() const { return errno_; }
  esp_tls_last_error_t& tls_error() { return tls_error_; }

 private:
  // http_session.cc
  bool MayKeepConnection() const;
  bool IsOpenForTarget() const;
  std::optional<ConnectionSettings> SettingsOfConnection();
  esp_err_t RefuseTls(esp_err_t fault, const char* why);
  esp_err_t ConnectStream();
  void DropStream();
  bool WriteFirstLine(std::string& line) const;
  esp_err_t SendFields(std::string portion);
  esp_err_t SendText(std::string_view text);
  void SetBodyHeaders(int body_length);
  void SetAuthorization();
  // To the program's handler, to the default event loop, or to both.
  void Tell(esp_http_client_event_id_t id, void* data = nullptr, int size = 0,
            HttpHeaders::Field* header = nullptr);
  void Post(esp_http_client_event_id_t id, const void* payload, std::size_t size);
  void Dispatch(esp_http_client_event_id_t id, void* data = nullptr, int size = 0,
                HttpHeaders::Field* header = nullptr);
  void DispatchData(MutableBytes data);
  void DispatchError() { Dispatch(HTTP_EVENT_ERROR, &tls_error_, 0); }
  void Fail(Status status, bool connecting);

  // http_response.cc
  Status ReceiveHead();
  bool MayAskAgain(Status failure) const;
  Status AskAgain();
  void TakeHead();
  void TellHead();
  Result<std::size_t> ReadPiece(MutableBytes out);
  Result<std::size_t> ReceivePiece(MutableBytes out);

  // http_perform.cc
  bool AwaitsHead() const;
  esp_err_t SendRequest();
  esp_err_t PerformOnce();
  esp_err_t SendPostData();
  esp_err_t JudgeHead();
  esp_err_t ReceiveBody();
  esp_err_t HeadError() const;

  std::unique_ptr<HttpSettings> settings_;
  esp_http_client_handle_t handle_ = nullptr;
  esp_http_state_t state_ = HTTP_STATE_INIT;
  std::unique_ptr<NetworkStream> stream_;
  HttpTarget connected_to_{};
  bool announced_ = false;  // an asynchronous client has said that it connects

  const char* post_data_ = nullptr;
  int post_length_ = 0;
  bool has_body_ = false;  // of this request

  std::vector<std::uint8_t> head_buffer_;
  std::optional<ResponseParser> parser_;
  BodyDecoder decoder_;
  MutableBytes early_{};  // body that came with the head
  bool has_head_ = false;
  bool chunked_ = false;
  bool surplus_ = false;
  bool used_ = false;    // the connection has carried a request
  bool reused_ = false;  // and this is another
  int last_status_ = 0;
  std::int64_t received_ = 0;  // bytes of the body
  std::vector<std::unique_ptr<std::string>> kept_texts_;

  bool changed_ = false;  // since the request was sent
  int repeats_ = 0;       // redirects and authentications in a row
  bool again_ = false;
  std::array<std::uint8_t, 4 * Authentication::kUsualRoom> authentication_room_{};
  std::unique_ptr<Authentication> authentication_;

  Status failure_;       // the last one
  Status body_failure_;  // that of this answer's body
  int errno_ = 0;
  esp_tls_last_error_t tls_error_{};
};

}  // namespace updraft::esp
