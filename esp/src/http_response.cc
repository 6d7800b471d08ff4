// SPDX-License-Identifier: Apache-2.0
// HttpSession: the answer.
#include <esp_log.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "esp/src/http_session.h"
#include "src/http/range.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "HTTP_CLIENT";
constexpr std::size_t kFlushPiece = 4096;

}  // namespace

std::int64_t HttpSession::content_length() const {
  if (!has_head_ || !parser_->head().content_length.has_value()) return -1;
  return static_cast<std::int64_t>(*parser_->head().content_length);
}

std::int64_t HttpSession::file_length() const {
  const HeaderFields* const headers = response_headers();
  const auto value = headers != nullptr ? headers->Find("Content-Range") : std::nullopt;
  if (!value) return -1;
  const auto range = http::ParseContentRange(*value);
  return range && range->total.has_value() ? static_cast<std::int64_t>(*range->total) : -1;
}

const HeaderFields* HttpSession::response_headers() const {
  return has_head_ ? &parser_->head().headers : nullptr;
}

char* HttpSession::KeepText(std::string_view text) {
  kept_texts_.push_back(std::make_unique<std::string>(text));
  return kept_texts_.back()->data();
}

// A kept connection that the server has closed meanwhile; nothing was lost.
bool HttpSession::MayAskAgain(Status failure) const {
  const bool harmless =
      settings_->method == HTTP_METHOD_GET || settings_->method == HTTP_METHOD_HEAD;
  return reused_ && harmless && !has_body_ && parser_->untouched() &&
         failure == Status(NetworkFailure::kReset);
}

Status HttpSession::AskAgain() {
  ESP_LOGD(kTag, "The kept connection was closed, connecting again");
  Close();
  const bool sent = Connect() == ESP_OK && SendHead(0) == ESP_OK;
  return sent ? kOk : failure_;
}

Status HttpSession::ReceiveHead() {
  while (!parser_->complete()) {
    const Result<std::size_t> count = stream_->connection().Receive(parser_->room());
    Status status = count ? kOk : count.error();
    if (count && *count == 0) status = NetworkFailure::kReset;
    if (MayAskAgain(status)) {
      UPDRAFT_TRY(AskAgain());
      continue;
    }
    UPDRAFT_TRY(status);
    UPDRAFT_TRY(parser_->Received(*count));
  }
  return kOk;
}

void HttpSession::TakeHead() {
  const ResponseHead& head = parser_->head();
  has_head_ = true;
  last_status_ = head.status;
  // ESP-IDF takes a body without a length, and an empty one, for chunked.
  chunked_ = head.content_length.value_or(0) == 0;
  decoder_.Start(head);
  const MutableBytes behind = parser_->behind_head();
  const auto portion = decoder_.Decode(behind);
  if (!portion) return;  // told when it is read
  early_ = behind.first(portion->produced);
  surplus_ = portion->consumed < behind.size();
}

void HttpSession::TellHead() {
  int status = parser_->head().status;
  Dispatch(HTTP_EVENT_ON_STATUS_CODE, &status, sizeof status);
  for (const HeaderField& field : parser_->head().headers) {
    HttpHeaders::Field told(field.name, field.value);
    Dispatch(HTTP_EVENT_ON_HEADER, nullptr, 0, &told);
  }
  Dispatch(HTTP_EVENT_ON_HEADERS_COMPLETE);
}

std::int64_t HttpSession::FetchHeaders() {
  if (state_ < HTTP_STATE_REQ_COMPLETE_HEADER) return ESP_FAIL;
  if (has_head_) return chunked_ ? 0 : content_length();
  state_ = HTTP_STATE_REQ_COMPLETE_DATA;
  const Status status = ReceiveHead();
  if (!status.ok()) {
    Fail(status, false);
    if (status == Status(NetworkFailure::kTimeout)) return -ESP_ERR_HTTP_EAGAIN;
    if (parser_->fault() != ResponseFault::kNone) {
      const std::string fault(FaultText(parser_->fault()));
      ESP_LOGE(kTag, "The answer is no HTTP: %s", fault.c_str());
    }
    if (status == Status(NetworkFailure::kReset)) errno_ = errno = ENOTCONN;
    return ESP_FAIL;
  }
  TakeHead();
  state_ = HTTP_STATE_RES_COMPLETE_HEADER;
  TellHead();
  state_ = HTTP_STATE_RES_ON_DATA_START;
  return chunked_ ? 0 : content_length();
}

Result<std::size_t> HttpSession::ReceivePiece(MutableBytes out) {
  UPDRAFT_TRY(body_failure_);
  if (decoder_.fault() != ResponseFault::kNone) return Status(NetworkFailure::kBadResponse);
  while (!decoder_.done()) {
    const auto most =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), decoder_.wanted()));
    UPDRAFT_TRY_ASSIGN(const std::size_t count, stream_->connection().Receive(out.first(most)));
    if (count == 0) {
      UPDRAFT_TRY(decoder_.PeerClosed());
      break;
    }
    UPDRAFT_TRY_ASSIGN(const BodyDecoder::Portion portion, decoder_.Decode(out.first(count)));
    surplus_ = surplus_ || portion.consumed < count;
    if (portion.produced > 0) return portion.produced;
  }
  return std::size_t{0};
}

// At most what fits the receive buffer: the program's handler may count on it.
Result<std::size_t> HttpSession::ReadPiece(MutableBytes out) {
  out = out.first(std::min(out.size(), settings_->receive_buffer));
  std::size_t count = 0;
  if (!early_.empty()) {
    count = std::min(out.size(), early_.size());
    std::memcpy(out.data(), early_.data(), count);
    early_ = early_.subspan(count);
  } else {
    UPDRAFT_TRY_ASSIGN(count, ReceivePiece(out));
  }
  if (count > 0) DispatchData(out.first(count));
  return count;
}

int HttpSession::Read(char* out, int size) {
  if (!has_head_ || stream_ == nullptr) return ESP_FAIL;
  const MutableBytes room(reinterpret_cast<std::uint8_t*>(out), static_cast<std::size_t>(size));
  std::size_t filled = 0;
  while (filled < room.size() && !is_complete()) {
    const Result<std::size_t> count = ReadPiece(room.subspan(filled));
    if (count && *count == 0) break;
    if (count) {
      filled += *count;
      continue;
    }
    // What has come is given out first; a stream says only once how it ended.
    if (count.error() != Status(NetworkFailure::kTimeout)) body_failure_ = count.error();
    if (filled > 0) break;
    Fail(count.error(), false);
    if (count.error() == Status(NetworkFailure::kTimeout)) return -ESP_ERR_HTTP_EAGAIN;
    if (count.error().code() == Code::kTruncated) errno_ = errno = ENOTCONN;
    if (decoder_.fault() != ResponseFault::kNone) {
      const std::string fault(FaultText(decoder_.fault()));
      ESP_LOGE(kTag, "The body is no HTTP: %s", fault.c_str());
    }
    DispatchError();
    return ESP_FAIL;
  }
  return static_cast<int>(filled);
}

int HttpSession::ReadAll(char* out, int size) {
  int filled = 0;
  while (filled < size) {
    const int count = Read(out + filled, size - filled);
    if (count == -ESP_ERR_HTTP_EAGAIN && filled == 0) return count;
    if (count < 0 && filled == 0) return count;
    if (count <= 0) break;
    filled += count;
  }
  return filled;
}

std::int64_t HttpSession::Flush() {
  std::vector<char> piece(kFlushPiece);
  std::int64_t dropped = 0;
  while (!is_complete()) {
    const int count = Read(piece.data(), static_cast<int>(piece.size()));
    if (count < 0) return count;
    if (count == 0) break;
    dropped += count;
  }
  return dropped;
}

void HttpSession::DropReceived() {
  early_ = {};
  surplus_ = true;
}

}  // namespace updraft::esp
