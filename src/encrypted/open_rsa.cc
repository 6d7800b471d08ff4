// SPDX-License-Identifier: Apache-2.0
// Images of this scheme. A device without such a key may leave it out (src/without).
#include "src/encrypted/key_wrap.h"

namespace updraft {

Status OpenRsaImage(RsaPrivateKey& key, Crypto& crypto, ConstKeyBlock block, AesKey aes_key) {
  return UnwrapRsa(key, crypto, block, aes_key);
}

}  // namespace updraft
