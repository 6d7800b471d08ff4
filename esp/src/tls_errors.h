// SPDX-License-Identifier: Apache-2.0
// What esp-tls over Mbed TLS reports of a handshake that failed: numbers that
// applications print and compare. Called by http_session.cc.
#pragma once

#include <esp_tls_errors.h>

#include "esp/network_binding.h"

namespace updraft::esp {

// Of Mbed TLS 3 (mbedtls/x509.h, ssl.h, pk.h), without their sign, as esp-tls keeps
// them.
inline constexpr int kMbedtlsBadCertificate = 0x2180;  // X509_INVALID_FORMAT
inline constexpr int kMbedtlsBadKey = 0x3D00;          // PK_KEY_INVALID_FORMAT

// Fills in what `fault` comes to; kNone leaves no code. `bundle`: authorities of a
// bundle were trusted, whose callback fails the handshake itself.
void Describe(TlsFault fault, bool bundle, esp_tls_last_error_t* error);

}  // namespace updraft::esp
