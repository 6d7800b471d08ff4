// SPDX-License-Identifier: Apache-2.0
// Of esp-tls what HTTP clients use: the global store of certificates and the last
// error. Connections of one's own (esp_tls_conn_...) are not there. Implemented in
// esp/src/tls_trust.cc; the numbers are in tls_errors.cc.
#pragma once

#include <esp_err.h>
#include <esp_tls_errors.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the handle of an event, or of a client, says; it says it once. Both numbers
// may be NULL. ESP_ERR_INVALID_STATE for NULL.
esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t h, int* esp_tls_code,
                                           int* esp_tls_flags);

// Certificates that each client with use_global_ca_store trusts. The bytes count
// the NUL behind PEM text; they are copied. ESP_ERR_INVALID_ARG for NULL, ESP_FAIL
// when no certificate is in them (the store is gone then),
// ESP_ERR_MBEDTLS_CERT_PARTLY_OK when some are damaged.
esp_err_t esp_tls_init_global_ca_store(void);
esp_err_t esp_tls_set_global_ca_store(const unsigned char* cacert_pem_buf,
                                      const unsigned int cacert_pem_bytes);
void esp_tls_free_global_ca_store(void);
// Whether there is one: it points at nothing that may be read.
mbedtls_x509_crt* esp_tls_get_global_ca_store(void);

#ifdef __cplusplus
}
#endif
