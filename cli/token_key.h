// SPDX-License-Identifier: Apache-2.0
// Keys in tokens as people name them on the command line, pkcs11:..., and the
// words for what goes wrong with them. A PIN is never among these.
#pragma once

#include <string>

#include "cli/failure.h"
#include "ports/host/key_pkcs11.h"

namespace updraft {

// For messages: a file's name, or the URI without what may be secret.
std::string KeyNameText(const std::string& name);

// The private key of the URI. Reasons: invalid_argument, unsupported, not_found,
// key_missing.
Outcome<OpensslKey> OpenTokenKey(const std::string& uri);

}  // namespace updraft
