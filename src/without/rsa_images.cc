// SPDX-License-Identifier: Apache-2.0
// In place of src/encrypted/open_rsa.cc: images of that scheme cannot be opened.
#include "src/encrypted/key_wrap.h"

namespace updraft {

Status OpenRsaImage(RsaPrivateKey& /*key*/, Crypto& /*crypto*/, ConstKeyBlock /*block*/,
                    AesKey /*aes_key*/) {
  return {Code::kUnsupported, Stage::kEncrypted};
}

}  // namespace updraft
