// SPDX-License-Identifier: Apache-2.0
// A URL as a Source that does not give up at the first failure: in parts of a
// given size where asked, taken up again where it broke, and never mixed from
// two files. Fetch does each request; Update pulls from this.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/download_policy.h"
#include "updraft/fetch.h"
#include "updraft/http_client.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/port/system.h"
#include "updraft/resume.h"
#include "updraft/status.h"
#include "updraft/stream.h"

namespace updraft {

// When another attempt is made. What may heal is tried again: no address, no
// connection, a time-out, a broken connection, a body that ended early, and the
// HTTP statuses 408, 425, 429, 500, 502, 503 and 504. The rest is final at once.
struct RetryPolicy {
  // Failures in a row that end it; kProgress new bytes begin a new row. 1: the
  // first failure is final.
  std::uint32_t max_attempts = 5;
  // The wait after the first failure of a row; each further one doubles it, up to
  // the longest. Between half and all of it is waited, by chance. A server that
  // asks for more by Retry-After gets it; more than the longest is a final answer.
  std::uint32_t first_wait_ms = 500;
  std::uint32_t longest_wait_ms = 60'000;
  // Body bytes over all attempts, after which the download ends, unless it is whole;
  // 0: no limit. Up to one read more may come.
  std::uint64_t max_received = 0;
  // Milliseconds since the Retries were made, after which the download ends; 0: no
  // limit. Pauses and waits count. (A head that drips in is not under its eye, but
  // under PacedConnection's.)
  std::uint64_t max_duration_ms = 0;

  static constexpr std::uint64_t kProgress = 4096;  // bytes
};

// Counts failures and waits. One for all that is done to get one file, restarts
// included. Not thread-safe.
class Retries {
 public:
  // `system`, `crypto` (for the chance in the waits) and `observer` outlive it.
  Retries(const RetryPolicy& policy, System& system, Crypto& crypto, Observer& observer)
      : policy_(policy),
        system_(&system),
        crypto_(&crypto),
        observer_(&observer),
        started_ms_(system.NowMs()) {}

  // `count` body bytes came; the file is there up to `reached`. What an earlier
  // attempt had reached is no progress.
  void Received(std::uint64_t count, std::uint64_t reached);
  // After `failure`: waits and returns kOk when there is to be another attempt,
  // else returns `failure`; kCancelled when the observer says stop.
  Status Wait(Status failure, std::optional<std::uint32_t> retry_after_seconds);

  // As Wait, before a new start from the first byte. A new start is never undone
  // by progress: as many as there may be attempts, and no more.
  Status WaitToRestart(Status failure);

  // The file is there up to `reached`, from before.
  void StartAt(std::uint64_t reached) { furthest_ = std::max(furthest_, reached); }

  // As WaitToRestart, for a new start that costs nothing: no wait, no limit.
  Status TellRestart(Status failure);

  // Before another read: whether the policy's limits allow it. kNetwork with
  // kDeadline (Check::kDeadline) or kByteLimit (Check::kByteLimit).
  Status CheckLimits();
  // Asks until it is no longer kPause. kOk, kCancelled (Check::kCancelled), and what
  // CheckLimits() says. `total`: as in DownloadStep; `paused_ms`: how long it took.
  Status AskPolicy(DownloadPolicy& policy, bool begins, std::uint64_t total,
                   std::uint64_t& paused_ms);

  // Body bytes over all attempts.
  std::uint64_t received() const { return received_; }

 private:
  std::uint32_t NextWaitMs();
  Status Tell(const Retry& retry);
  bool IsLate() const;

  RetryPolicy policy_;
  System* system_;
  Crypto* crypto_;
  Observer* observer_;
  std::uint64_t started_ms_;
  std::uint32_t failures_ = 0;
  std::uint64_t received_ = 0;
  std::uint32_t restarts_ = 0;
  std::uint64_t furthest_ = 0;
  std::uint64_t fresh_in_row_ = 0;
};

// Whether another attempt may mend it (RetryPolicy).
bool MayHeal(Status failure);

struct DownloadOptions {  // What is asked for, and how.
  // Its range and if_range are not looked at. A workspace of at least 1024 bytes lets
  // StartAt() compare the front of a file that the server does not identify; with less
  // such a file begins anew.
  FetchOptions fetch{};
  // Bytes of each request; 0: all in one. A server that answers with the whole
  // file is taken by its word.
  std::uint64_t range_size = 0;
  // With range_size: the next part is asked for while one is read, of a server that
  // has answered in parts over a kept connection before (HttpClient::SendAhead).
  bool ask_ahead = false;
  // Asked before anything is sent, and before each Read; it outlives the Download.
  // After a long pause the connection is given up, where the file can be resumed.
  DownloadPolicy* policy = nullptr;
};

// The codes of Fetch; kNetwork with kDeadline and kByteLimit (RetryPolicy);
// kCancelled where the policy said stop; and kNetwork with kFileChanged (Check::kFileUnchanged):
// what the server has now is not what the download began with. That is known by
// the entity tag, else by date and length; a server that gives neither is not
// asked for the rest after a failure, and the failure is final. After
// kFileChanged, and after a failure that nothing but a new start can mend,
// may_restart() is true.
class Download final : public ResumableSource {
 public:
  // All outlive the Download.
  Download(HttpClient& client, Retries& retries, const DownloadOptions& options,
           Observer& observer);
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  // Asks for the first part. Called once; the first Read calls it otherwise.
  Status Open();
  Status Start() override { return Open(); }
  // In place of Open(), with the codes of Open(). Another file is told as a finding
  // (Check::kFileUnchanged), then as a retry.
  Result<bool> StartAt(const ResumePoint& point) override;
  const FileIdentity& identity() const override { return identity_; }
  Result<std::size_t> Read(MutableBytes out) override;
  // Of the whole file; empty before Open() and where the server does not tell.
  std::optional<std::uint64_t> size() const override { return file_size_; }

  // After a failure: a new Download, from the first byte, may succeed.
  bool may_restart() const { return may_restart_; }
  // Requests made so far; a redirected one counts once.
  std::uint32_t requests() const { return requests_; }

 private:
  static constexpr std::size_t kMaxHead = 512;

  static FileIdentity IdentityOf(const ResponseHead& head);
  Status AskUntilAnswered();
  Result<bool> HasHead(Bytes head);
  Status BeginAnew();
  Status Ask();
  void MakeFetch();
  Status TakeAnswer(const ResponseHead& head);
  void AskAhead();
  bool IsBlamedOnAhead(Status failure) const;
  bool IsSameFile(const ResponseHead& head) const;
  Status TellFileChanged();
  Status SkipWhatIsThere(MutableBytes room);
  Result<std::size_t> ReadPart(MutableBytes out);
  Status Recover(Status failure);
  Status AskPolicy();
  bool CanResume() const;

  HttpClient* client_;
  Retries* retries_;
  DownloadOptions options_;
  Observer* observer_;
  std::optional<Fetch> fetch_{};  // the request under way
  FileIdentity identity_{};
  std::optional<std::uint64_t> file_size_{};
  std::uint64_t position_ = 0;  // bytes handed out
  std::uint64_t skip_ = 0;      // of this answer, before what is new
  // The file's first bytes, read to compare them; handed out before the rest. Of the
  // workspace, where that has room.
  MutableBytes front_{};
  std::size_t front_size_ = 0;
  std::size_t front_given_ = 0;
  bool comparing_ = false;  // asks for no more than the front
  std::uint32_t requests_ = 0;
  Status failure_{};
  bool opened_ = false;
  bool ended_ = false;
  bool may_restart_ = false;
};

}  // namespace updraft
