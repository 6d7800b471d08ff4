// SPDX-License-Identifier: Apache-2.0
// Who signed the header of an encrypted image, and whether the body is the one that was
// signed. A device that takes unsigned headers may leave it out (src/without).
#include <algorithm>

#include "updraft/encrypted_image.h"

namespace updraft {

// Before any key is touched: who made this?
Status Decryptor::JudgeSigner() {
  const HeaderTrust& trust = *std::get_if<HeaderTrust>(&stage_);
  const bool there = HasHeaderSignature(header());
  if (!trust.demanded && (!there || trust.keys.empty())) return kOk;
  const auto judge = [&](bool passed, const Value& expected, const Value& found) {
    return Judge(*observer_, Stage::kEncrypted, Code::kBadSignature,
                 {Check::kHeaderSignature, passed, expected, found});
  };
  if (trust.keys.empty()) {
    return judge(false, Value::Text("a key of those who may sign headers"),
                 Value::Text("none on this device"));
  }
  if (!there) return judge(false, {}, Value::Text("a header that is not signed"));
  const Status verified = VerifyHeaderSignature(*crypto_, trust.keys, header());
  if (!verified.ok() && verified.code() != Code::kBadSignature) return verified;
  UPDRAFT_TRY(judge(verified.ok(), {},
                    verified.ok() ? Value::Text("a trusted one")
                                  : Value::Text("another signer, or a header that was changed")));
  std::ranges::copy(BodyDigest(header()), body_digest_.begin());
  return body_hash_.Start(HashKind::kSha256);
}

// Whoever knows the AES key can make another body for the same tag.
Status Decryptor::JudgeBody() {
  if (!body_hash_.running()) return kOk;
  Sha256Digest digest{};
  UPDRAFT_TRY(body_hash_.Finish(digest));
  const bool same = EqualInConstantTime(Bytes(digest).first(kBodyDigestSize), body_digest_);
  return Judge(*observer_, Stage::kEncrypted, Code::kBadSignature,
               {Check::kHeaderSignature, same, Value::Text("the body that was signed"),
                same ? Value::Text("that one") : Value::Text("another body")});
}

}  // namespace updraft
