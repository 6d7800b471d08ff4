// SPDX-License-Identifier: Apache-2.0
// Keys for tests, made for nothing else, as the files that hold them: good ones
// and ones that encrypted images cannot use.
#pragma once

#include <string_view>

namespace updraft {

// RSA-3072, PKCS#1.
extern const std::string_view kTestRsaKeyPem;
// RSA-3072, PKCS#8; another key.
extern const std::string_view kOtherRsaKeyPem;
// RSA of 2048 bits, public.
extern const std::string_view kSmallRsaKeyPem;
// P-256, SEC 1, with the block of parameters that OpenSSL puts in front.
extern const std::string_view kTestEcKeyPem;
// P-384, public.
extern const std::string_view kP384KeyPem;
// P-256, public; its point is not on the curve.
extern const std::string_view kOffCurveKeyPem;
// P-256, encrypted with the passphrase "secret".
extern const std::string_view kLockedKeyPem;
// Ed25519, public.
extern const std::string_view kEd25519KeyPem;

}  // namespace updraft
