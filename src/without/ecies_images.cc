// SPDX-License-Identifier: Apache-2.0
// In place of src/encrypted/key_ecies.cc: images of that scheme cannot be opened.
#include "src/encrypted/key_wrap.h"

namespace updraft {

Status UnwrapEcies(P256PrivateKey& /*key*/, Crypto& /*crypto*/, KeyBlock /*block*/,
                   AesKey /*aes_key*/) {
  return {Code::kUnsupported, Stage::kEncrypted};
}

}  // namespace updraft
