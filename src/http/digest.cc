// SPDX-License-Identifier: Apache-2.0
#include "src/http/digest.h"

#include <initializer_list>

namespace updraft::http {
namespace {

// The hash of pieces with a colon between each two.
class Sum {
 public:
  Sum(Crypto& crypto, DigestAlgorithm algorithm)
      : hash_(crypto), kind_(UsesSha256(algorithm) ? HashKind::kSha256 : HashKind::kMd5) {
    status_ = hash_.Start(kind_);
  }

  Sum& Add(std::string_view text) {
    if (status_.ok()) status_ = hash_.Update(AsBytes(text));
    return *this;
  }
  Sum& Add(Bytes text) {
    if (status_.ok()) status_ = hash_.Update(text);
    return *this;
  }
  Sum& AddColon() { return Add(":"); }

  Status Finish(MutableBytes out) {
    UPDRAFT_TRY(status_);
    Secret<kSha256Size> digest;
    const std::size_t size = HashSize(kind_);
    UPDRAFT_TRY(hash_.Finish(digest.mutable_bytes()));
    WriteHex(digest.bytes().first(size), out);
    return kOk;
  }

 private:
  Hash hash_;
  HashKind kind_;
  Status status_;
};

}  // namespace

void WriteHex(Bytes bytes, MutableBytes out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    out[at++] = static_cast<std::uint8_t>(kDigits[byte >> 4]);
    out[at++] = static_cast<std::uint8_t>(kDigits[byte & 15U]);
  }
}

Status WriteDigestKey(Crypto& crypto, const DigestRequest& request, const Credentials& credentials,
                      std::string_view realm, MutableBytes out) {
  UPDRAFT_TRY(Sum(crypto, request.algorithm)
                  .Add(credentials.user)
                  .AddColon()
                  .Add(realm)
                  .AddColon()
                  .Add(credentials.password)
                  .Finish(out));
  if (!IsSession(request.algorithm)) return kOk;
  return Sum(crypto, request.algorithm)
      .Add(out.first(DigestTextSize(request.algorithm)))
      .AddColon()
      .Add(request.nonce)
      .AddColon()
      .Add(request.client_nonce)
      .Finish(out);
}

Status WriteDigestResponse(Crypto& crypto, const DigestRequest& request, Bytes key, const Url& url,
                           MutableBytes out) {
  const std::size_t size = DigestTextSize(request.algorithm);
  Sum target(crypto, request.algorithm);
  target.Add(request.method).AddColon().Add(url.path.empty() ? "/" : url.path);
  if (url.has_query) target.Add("?").Add(url.query);
  UPDRAFT_TRY(target.Finish(out));
  Sum response(crypto, request.algorithm);
  response.Add(key.first(size)).AddColon().Add(request.nonce).AddColon();
  if (!request.count.empty()) {
    response.Add(request.count).AddColon().Add(request.client_nonce).Add(":auth:");
  }
  return response.Add(out.first(size)).Finish(out);
}

}  // namespace updraft::http
