// SPDX-License-Identifier: Apache-2.0
// The sums of Digest authentication (RFC 7616, section 3.4); Authentication
// calls them. Each is the hexadecimal text of a hash, as the next one takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/http_authentication.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

#include "src/http/url.h"

namespace updraft::http {

constexpr bool UsesSha256(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::kSha256 || algorithm == DigestAlgorithm::kSha256Session;
}
constexpr bool IsSession(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::kMd5Session || algorithm == DigestAlgorithm::kSha256Session;
}
// Characters of a sum.
constexpr std::size_t DigestTextSize(DigestAlgorithm algorithm) {
  return 2 * (UsesSha256(algorithm) ? kSha256Size : kMd5Size);
}

// Lower-case hexadecimal at the front of `out`, which is twice as long.
void WriteHex(Bytes bytes, MutableBytes out);

// What a request is answered with.
struct DigestRequest {
  DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
  std::string_view nonce;
  std::string_view client_nonce;
  std::string_view count;  // eight hexadecimal digits; empty: without qop
  std::string_view method;
};

// H(A1) at the front of `out`: what stands for user and password.
Status WriteDigestKey(Crypto& crypto, const DigestRequest& request, const Credentials& credentials,
                      std::string_view realm, MutableBytes out);

// The response to a request of the path and query of `url`, at the front of `out`.
Status WriteDigestResponse(Crypto& crypto, const DigestRequest& request, Bytes key, const Url& url,
                           MutableBytes out);

}  // namespace updraft::http
