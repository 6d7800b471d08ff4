// SPDX-License-Identifier: Apache-2.0
// Trust in well-known authorities: on the virtual device those of the system that
// it runs on. Implemented in esp/src/tls_trust.cc.
#pragma once

#include <esp_err.h>
#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// For esp_http_client_config_t::crt_bundle_attach; `conf` is not looked at. Any
// other function there means the same.
esp_err_t esp_crt_bundle_attach(void* conf);
void esp_crt_bundle_detach(mbedtls_ssl_config* conf);
// Checks the form of a bundle as ESP-IDF's generator makes it, then trusts the
// authorities in it beside the system's. It is referenced until another is set.
// ESP_ERR_INVALID_ARG for NULL and for what is no bundle.
esp_err_t esp_crt_bundle_set(const uint8_t* x509_bundle, size_t bundle_size);
bool esp_crt_bundle_in_use(const mbedtls_x509_crt* ca_chain);

#ifdef __cplusplus
}
#endif
