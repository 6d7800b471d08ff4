// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "updraft/http_authentication.h"

#include "src/http/digest.h"
#include "src/http/grammar.h"
#include "src/http/url.h"

namespace updraft {
namespace {

// What stands between quotes, without the backslashes before its characters.
std::string_view AddUnquoted(http::TextWriter& room, std::string_view quoted) {
  const std::size_t start = room.size();
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    room.Add(quoted[i]);
  }
  return http::Piece(room.text(), start);
}

std::string_view AddPlain(http::TextWriter& room, std::string_view text) {
  const std::size_t start = room.size();
  room.Add(text);
  return http::Piece(room.text(), start);
}

std::string_view NameOf(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5: return "MD5";
    case DigestAlgorithm::kMd5Session: return "MD5-sess";
    case DigestAlgorithm::kSha256: return "SHA-256";
    case DigestAlgorithm::kSha256Session: return "SHA-256-sess";
  }
  return {};
}

std::string_view TextOf(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends `, name="value"`.
void AddQuoted(http::TextWriter& out, std::string_view name, std::string_view value) {
  out.Add(", ");
  out.Add(name);
  out.Add("=\"");
  for (const char c : value) {
    if (c == '"' || c == '\\') out.Add('\\');
    out.Add(c);
  }
  out.Add('"');
}

}  // namespace

void Authentication::Forget() {
  Wipe(room_);
  Wipe(key_.mutable_bytes());
  scheme_ = AuthenticationScheme::kNone;
}

Status Authentication::Begin(const Challenge& challenge, const Credentials& credentials) {
  Forget();
  switch (challenge.scheme) {
    case AuthenticationScheme::kNone: return {Code::kInvalidArgument, Stage::kFetch};
    case AuthenticationScheme::kBasic: {
      const Result<std::string_view> basic = WriteBasicCredentials(credentials, room_);
      if (!basic) return basic.error();
      basic_ = *basic;
      break;
    }
    case AuthenticationScheme::kDigest: {
      const Status begun = BeginDigest(challenge, credentials);
      if (!begun.ok()) {
        Forget();
        return begun;
      }
      break;
    }
  }
  scheme_ = challenge.scheme;
  return kOk;
}

Status Authentication::BeginDigest(const Challenge& challenge, const Credentials& credentials) {
  if (!http::IsFieldText(credentials.user) || !http::IsFieldText(credentials.password) ||
      credentials.user.find(':') != std::string_view::npos) {
    return {Code::kInvalidArgument, Stage::kFetch};
  }
  http::TextWriter room(reinterpret_cast<char*>(room_.data()), room_.size());
  user_ = AddPlain(room, credentials.user);
  realm_ = AddUnquoted(room, challenge.realm);
  nonce_ = AddUnquoted(room, challenge.nonce);
  opaque_ = AddUnquoted(room, challenge.opaque);
  if (!room.fits()) return {Code::kNoSpace, Stage::kFetch};
  algorithm_ = challenge.algorithm;
  names_algorithm_ = challenge.names_algorithm;
  protects_request_ = challenge.protects_request;
  has_opaque_ = challenge.has_opaque;
  requests_ = 0;
  std::array<std::uint8_t, 16> chance{};
  UPDRAFT_TRY(crypto_->Random(chance));
  http::WriteHex(chance,
                 {reinterpret_cast<std::uint8_t*>(client_nonce_.data()), client_nonce_.size()});
  http::DigestRequest request;
  request.algorithm = algorithm_;
  request.nonce = nonce_;
  request.client_nonce = {client_nonce_.data(), client_nonce_.size()};
  return http::WriteDigestKey(*crypto_, request, credentials, realm_, key_.mutable_bytes());
}

Result<std::string_view> Authentication::Write(std::string_view method, std::string_view url,
                                               MutableBytes out) {
  if (scheme_ == AuthenticationScheme::kNone) return Status(Code::kInvalidState, Stage::kFetch);
  if (scheme_ == AuthenticationScheme::kBasic) return basic_;
  UPDRAFT_TRY_ASSIGN(const http::Url target, http::ParseUrl(url));
  ++requests_;
  std::array<std::uint8_t, 4> number{};
  StoreBe32(number.data(), requests_);
  std::array<std::uint8_t, 8> count{};
  http::WriteHex(number, count);

  http::DigestRequest request;
  request.algorithm = algorithm_;
  request.nonce = nonce_;
  request.client_nonce = {client_nonce_.data(), client_nonce_.size()};
  if (protects_request_) request.count = TextOf(count);
  request.method = method;
  std::array<std::uint8_t, 2 * kSha256Size> response{};
  UPDRAFT_TRY(http::WriteDigestResponse(*crypto_, request, key_.bytes(), target, response));

  http::TextWriter text(reinterpret_cast<char*>(out.data()), out.size());
  text.Add("Digest uri=\"");
  text.Add(target.path.empty() ? "/" : target.path);
  if (target.has_query) {
    text.Add('?');
    text.Add(target.query);
  }
  text.Add('"');
  AddQuoted(text, "username", user_);
  AddQuoted(text, "realm", realm_);
  AddQuoted(text, "nonce", nonce_);
  AddQuoted(text, "response", TextOf(Bytes(response).first(http::DigestTextSize(algorithm_))));
  if (names_algorithm_) {
    text.Add(", algorithm=");
    text.Add(NameOf(algorithm_));
  }
  if (protects_request_) {
    text.Add(", qop=auth, nc=");
    text.Add(request.count);
  }
  if (protects_request_ || http::IsSession(algorithm_)) {
    AddQuoted(text, "cnonce", request.client_nonce);
  }
  if (has_opaque_) AddQuoted(text, "opaque", opaque_);
  if (!text.fits()) return Status(Code::kNoSpace, Stage::kFetch);
  return text.text();
}

}  // namespace updraft
