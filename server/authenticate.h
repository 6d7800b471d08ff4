// SPDX-License-Identifier: Apache-2.0
// The server's side of Basic and Digest, for the script's fault "authenticate": who
// may pass, and the challenge for who may not. Called by bent_answer.
#pragma once

#include <optional>
#include <string>

#include "server/answer.h"
#include "server/fault_script.h"

namespace updraft {

// The WWW-Authenticate of a 401, or nothing where `request` has the credentials of
// `rule`. Nonces are plain counters: each serves `stale_after` requests.
std::optional<std::string> ChallengeFor(const FaultRule& rule, const Request& request);

}  // namespace updraft
