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

// A file that only its owner may read. One that is there stays as it is, with
// the reason invalid_state, unless `force`.
std::optional<Failure> WritePrivateFile(const std::string& path, Bytes data, bool force);

// A fresh pair into two files; the second name may be empty.
std::optional<Failure> MakeRsaKey(const std::string& private_path, const std::string& public_path,
                                  bool force);
std::optional<Failure> MakeEciesKey(const std::string& hmac_path, const std::string& public_path,
                                    bool force);

}  // namespace updraft
