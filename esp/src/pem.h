// SPDX-License-Identifier: Apache-2.0
// Certificates and keys as programs hand them over: PEM text that ends with a NUL, or
// bytes with a length, PEM or DER. All becomes PEM text. Used by http_settings.cc and
// tls_trust.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace updraft::esp {

// `size` 0: PEM that ends with a NUL; else the bytes, of PEM with its NUL. Empty when
// it holds neither PEM nor the outline of DER; what is in it is not read.
std::optional<std::string> CertificatesAsPem(const void* data, std::size_t size);
std::optional<std::string> PrivateKeyAsPem(const void* data, std::size_t size);

// How many blocks of that label ("CERTIFICATE") the text begins; `sound`: only those
// that end, too, and hold base64 of what looks like DER.
std::size_t CountPemBlocks(std::string_view pem, std::string_view label, bool sound);

}  // namespace updraft::esp
