// SPDX-License-Identifier: Apache-2.0
// In place of src/http/chunked.cc: a body in chunks is a response that is refused.
#include "updraft/http_response.h"

namespace updraft {

bool BodyDecoder::TakeFraming(char /*c*/) { return Refuse(ResponseFault::kTransferEncoding); }

}  // namespace updraft
