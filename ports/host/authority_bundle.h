// SPDX-License-Identifier: Apache-2.0
// Makes the compact bundle of authorities that devices trust: of each certificate its
// subject and public key (docs/formats.md, "Certificate bundle"). For the tool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/status.h"

namespace updraft {

struct AuthorityBundle {
  std::vector<std::uint8_t> bytes{};
  std::size_t count = 0;  // of authorities; one that comes twice counts once
};

// Of all certificates in PEM text, in the order of their subjects. kNotFound: there is
// none; kBadFormat: one is not readable; kUnsupported: one has a key that devices do
// not accept (RSA below 2048 bits, curves below 256, another kind): `fault` is its
// subject then; kNoSpace: more than the format can count.
Result<AuthorityBundle> MakeAuthorityBundle(std::string_view pem, std::string& fault);

}  // namespace updraft
