// SPDX-License-Identifier: Apache-2.0
// The settings of TLS that are the same for every connection, and the library's
// errors in words. For MbedtlsConnection.
#pragma once

#include <mbedtls/ssl.h>

#include <cstdint>
#include <string_view>

namespace updraft::mbed {

// Ends with 0.
const int* CipherSuites();
// "http/1.1"; ends with nullptr.
const char** Protocols();
// P-256 and X25519 first: the library's own order begins with slower curves.
void PreferFastCurves(mbedtls_ssl_config* config);
// As MbedtlsConnectionOptions::record_limit; false when it is no such limit.
bool LimitRecords(mbedtls_ssl_config* config, std::uint16_t limit);

std::string_view WordsOfFlags(std::uint32_t flags);
std::string_view WordsOfError(int error);

}  // namespace updraft::mbed
