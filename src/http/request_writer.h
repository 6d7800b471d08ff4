// SPDX-License-Identifier: Apache-2.0
// The request on the wire (RFC 9112, section 3), written through a small buffer
// into a Sink; HttpClient calls it. No I/O of its own.
#pragma once

#include "updraft/http_client.h"
#include "updraft/stream.h"

#include "src/http/url.h"

namespace updraft::http {

// Writes request line, header fields, the empty line and the body. `request`
// has passed CheckRequest() and `url` is what its text says. `buffer` is not
// empty; it gathers small pieces and is wiped afterwards, for they may be
// credentials. Returns what the sink returns; never calls its Finish().
Status WriteRequest(const HttpRequest& request, const Url& url, MutableBytes buffer, Sink& sink);

}  // namespace updraft::http
