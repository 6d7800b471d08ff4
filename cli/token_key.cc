// SPDX-License-Identifier: Apache-2.0
#include "cli/token_key.h"

#include <fmt/format.h>

#include "cli/text.h"

namespace updraft {
namespace {

Failure FailureOf(TokenFault fault, const std::string& uri) {
  const auto words = [&](std::string_view reason, std::string_view expected, std::string_view found,
                         std::string_view advice) {
    return Failure{std::string(reason), fmt::format("{}: expected {}, found {}; {}.",
                                                    KeyNameText(uri), expected, found, advice)};
  };
  switch (fault) {
    case TokenFault::kBadUri:
      return words("invalid_argument", "a PKCS#11 URI with the PIN, if any, behind its '?'",
                   "another form", "write it as pkcs11:token=NAME;object=LABEL?pin-source=FILE");
    case TokenFault::kNoEngine:
      return words("unsupported", "OpenSSL's engine 'pkcs11'", "that there is none",
                   "install the package libengine-pkcs11-openssl");
    case TokenFault::kNoPin:
      return words(
          "invalid_argument", "a PIN", "none",
          fmt::format("set {}, or name a file that holds it by ?pin-source=FILE", kPinVariable));
    case TokenFault::kNoToken:
      return words("not_found", "a token of that name", "none",
                   "check that it is connected, and that PKCS11_MODULE_PATH or ?module-path= "
                   "names its module");
    case TokenFault::kWrongPin:
      return words("invalid_argument", "the token's PIN", "a wrong one, or a token that is locked",
                   "check it before you try again: most tokens lock after a few attempts");
    case TokenFault::kNoKey: break;
  }
  return words("key_missing", "a private key of that name in the token", "none",
               "list what it holds with pkcs11-tool -O --login");
}

}  // namespace

std::string KeyNameText(const std::string& name) {
  return IsTokenUri(name) ? PrintableText(TokenName(name)) : PrintableText(name);
}

Outcome<OpensslKey> OpenTokenKey(const std::string& uri) {
  auto loaded = LoadTokenKey(uri);
  if (const auto* const fault = std::get_if<TokenFault>(&loaded)) return FailureOf(*fault, uri);
  return std::move(std::get<OpensslKey>(loaded));
}

}  // namespace updraft
