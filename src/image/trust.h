// SPDX-License-Identifier: Apache-2.0
// Whom a device trusts: what its policy, its eFuses and the running image say.
#pragma once

#include "updraft/slot_prover.h"

namespace updraft {

// Makes `rules` demand a signature: by the keys whose digests are in eFuse; without any,
// an application trusts its own signer. kBadSignature, with one Finding, where nobody is
// trusted; errors of flash and crypto.
Status DemandSignature(const Device& device, AskedBy asked_by, Observer& observer,
                       ImageRules& rules);

}  // namespace updraft
