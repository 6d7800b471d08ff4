// SPDX-License-Identifier: Apache-2.0
// How a call ended: one 32-bit word, and the value or that word. Every room
// returns these; nothing in the core throws or logs.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace updraft {

// What went wrong, for code that decides. What exactly was expected and found
// is told to the Observer (observer.h).
enum class Code : std::uint8_t {
  kOk = 0,
  kInvalidArgument,  // the caller's mistake; nothing was done
  kInvalidState,     // the call does not fit the state of the object or device
  kNotFound,         // what was named is not there
  kNoSpace,          // it does not fit: slot, disk, buffer
  kUnsupported,      // well-formed, but not something this build or device does
  kBadFormat,        // the bytes are not what they should be
  kBadChecksum,      // checksum or hash differs
  kBadSignature,     // not signed by a trusted key, or not decryptable
  kIncompatible,     // for another chip, revision or device
  kDowngrade,        // older than the device accepts
  kTruncated,        // ended before it was whole
  kNetwork,          // connection, TLS or time-out; the detail says which
  kHttpStatus,       // the server answered with the status in the detail
  kFlash,            // flash or its file failed; the detail is errno where known
  kCancelled,        // the caller's observer or policy said stop
};

// Where it went wrong.
enum class Stage : std::uint8_t {
  kNone = 0,
  kFetch,
  kEncrypted,
  kImage,
  kFlash,
  kSlots,
  kUpdate,
  kBoot,
  kDevice,
};

// For Code::kNetwork, the detail.
enum class NetworkFailure : std::int16_t {
  kResolve = 1,  // the name has no address
  kConnect,      // nobody accepted the connection
  kTls,          // handshake or certificate refused
  kTimeout,      // no progress within the time allowed
  kReset,        // the connection broke
  kBadResponse,  // what came is not acceptable HTTP
  kPlainHttp,    // http:// where only https is allowed
  kRedirect,     // a redirect that is not followed
  kFileChanged,  // another file than the one that the download began with
  kTooSlow,      // below the low-speed floor, though never silent
  kDeadline,     // not done in the time allowed for all of it
  kByteLimit,    // more bytes than allowed for all attempts
};

// Returned by value, never ignored. Trivially copyable, safe on any thread.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  constexpr Status(Code code, Stage stage, std::int16_t detail = 0)  // as they are given
      : word_(static_cast<std::uint32_t>(code) | static_cast<std::uint32_t>(stage) << 8U |
              static_cast<std::uint32_t>(static_cast<std::uint16_t>(detail)) << 16U) {}
  constexpr Status(NetworkFailure failure)  // kNetwork, at kFetch
      : Status(Code::kNetwork, Stage::kFetch, static_cast<std::int16_t>(failure)) {}

  constexpr bool ok() const { return code() == Code::kOk; }                 // nothing went wrong
  constexpr Code code() const { return static_cast<Code>(word_ & 0xFFU); }  // what
  constexpr Stage stage() const { return static_cast<Stage>(word_ >> 8U & 0xFFU); }  // where
  // HTTP status, errno, NetworkFailure or a back end's code; 0 when none.
  constexpr std::int16_t detail() const { return static_cast<std::int16_t>(word_ >> 16U); }

  constexpr bool operator==(const Status&) const = default;  // all three are the same

 private:
  // One word and not three members: compilers then keep it in a register.
  std::uint32_t word_ = 0;
};
static_assert(sizeof(Status) == 4);

inline constexpr Status kOk{};  // nothing went wrong

// Lower-case words for logs and messages: "bad_format", "image".
std::string_view CodeName(Code code);
std::string_view StageName(Stage stage);

// A T, or the Status that says why there is none. Named as std::expected is.
// T must be default-constructible: there are no unions here to keep it small.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // takes it over
  // `error` must not be ok.
  Result(Status error) : error_(error) {}

  bool has_value() const { return error_.ok(); }          // else error() says why
  explicit operator bool() const { return has_value(); }  // has_value()
  // kOk when there is a value.
  Status error() const { return error_; }
  // Only with a value.
  T& value() { return value_; }
  const T& value() const { return value_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_{};
  Status error_{};
};

}  // namespace updraft

// Returns from the enclosing function when `expression` is not ok.
#define UPDRAFT_TRY(expression)                                                      \
  do {                                                                               \
    if (const ::updraft::Status updraft_status = (expression); !updraft_status.ok()) \
      return updraft_status;                                                         \
  } while (false)

// `declaration` = the value of `expression`, or returns its error.
#define UPDRAFT_TRY_ASSIGN(declaration, expression) \
  UPDRAFT_TRY_ASSIGN_LINE(declaration, expression, __LINE__)
#define UPDRAFT_TRY_ASSIGN_LINE(declaration, expression, line) \
  UPDRAFT_TRY_ASSIGN_NAMED(declaration, expression, line)
#define UPDRAFT_TRY_ASSIGN_NAMED(declaration, expression, line)                 \
  auto updraft_result_##line = (expression);                                    \
  if (!updraft_result_##line.has_value()) return updraft_result_##line.error(); \
  declaration = std::move(*updraft_result_##line)
