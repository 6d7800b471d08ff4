// SPDX-License-Identifier: Apache-2.0
// In place of src/update/river_encrypted.cc: an encrypted image is refused before
// anything is written.
#include "src/update/river.h"

namespace updraft {
namespace {

constexpr Status kPlainOnly{Code::kUnsupported, Stage::kEncrypted};

}  // namespace

Status UpdateRiver::OpenEncrypted() {
  return Judge(*observer_, kPlainOnly,
               {Check::kEncryptedMagic, false, Value::Text("an image that is not encrypted"),
                Value::Text("an encrypted image, which this firmware cannot open")});
}

Status UpdateRiver::PushEncrypted(MutableBytes /*data*/) { return kPlainOnly; }

Status UpdateRiver::EndEncrypted() { return kPlainOnly; }

void UpdateRiver::CloseEncrypted() {}

Status UpdateRiver::Decrypted::Write(Bytes /*data*/) { return kPlainOnly; }

Status UpdateRiver::Decrypted::Finish() { return kPlainOnly; }

}  // namespace updraft
