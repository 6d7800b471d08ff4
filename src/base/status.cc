// SPDX-License-Identifier: Apache-2.0
#include "updraft/status.h"

namespace updraft {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kInvalidArgument: return "invalid_argument";
    case Code::kInvalidState: return "invalid_state";
    case Code::kNotFound: return "not_found";
    case Code::kNoSpace: return "no_space";
    case Code::kUnsupported: return "unsupported";
    case Code::kBadFormat: return "bad_format";
    case Code::kBadChecksum: return "bad_checksum";
    case Code::kBadSignature: return "bad_signature";
    case Code::kIncompatible: return "incompatible";
    case Code::kDowngrade: return "downgrade";
    case Code::kTruncated: return "truncated";
    case Code::kNetwork: return "network";
    case Code::kHttpStatus: return "http_status";
    case Code::kFlash: return "flash";
    case Code::kCancelled: return "cancelled";
  }
  return "unknown";
}

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kNone: return "none";
    case Stage::kFetch: return "fetch";
    case Stage::kEncrypted: return "encrypted";
    case Stage::kImage: return "image";
    case Stage::kFlash: return "flash";
    case Stage::kSlots: return "slots";
    case Stage::kUpdate: return "update";
    case Stage::kBoot: return "boot";
    case Stage::kDevice: return "device";
  }
  return "unknown";
}

}  // namespace updraft
