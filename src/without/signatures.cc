// SPDX-License-Identifier: Apache-2.0
// In place of src/image/trust.cc, image_proof_signed.cc, signature_proof.cc and
// src/encrypted/judge_signer.cc: a device whose policy or keys demand signatures cannot be
// updated by this firmware.
#include "updraft/encrypted_image.h"

#include "src/image/image_proof.h"
#include "src/image/trust.h"

namespace updraft {
namespace {

constexpr Status kUnsignedOnly{Code::kUnsupported, Stage::kImage};

}  // namespace

Status DemandSignature(const Device& /*device*/, AskedBy /*asked_by*/, Observer& observer,
                       ImageRules& /*rules*/) {
  return Judge(observer, kUnsignedOnly,
               {Check::kSignatureTrusted, false, Value::Text("a device that wants no signatures"),
                Value::Text("one that does, which this firmware cannot verify")});
}

Result<HeaderTrust> HeaderTrustFor(const Device& device) {
  const bool wanted = device.policy.signed_header || !device.header_keys.empty() ||
                      !device.trusted_keys.empty() ||
                      device.policy.signature != SignaturePolicy::kNone;
  return wanted ? Result<HeaderTrust>(kUnsignedOnly) : HeaderTrust{};
}

Status Decryptor::JudgeSigner() {
  const HeaderTrust& trust = *std::get_if<HeaderTrust>(&stage_);
  return trust.demanded || !trust.keys.empty() ? kUnsignedOnly : kOk;
}

Status Decryptor::JudgeBody() { return kOk; }

Status ImageProof::StartSignature(HashKind /*kind*/) { return kUnsignedOnly; }

Status ImageProof::EndSignature() { return kUnsignedOnly; }

Status ImageProof::StartAgain() { return kUnsignedOnly; }

Status ImageProof::WriteAgain(Bytes /*data*/) { return kUnsignedOnly; }

Status SignatureProof::Take(Bytes /*bytes*/) { return kUnsignedOnly; }

}  // namespace updraft
