// SPDX-License-Identifier: Apache-2.0
// The request on the wire (RFC 9112, section 3), written through a small buffer
// into a Sink; HttpClient calls it. No I/O of its own.
#pragma once

#include "updraft/http_client.h"
#include "updraft/stream.h"

namespace updraft::http {

// Writes request line, header fields, the empty line and the body. `request`
// has passed CheckRequest() and its URL can be taken apart. `buffer` is not
// empty; it gathers small pieces and is wiped afterwards, for they may be
// credentials. Returns what the sink returns, or that the URL is none; never calls
// the sink's Finish().
Status WriteRequest(const HttpRequest& request, MutableBytes buffer, Sink& sink);

}  // namespace updraft::http
