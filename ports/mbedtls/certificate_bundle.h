// SPDX-License-Identifier: Apache-2.0
// Authorities in a compact form, as ESP-IDF's certificate bundle: of each only its
// subject and public key. Read in place, from flash. Format: docs/formats.md,
// "Certificate bundle". `updraft key bundle` makes one.
#pragma once

#include <mbedtls/x509_crt.h>

#include "updraft/bytes.h"

namespace updraft::mbed {

// Whether every entry lies within the bundle, which has at least one and ends with
// the last, and subjects are in order.
bool IsCertificateBundle(Bytes bundle);

// 0: an authority of the bundle, which is one, has signed the certificate, or is what it
// is of. The authority's key has at least 2048 bits (RSA) or 256 (elliptic curves).
// MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: none has. Else an error that IsOutOfMemory() knows:
// nobody can say.
int VerifyByBundle(Bytes bundle, const mbedtls_x509_crt& certificate);

}  // namespace updraft::mbed
