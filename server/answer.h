// SPDX-License-Identifier: Apache-2.0
// From a parsed request to an answer: status, header lines and body, as data.
// Called by the session, which alone puts it on the wire; bent_answer.h bends
// it by a script of faults.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/document_root.h"

namespace updraft {

// The head of a request; a body is never read.
using Request = boost::beast::http::request<boost::beast::http::empty_body>;

struct Answer {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;  // in the order sent

  // The body: either `text`, or `length` bytes of `file` from `first` on.
  std::string text;
  ServedFile file;
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  bool keep_alive = false;
};

// What the file server answers to `request` at `now` (seconds since 1970).
Answer AnswerRequest(const Request& request, const DocumentRoot& root, std::int64_t now);

// `status` and its reason as a short text.
Answer AnswerWithText(const Request& request, int status, std::int64_t now);

// For what cannot be parsed: `status` and a closed connection.
Answer RefuseConnection(int status, std::int64_t now);

// Status line and header lines with the empty line, as they go on the wire.
std::string SerialiseHead(const Answer& answer);

}  // namespace updraft
