// SPDX-License-Identifier: Apache-2.0
#include "tests/network/fault_rows.h"

namespace updraft {

FaultRows ConnectionRows(const MatrixColumn&) {
  return {{R"("fault": "reset", "at": 5000)", "connection_lost"},
          {R"("fault": "reset", "at": 0)", "connection_lost"},
          {R"("fault": "reset", "at": 0, "of": "answer")", "connection_lost"},
          {R"("fault": "reset", "at": 30, "of": "answer")", "connection_lost"},
          {R"("fault": "truncate", "at": 5000)", "connection_lost"},
          {R"("fault": "truncate", "at": 0)", "connection_lost"},
          {R"("fault": "truncate", "at": 0, "of": "answer")", "connection_lost"},
          {R"("fault": "truncate", "at": 30, "of": "answer")", "connection_lost"},
          {R"("fault": "no_close_notify", "at": 5000)", "connection_lost"},
          {R"("fault": "no_close_notify")", ""},
          {R"("fault": "garbage", "at": 5000)", "connection_lost"},
          {R"("fault": "garbage", "at": 0, "of": "answer")", "connection_lost"}};
}

FaultRows RealWaitingRows() {
  FaultRow stalled{R"("fault": "stall", "at": 5000)", "stalled"};
  FaultRow too_slow{R"("fault": "drip", "bytes": 1, "every_ms": 1)", "too_slow"};
  too_slow.pace = {.low_speed = 1'000'000, .low_speed_window_ms = 100};
  FaultRow late{R"("fault": "drip", "bytes": 1, "every_ms": 1)", "deadline"};
  late.max_duration_ms = 200;
  FaultRow silent{"", "connect_failed", "", "silent"};
  FaultRows rows{stalled, too_slow, late, silent};
  for (FaultRow& row : rows) row.clock = Clock::kReal;
  return rows;
}

FaultRows WaitingRows(const MatrixColumn&) {
  FaultRow slow_body{R"("fault": "drip", "bytes": 1, "every_ms": 1)", "too_slow"};
  slow_body.clock = Clock::kHurried;
  FaultRow late = slow_body;
  late.reason = "deadline";
  late.max_duration_ms = 20'000;
  return {{R"("fault": "stall", "at": 5000)", "stalled"},
          {R"("fault": "stall", "at": 0, "of": "answer")", "stalled"},
          slow_body,
          late,
          {R"("fault": "endless_header")", "bad_response"}};
}

// An encrypted file says how long it is.
FaultRows LengthRows(const MatrixColumn& column) {
  const std::string wrong = "length_mismatch";
  const bool told = column.length_told();
  return {{R"("fault": "content_length", "add": 5)", told ? wrong : "connection_lost"},
          {R"("fault": "content_length", "add": -5)", told ? wrong : "truncated"},
          {R"("fault": "content_length", "add": -1000000)", "bad_response"},
          {R"("fault": "content_length", "add": 100000000)",
           column.ranged() ? wrong : "image_too_large"},
          {R"("fault": "no_content_length")", ""},
          {R"("fault": "two_content_lengths")", wrong},
          {R"("fault": "header", "name": "Content-Length", "value": "1e9")", "bad_response"},
          {R"("fault": "header", "name": "Content-Length", "value": "+7")", "bad_response"},
          {R"("fault": "header", "name": "Content-Length", "value": "99999999999999999999")",
           "bad_response"}};
}

FaultRows FramingRows(const MatrixColumn& column) {
  const std::string endless = column.length_told() ? "length_mismatch" : "image_too_large";
  return {{R"("fault": "chunked")", ""},
          {R"("fault": "chunked", "bytes": 1)", ""},
          {R"("fault": "bad_chunk")", "bad_response"},
          {R"("fault": "bad_chunk", "size": "ffffffffffffffff")", "bad_response"},
          {R"("fault": "bad_chunk", "size": "-1")", "bad_response"},
          {R"("fault": "bad_chunk", "size": "")", "bad_response"},
          {R"("fault": "bad_chunk", "size": "0x10")", "bad_response"},
          {R"("fault": "header", "name": "Content-Encoding", "value": "gzip")", "content_encoding"},
          {R"("fault": "header", "name": "Transfer-Encoding", "value": "gzip")", "bad_response"},
          {R"("fault": "header", "name": "Transfer-Encoding", "value": "chunked")", "bad_response"},
          {R"("fault": "endless_body")", endless},
          {R"("fault": "endless_body", "chunked": true)", endless}};
}

FaultRows HeadRows(const MatrixColumn&) {
  return {{R"("fault": "huge_header")", "bad_response"},
          {R"("fault": "many_headers")", ""},
          {R"("fault": "many_headers", "count": 5000)", "bad_response"},
          {R"("fault": "status_line", "value": "HTTP/1.1 2x0 OK")", "bad_response"},
          {R"("fault": "status_line", "value": "HTTP/2 200 OK")", "bad_response"},
          {R"("fault": "status_line", "value": "SSH-2.0-OpenSSH_9.2")", "bad_response"},
          {R"("fault": "status_line", "value": "")", "bad_response"},
          {R"("fault": "folded_header")", "bad_response"},
          {R"("fault": "nul_in_header")", "bad_response"}};
}

// 304 in the middle of a file is no answer, and at its beginning nothing new. A part
// that is no longer there was one of another file; a second start begins anew then, and
// is told so again.
FaultRows StatusRows(const MatrixColumn& column) {
  FaultRows rows;
  for (const char* status : {"204", "304", "400", "401", "403", "404", "408", "410", "416", "429",
                             "500", "502", "503", "504"}) {
    rows.push_back({R"("fault": "status", "status": )" + std::string(status), "http_status"});
    rows.back().words = status;
    if (rows.back().words == "416" && column.in_parts())
      rows.back() = {rows.back().script, "file_changed"};
  }
  FaultRow busy{R"("fault": "status", "status": 503, "retry_after": 100000)", "http_status", "503"};
  busy.max_attempts = 3;
  rows.push_back(busy);
  FaultRow always{R"("fault": "status", "status": 500)", "http_status", "500"};
  always.max_attempts = 5;
  rows.push_back(always);
  return rows;
}

FaultRows RedirectRows(const MatrixColumn&) {
  return {
      {R"("fault": "redirect_loop")", "redirect_refused", "11"},
      {R"("fault": "redirect_to_http")", "redirect_refused", "http"},
      {R"("fault": "redirect", "to": "ftp://localhost/firmware.bin")", "redirect_refused", "ftp:"},
      {R"("fault": "redirect", "to": "https://")", "redirect_refused"},
      {R"("fault": "redirect", "to": "https://user:password@localhost/")", "redirect_refused",
       "user"},
      {R"("fault": "redirect", "to": "https://127.0.0.1:1/", "status": 308)", "connect_failed"},
      {R"("times": 3, "fault": "redirect_loop", "status": 307)", ""}};
}

FaultRows AuthenticationRows(const MatrixColumn&) {
  FaultRow wrong{R"("fault": "authenticate", "algorithm": "SHA-256")", "http_status", "401"};
  wrong.password = "wrong";
  FaultRow basic{R"("fault": "authenticate", "scheme": "basic")", "authentication_unsupported",
                 "Basic"};
  basic.digest_only = true;
  return {
      wrong,
      basic,
      {R"("fault": "authenticate", "algorithm": "SHA-512-256")", "authentication_unsupported",
       "SHA-512-256"},
      {R"("fault": "authenticate", "qop": "auth-int")", "authentication_unsupported", "auth-int"},
      {R"("fault": "authenticate", "algorithm": "SHA-256-sess")", ""},
      {R"("fault": "authenticate", "algorithm": "MD5", "stale_after": 1)", ""}};
}

FaultRows TlsRows(const MatrixColumn&) {
  FaultRow silent{"", "connect_failed", "", "silent"};
  return {{"", "tls_failed", "expired", "expired"},
          {"", "tls_failed", "not yet valid", "not_yet_valid"},
          {"", "tls_failed", "certificate is not for", "wrong_host"},
          {"", "tls_failed", "self", "self_signed"},
          {"", "tls_failed", "issuer", "unknown_ca"},
          {"", "tls_failed", "version", "tls_1_1"},
          {"", "tls_failed", "", "plain"},
          {"", "connect_failed", "", "reset"},
          silent,
          {"", "", "", "renegotiate"}};
}

// In parts, the first part comes whole and closes; else the download breaks and is
// taken up again by the same process.
FaultRows SecondConnectionRows(const MatrixColumn& column) {
  FaultRows rows = TlsRows(column);
  for (FaultRow& row : rows) {
    row.first_connection = column.in_parts()
                               ? R"("fault": "header", "name": "Connection", "value": "close")"
                               : R"("fault": "truncate", "at": 7000)";
    row.max_attempts = column.in_parts() ? 1 : 2;
  }
  return rows;
}

FaultRows RangeRows(const MatrixColumn& column) {
  const auto range = [](const std::string& value) {
    return R"("fault": "header", "name": "Content-Range", "value": )" + value;
  };
  return {{R"("fault": "content_range", "shift": 7)", "range_mismatch"},
          {R"("fault": "content_range", "shift": -20000)", "range_mismatch"},
          {range("null"), "range_mismatch"},
          {range(R"("bytes */70000")"), "range_mismatch"},
          {range(R"("bytes 20000-39999/*")"), "range_mismatch"},
          {range(R"("bytes 20000-39999/40000")"),
           column.in_parts() ? "file_changed" : "range_mismatch"},
          {range(R"("bytes 20000-99999999/100000000")"), "range_mismatch"},
          {range(R"("bytes 39999-20000/70000")"), "range_mismatch"},
          {range(R"("bytes 20000-39999/18446744073709551616")"), "range_mismatch"},
          {R"("fault": "ignore_range")", ""}};
}

// A second start takes the new file at once. What only the length tells apart, the proof of the
// image or its tag does.
FaultRows SwapRows(const MatrixColumn& column) {
  const std::string mixed = column.encrypted ? "bad_tag" : "bad_checksum";
  FaultRow swapped{R"("fault": "swap", "file": "/other.bin")", "file_changed"};
  FaultRow in_spite{R"("fault": "swap", "file": "/other.bin", "ignore_if_range": true)",
                    "file_changed"};
  if (!column.in_parts()) {
    swapped.reason = in_spite.reason = "";
    swapped.takes_other = in_spite.takes_other = true;
  }
  return {swapped,
          in_spite,
          {R"("fault": "swap", "file": "/other.bin", "etag": "same")", mixed},
          {R"("fault": "swap", "file": "/other.bin", "etag": "none")", mixed}};
}

FaultRows HealedRows(const MatrixColumn&) {
  FaultRows rows{{R"("times": 1, "fault": "reset", "at": 5000)", ""},
                 {R"("times": 1, "fault": "garbage", "at": 5000)", ""},
                 {R"("times": 1, "fault": "stall", "at": 5000)", ""},
                 {R"("times": 2, "fault": "status", "status": 429, "retry_after": 50)", ""},
                 {R"("times": 2, "fault": "truncate", "at": 12000)", ""}};
  for (FaultRow& row : rows) row.max_attempts = 3;
  return rows;
}

}  // namespace updraft
