// SPDX-License-Identifier: Apache-2.0
#include "src/image/trust.h"

namespace updraft {
namespace {

Status NobodyTrusted(std::string_view found, Observer& observer) {
  return Judge(observer, Stage::kImage, Code::kBadSignature,
               {Check::kSignatureTrusted, false, {}, Value::Text(found)});
}

Result<SignatureRules> WhoIsTrusted(const Device& device, AskedBy asked_by, Observer& observer) {
  SignatureRules rules;
  rules.blocks = device.chip.family->signature_blocks;
  if (!device.trusted_keys.empty()) {
    rules.trusted = device.trusted_keys;
  } else if (asked_by == AskedBy::kBootloader || !device.running.has_value()) {
    return NobodyTrusted("a device that trusts no key yet", observer);
  } else {
    const auto signer = TrustSignerOf(*device.flash, *device.crypto, *device.running);
    if (signer.error().code() == Code::kNotFound) {
      return NobodyTrusted("a device that trusts no key: the running image is not signed",
                           observer);
    }
    if (!signer) return signer.error();
    rules = *signer;
  }
  rules.digest_bytes = device.chip.family->key_digest_bytes;
  if (device.policy.signature_scheme.has_value()) rules.scheme = device.policy.signature_scheme;
  return rules;
}

}  // namespace

Status DemandSignature(const Device& device, AskedBy asked_by, Observer& observer,
                       ImageRules& rules) {
  UPDRAFT_TRY_ASSIGN(rules.signature, WhoIsTrusted(device, asked_by, observer));
  return kOk;
}

Result<HeaderTrust> HeaderTrustFor(const Device& device) {
  HeaderTrust trust{.keys = device.header_keys, .demanded = device.policy.signed_header};
  const bool trusts_signers =
      !device.trusted_keys.empty() || device.policy.signature != SignaturePolicy::kNone;
  if (!trust.keys.empty() || !device.running.has_value() || !trusts_signers) return trust;
  const auto rules = WhoIsTrusted(device, AskedBy::kApplication, NoObserver());
  if (rules.error().code() == Code::kBadSignature) return trust;
  if (!rules) return rules.error();
  UPDRAFT_TRY_ASSIGN(trust.keys,
                     TrustedHeaderKeys(*device.flash, *device.crypto, *device.running, *rules));
  return trust;
}

}  // namespace updraft
