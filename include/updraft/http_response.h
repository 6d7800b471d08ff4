// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 response taken apart (RFC 9110, 9112) without any I/O: the head
// in a buffer of the caller, then the body decoded in place. HttpClient drives
// it; whoever has another transport may too. How the bytes arrive in pieces
// changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/status.h"

namespace updraft {

struct HeaderField {
  std::string_view name;   // as received; compared without case
  std::string_view value;  // without the blanks around it
};

// The header lines as received, in their order, doubled ones included; a view.
class HeaderFields {
 public:
  class Iterator {  // From the first field to the last.
   public:
    explicit Iterator(std::string_view rest) : rest_(rest) { Next(); }  // what is left of the head
    const HeaderField& operator*() const { return field_; }             // valid until the next step
    Iterator& operator++() {                                            // To the next field.
      Next();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_end_ != other.at_end_; }  // of end()

   private:
    void Next();
    std::string_view rest_;
    HeaderField field_;
    bool at_end_ = false;
  };

  HeaderFields() = default;
  // Lines that the parser has checked, each with its CR and LF.
  explicit HeaderFields(std::string_view lines) : lines_(lines) {}
  Iterator begin() const { return Iterator(lines_); }
  Iterator end() const { return Iterator({}); }

  // The first field of that name in any case; empty when there is none.
  std::optional<std::string_view> Find(std::string_view name) const;
  std::size_t Count(std::string_view name) const;

 private:
  std::string_view lines_;
};

// What ends the body.
enum class BodyEnd : std::uint8_t { kNone, kLength, kChunked, kClose };

struct ResponseHead {                 // What stands before the body.
  std::uint16_t status = 0;           // 200 to 599
  std::uint8_t minor_version = 1;     // of HTTP/1
  BodyEnd body_end = BodyEnd::kNone;  // what ends the body
  // The connection may carry another request after this body. Never where the
  // length of the body could be read in two ways.
  bool keep_alive = false;
  std::string_view reason;
  HeaderFields headers;
  // The value of Content-Length, also where no body follows (HEAD, 304);
  // empty beside Transfer-Encoding.
  std::optional<std::uint64_t> content_length;
};

// Why a response was refused.
enum class ResponseFault : std::uint8_t {
  kNone,
  kStatusLine,
  kHeaderLine,
  kFoldedHeader,
  kHeaderTooLarge,
  kTooManyInterim,
  kSwitchedProtocols,
  kContentLength,
  kContentLengthsDiffer,
  kTransferEncoding,
  kChunkSize,
  kChunkEnd,
  kTrailer,
};
// In words: "chunk size malformed or too large".
[[gnu::const]] std::string_view FaultText(ResponseFault fault);

inline constexpr unsigned kMaxInterimResponses = 8;  // 1xx before the real one
inline constexpr std::size_t kMaxChunkLine = 1024;   // size and extensions, bytes
inline constexpr std::size_t kMaxTrailers = 8192;    // bytes in all

// The head. Lines end with CR LF; folded lines, control characters, blanks
// before a colon and everything else that RFC 9112 calls invalid is refused.
class ResponseParser {
 public:
  // `buffer` holds the whole head of one response and outlives the parser.
  explicit ResponseParser(MutableBytes buffer) : buffer_(buffer) {}

  // Forgets everything; `answers_head`: the request was HEAD, no body follows.
  void Start(bool answers_head);
  // Where the next bytes from the peer go. Not empty until complete() or an
  // error, unless the buffer is empty.
  MutableBytes room() const { return buffer_.subspan(size_); }
  // `count` bytes were put to the front of room(). Once complete, or after an
  // error, it is not called again. NetworkFailure::kBadResponse.
  Status Received(std::size_t count);
  bool complete() const { return complete_; }
  // No byte has come since Start().
  bool untouched() const { return size_ == 0 && interim_ == 0; }

  // Once complete; valid until Start().
  const ResponseHead& head() const { return head_; }
  // What arrived behind the head, to be decoded in place.
  MutableBytes behind_head() const { return buffer_.first(size_).subspan(line_start_); }
  ResponseFault fault() const { return fault_; }

 private:
  Status Refuse(ResponseFault fault);
  Status TakeLine(std::string_view line, std::size_t next_line);
  Status TakeStatusLine(std::string_view line);
  Status FinishHead(std::size_t next_line);
  Status ReadFraming();
  std::string_view Text(std::size_t from, std::size_t to) const;

  MutableBytes buffer_;
  ResponseHead head_{};
  std::size_t size_ = 0;         // bytes in the buffer
  std::size_t scanned_ = 0;      // no line end before this
  std::size_t line_start_ = 0;   // the line that is incomplete; the body's begin
  std::size_t field_start_ = 0;  // the first header line; 0: no status line yet
  unsigned interim_ = 0;
  bool answers_head_ = false;
  bool complete_ = false;
  ResponseFault fault_ = ResponseFault::kNone;
};

// The body.
class BodyDecoder {
 public:
  struct Portion {             // What one call made of its bytes.
    std::size_t consumed = 0;  // of the raw bytes; all unless done() or at a fault
    std::size_t produced = 0;  // body bytes, now at the front
  };

  void Start(const ResponseHead& head);  // of this answer; forgets another
  // Nothing more belongs to this response.
  bool done() const { return state_ == State::kDone; }
  // At most this many more raw bytes belong to it, as far as is known.
  std::uint64_t wanted() const;
  // Body bytes that the chunk being received still has; 0 outside of chunks.
  std::uint64_t chunk_left() const { return state_ == State::kData ? remaining_ : 0; }
  // Replaces raw bytes by the body bytes among them, in place. Body bytes before
  // a fault are handed out first, then NetworkFailure::kBadResponse.
  Result<Portion> Decode(MutableBytes data);
  // The peer has closed in good order: kOk, where that ends the body, else
  // kTruncated.
  Status PeerClosed();
  ResponseFault fault() const { return fault_; }

 private:
  enum class State : std::uint8_t {
    kDone,
    kLength,
    kUntilClose,
    kSizeFirst,  // chunk-size, its first digit
    kSize,
    kSizeBlank,  // blanks after the size
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kLastLf,
    kFailed,
  };
  bool TakeFraming(char c);
  bool TakeSizeLine(char c);
  bool TakeTrailer(char c);
  bool Refuse(ResponseFault fault);

  State state_ = State::kDone;
  ResponseFault fault_ = ResponseFault::kNone;
  std::uint64_t remaining_ = 0;  // of the body or of the chunk
  std::size_t line_length_ = 0;  // of the chunk line, or of all trailers
};

}  // namespace updraft
