// SPDX-License-Identifier: Apache-2.0
// One URL as a Source. Fetch asks over an HttpClient, follows redirects, and
// judges the answer strictly before it hands on a byte. Update pulls from it;
// the HttpClient outlives it and keeps the connection for the next Fetch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/http_authentication.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"
#include "updraft/status.h"
#include "updraft/stream.h"
#include "updraft/version.h"

namespace updraft {

// A part of a file.
struct FetchRange {
  std::uint64_t first = 0;   // offset in bytes
  std::uint64_t length = 0;  // bytes; 0: to the end
};

// Views; they stay valid as long as the Fetch.
struct FetchOptions {
  // Absolute; https, or http where allowed. "user:password@" (percent-encoded)
  // are credentials.
  std::string_view url;
  // Sent beside our own, in place of those of the same name (Authorization,
  // User-Agent, Accept-Encoding, Host).
  std::span<const HeaderField> headers{};
  std::string_view user_agent = kUserAgent;  // sent as User-Agent
  // Credentials; they go before what the URL says.
  std::string_view user{};
  std::string_view password{};  // sent as it is with Basic
  // Without it they are sent as Basic with each request. With it, which outlives
  // the Fetch, a 401 is answered by the strongest scheme that it asks for, and
  // later requests to this URL, of this Fetch or another, are answered beforehand;
  // then the first request over https still has Basic, that over http nothing.
  Authentication* authentication = nullptr;
  // The password itself is never sent; needs `authentication`.
  bool digest_only = false;
  bool allow_plain_http = false;
  std::uint8_t max_redirects = 10;
  // Asks for this part only. A server may answer with the whole file all the
  // same: is_partial() tells.
  std::optional<FetchRange> range{};
  // Sent as If-Range beside the range: a strong entity tag, or a date.
  std::string_view if_range{};
  // At least Fetch::kMinWorkspace bytes, for credentials (7/3 of their length)
  // and, in two halves, for where redirects lead: of 32 KiB, URLs of 16 KiB. An
  // answer to Digest has to fit into a half as well. Empty: redirects are refused
  // (kRedirect), credentials too (kInvalidArgument), and nothing is asked ahead.
  MutableBytes workspace{};
};

// Blocking; one caller at a time. What makes it fail:
//   kInvalidArgument  options: URL, headers, credentials or workspace; no finding
//   kUnsupported      a 401 asks for what is not offered (Check::kAuthentication);
//                     kBadFormat: it cannot be read; kNoSpace: too long
//   kHttpStatus       the final status is neither 200 nor, where a range was
//                     asked for, 206; it is the detail (304: nothing new).
//                     Check::kHttpStatus
//   kNetwork          detail kResolve, kConnect, kTls, kTimeout, kReset: the
//                     connection (Check::kResolve, kConnect, kTls, kStall,
//                     kConnectionKept; kConnect for a time-out in connecting);
//                     kPlainHttp (Check::kPlainHttp); kRedirect (Check::kRedirect);
//                     kBadResponse (Check::kHttpResponse, kLength, kRange,
//                     kContentEncoding)
//   kTruncated        the peer closed before the end (Check::kConnectionKept)
//   kCancelled        the connection was told to stop (Check::kCancelled)
// Each of them, and each check that passes, is one Finding.
//
// Redirects 301, 302, 303, 307 and 308 are followed with GET, never from https
// to http and never to a URL with user information. Where scheme, host or port
// change, credentials and all headers of the options are left behind for good.
class Fetch final : public Source {
 public:
  static constexpr std::size_t kMinWorkspace = 512;  // bytes

  // All outlive the Fetch; of the options, range and if_range are looked at once.
  Fetch(HttpClient& client, const FetchOptions& options, Observer& observer);
  Fetch(HttpClient&, const FetchOptions&&, Observer&) = delete;
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  // Closes the connection if the body was not read to its end.
  ~Fetch();

  // Asks, and judges the head of the answer. Called once; the first Read calls
  // it where nobody has.
  Status Open();
  Result<std::size_t> Read(MutableBytes out) override;
  // While a part is being read: asks for the part `next` too, with If-Range where
  // `if_range` is not empty, as HttpClient::SendAhead does. A Fetch of just that, with
  // the other options as they are here, takes its answer. Nothing is asked behind
  // redirects and challenges.
  bool AskAhead(const FetchRange& next, std::string_view if_range);
  // Bytes of this body; empty before Open() and where the server does not tell.
  std::optional<std::uint64_t> size() const override { return size_; }

  // Once open: whether the answer is the part that was asked for, or its front;
  // and the length of the whole file, where the server tells.
  bool is_partial() const { return partial_; }
  std::optional<std::uint64_t> file_size() const { return partial_ ? file_size_ : size_; }
  // The head of the final answer; valid from a successful Open() to the end of
  // the Fetch or the next use of its client. nullptr before.
  const ResponseHead* answer() const { return answer_; }
  // After kHttpStatus: the seconds of Retry-After, where it gives them.
  std::optional<std::uint32_t> retry_after() const { return retry_after_; }

  // Body bytes handed out so far.
  std::uint64_t received() const { return received_; }
  // Redirects followed so far.
  unsigned redirects() const { return redirects_; }
  // What was asked last; without its user information where redirected.
  std::string_view url() const { return url_; }

 private:
  enum class State : std::uint8_t { kNew, kBody, kEnd, kFailed };

  Status DoOpen();
  Status TakeAnswer(const ResponseHead& head);
  // Of one request, from it to the head of its answer.
  struct OwnHeaders {
    std::array<std::uint8_t, 48> range_text{};  // "bytes=", two numbers of 63 bits
    std::array<HeaderField, 5> fields{};
    std::size_t count = 0;
  };
  Status AskForPart(OwnHeaders& headers);
  Status TakePart(const ResponseHead& head);
  Status JudgeReceived(std::size_t count);
  Status Prepare();
  Status JudgeScheme(bool& tls);
  Status PrepareCredentials(std::string_view user_info, MutableBytes& room);
  Result<std::string_view> Authorization(bool tls);
  bool MayAnswerChallenge() const;
  Result<bool> AnswerChallenge(const ResponseHead& head);
  Status RefuseChallenge(Status status, const Value& expected, const Value& found);
  Result<const ResponseHead*> Ask();
  Status MakeRequest(bool tls, OwnHeaders& headers, HttpRequest& request);
  Status FollowRedirect(const ResponseHead& head);
  Status Failed(Status status);
  bool Overridden(std::string_view name) const;

  HttpClient* client_;
  const FetchOptions* options_;
  Observer* observer_;
  State state_ = State::kNew;
  Status failure_{};
  std::string_view url_;
  std::optional<FetchRange> range_;
  std::string_view if_range_;
  bool left_origin_ = false;
  unsigned redirects_ = 0;
  std::optional<std::uint64_t> size_{};
  std::optional<std::uint64_t> file_size_{};
  std::optional<std::uint32_t> retry_after_{};
  const ResponseHead* answer_ = nullptr;
  bool partial_ = false;
  std::uint64_t received_ = 0;
  Credentials credentials_{};
  bool has_credentials_ = false;
  std::string_view basic_{};
  MutableBytes secrets_{};   // of the workspace: decoded credentials, basic_
  unsigned challenges_ = 0;  // answered so far
  bool sent_basic_ = false;  // with the last request
  std::array<MutableBytes, 2> url_rooms_{};
};

}  // namespace updraft
