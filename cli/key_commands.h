// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft key`, and the writing of keys that others share.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "updraft/bytes.h"

#include "cli/failure.h"

namespace updraft {

void AddKeyNew(CLI::App& group, int& exit_code);
void AddKeyPublic(CLI::App& group, int& exit_code);
void AddKeyBundle(CLI::App& group, int& exit_code);
// key new sign-..., key digest; AddKeyNew comes first.
void AddSigningKeyCommands(CLI::App& key, int& exit_code);

// A pair into two files, both or none, of which only its owner may read the first; the
// second name may be empty. A private key that is there stays as it is, with the reason
// invalid_state, unless `force`.
std::optional<Failure> WriteKeyPair(const std::string& private_path, Bytes private_data,
                                    const std::string& public_path, const std::string& public_pem,
                                    bool force);

// The same of a fresh pair.
std::optional<Failure> MakeRsaKey(const std::string& private_path, const std::string& public_path,
                                  bool force);
std::optional<Failure> MakeEciesKey(const std::string& hmac_path, const std::string& public_path,
                                    bool force);

}  // namespace updraft
