// SPDX-License-Identifier: Apache-2.0
// In place of src/http/ahead.cc: each request waits for the answer before it.
#include "updraft/http_client.h"

namespace updraft {

bool HttpClient::SendAhead(const HttpRequest& /*request*/, MutableBytes /*scratch*/) {
  return false;
}

bool HttpClient::TakeUpAhead() { return false; }

}  // namespace updraft
