// SPDX-License-Identifier: Apache-2.0
// A script of faults: which requests the server answers wrongly, and how. Read
// from JSON (docs/hostile-server.md) or filled in by a test; the file server
// plays it. Owns its texts and the counts of what was played.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/explained_status.h"

namespace updraft {

enum class Fault {
  kNone,  // as if there were no script
  // The connection ends at a byte.
  kReset,
  kStall,
  kTruncate,
  kNoCloseNotify,
  kGarbage,
  kDrip,
  // The head lies.
  kContentLength,
  kNoContentLength,
  kTwoContentLengths,
  kHeader,
  kIgnoreRange,
  kContentRange,
  kSwap,
  // Another answer.
  kRedirect,
  kRedirectLoop,
  kRedirectToHttp,
  kStatus,
  // A head that no decent server sends.
  kHugeHeader,
  kManyHeaders,
  kStatusLine,
  kFoldedHeader,
  kNulInHeader,
  kEndlessHeader,
  // The body's framing.
  kChunked,
  kBadChunk,
  kEndlessBody,
  // Asks who one is, and checks it.
  kAuthenticate,
};

// What is wrong with the connections themselves.
enum class TlsFault {
  kNone,
  // Certificates: each but the last two by the authority that clients trust.
  kExpired,
  kNotYetValid,
  kWrongHost,
  kSelfSigned,
  kUnknownAuthority,
  // The protocol.
  kVersion11,    // TLS 1.1 at most
  kRenegotiate,  // TLS 1.2, and a new handshake in the middle of the first answer
  kPlain,        // no TLS where the client expects it
  kSilent,       // accepts, and never says a word
  kReset,        // hangs up at once
};

// Which requests, and what is done to them. docs/hostile-server.md says what each
// parameter means to each fault; the others are not looked at.
struct FaultRule {
  std::string path = {};                    // exactly, without the query; empty: every path
  std::string method = {};                  // empty: every method
  std::optional<bool> ranged = {};          // with a Range field, without; absent: both
  std::uint64_t skip = 0;                   // so many such requests pass first
  std::optional<std::uint64_t> times = {};  // absent: all that follow

  Fault fault = Fault::kNone;
  std::optional<std::uint64_t> at = {};  // bytes of the body, or of the whole answer
  bool of_answer = false;                // `at` counts the head too
  std::optional<std::uint64_t> bytes = {};
  std::uint64_t every_ms = 100;
  std::optional<std::int64_t> add = {};
  std::int64_t shift = 0;
  std::string name = {};
  std::optional<std::string> value = {};  // absent: the header is left out
  std::string file = {};
  enum class Tag { kNew, kSame, kNone } etag = Tag::kNew;
  bool ignore_if_range = false;
  std::string to = {};
  std::optional<std::uint64_t> status = {};
  std::string retry_after = {};
  std::uint64_t count = 1000;
  std::string size = "fffffffffffffffff";
  bool chunked = false;
  bool basic = false;         // asks for Basic, else for Digest
  std::string user = "user";  // whom it lets in
  std::string password = "password";
  std::string algorithm = {};           // as it stands in the challenge; empty: not named
  std::string qop = "auth";             // empty: none
  std::uint64_t stale_after = 1000000;  // requests with one nonce
};

struct FaultScript {
  std::vector<FaultRule> rules = {};
  TlsFault tls = TlsFault::kNone;
  std::uint64_t tls_skip = 0;                   // so many connections pass first
  std::optional<std::uint64_t> tls_times = {};  // connections; absent: all that follow
};

// The word that a script uses: "no_close_notify".
std::string_view FaultName(Fault fault);
// All of them, separated by a space, in the order of the enumeration.
std::string FaultNames();

// "expired"; empty for kNone.
std::string_view TlsFaultName(TlsFault fault);

// kBadFormat with one sentence that names the place: line and column where the
// text is no JSON, else "requests[2].at". `file` is how the sentence calls it.
ExplainedStatus ParseFaultScript(std::string_view text, const std::string& file,
                                 FaultScript& script);
// The same of a file of at most 1 MiB. Also kNotFound, with errno.
ExplainedStatus LoadFaultScript(const std::string& file, FaultScript& script);

// Counts requests against a script. On the server's thread.
class FaultPlayer {
 public:
  FaultPlayer() = default;
  explicit FaultPlayer(FaultScript script);

  // The first rule that fits and is not used up: it is used once. Null when
  // none does. Valid as long as the player is not assigned to.
  const FaultRule* Next(std::string_view method, std::string_view target, bool ranged);

 private:
  struct Entry {
    FaultRule rule;
    std::uint64_t skip = 0;
    std::uint64_t left = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace updraft
