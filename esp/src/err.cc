// SPDX-License-Identifier: Apache-2.0
#include "esp/src/err.h"

#include <esp_efuse.h>
#include <esp_flash.h>
#include <esp_http_server.h>
#include <esp_https_ota.h>
#include <esp_image_format.h>
#include <esp_ota_ops.h>
#include <esp_tls_errors.h>
#include <esp_transport.h>
#include <nvs.h>
#include <string.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace updraft::esp {

esp_err_t ErrorOf(Status status) {
  const bool image = status.stage() == Stage::kImage;
  switch (status.code()) {
    case Code::kOk: return ESP_OK;
    case Code::kInvalidArgument: return ESP_ERR_INVALID_ARG;
    case Code::kInvalidState: return ESP_ERR_INVALID_STATE;
    case Code::kNotFound: return ESP_ERR_NOT_FOUND;
    case Code::kNoSpace: return image ? ESP_ERR_IMAGE_INVALID : ESP_ERR_INVALID_SIZE;
    case Code::kUnsupported: return ESP_ERR_NOT_SUPPORTED;
    case Code::kBadFormat:
    case Code::kBadChecksum: return image ? ESP_ERR_IMAGE_INVALID : ESP_ERR_INVALID_STATE;
    case Code::kBadSignature:
    case Code::kTruncated: return ESP_ERR_IMAGE_INVALID;
    case Code::kIncompatible: return ESP_FAIL;
    case Code::kDowngrade: return ESP_ERR_OTA_SMALL_SEC_VER;
    case Code::kFlash: return ESP_ERR_FLASH_OP_FAIL;
    case Code::kNetwork:
    case Code::kHttpStatus:
    case Code::kCancelled: return ESP_FAIL;
  }
  return ESP_FAIL;
}

namespace {

struct NamedError {
  esp_err_t code;
  const char* name;
};

#define UPDRAFT_NAMED(code) \
  NamedError { code, #code }

constexpr std::array kNames{
    UPDRAFT_NAMED(ESP_OK),
    UPDRAFT_NAMED(ESP_FAIL),
    UPDRAFT_NAMED(ESP_ERR_NO_MEM),
    UPDRAFT_NAMED(ESP_ERR_INVALID_ARG),
    UPDRAFT_NAMED(ESP_ERR_INVALID_STATE),
    UPDRAFT_NAMED(ESP_ERR_INVALID_SIZE),
    UPDRAFT_NAMED(ESP_ERR_NOT_FOUND),
    UPDRAFT_NAMED(ESP_ERR_NOT_SUPPORTED),
    UPDRAFT_NAMED(ESP_ERR_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_INVALID_RESPONSE),
    UPDRAFT_NAMED(ESP_ERR_INVALID_CRC),
    UPDRAFT_NAMED(ESP_ERR_INVALID_VERSION),
    UPDRAFT_NAMED(ESP_ERR_INVALID_MAC),
    UPDRAFT_NAMED(ESP_ERR_NOT_FINISHED),
    UPDRAFT_NAMED(ESP_ERR_NOT_ALLOWED),
    UPDRAFT_NAMED(ESP_ERR_NVS_BASE),
    UPDRAFT_NAMED(ESP_ERR_NVS_NOT_INITIALIZED),
    UPDRAFT_NAMED(ESP_ERR_NVS_NOT_FOUND),
    UPDRAFT_NAMED(ESP_ERR_NVS_TYPE_MISMATCH),
    UPDRAFT_NAMED(ESP_ERR_NVS_READ_ONLY),
    UPDRAFT_NAMED(ESP_ERR_NVS_NOT_ENOUGH_SPACE),
    UPDRAFT_NAMED(ESP_ERR_NVS_INVALID_NAME),
    UPDRAFT_NAMED(ESP_ERR_NVS_INVALID_HANDLE),
    UPDRAFT_NAMED(ESP_ERR_NVS_REMOVE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_NVS_KEY_TOO_LONG),
    UPDRAFT_NAMED(ESP_ERR_NVS_PAGE_FULL),
    UPDRAFT_NAMED(ESP_ERR_NVS_INVALID_STATE),
    UPDRAFT_NAMED(ESP_ERR_NVS_INVALID_LENGTH),
    UPDRAFT_NAMED(ESP_ERR_NVS_NO_FREE_PAGES),
    UPDRAFT_NAMED(ESP_ERR_NVS_VALUE_TOO_LONG),
    UPDRAFT_NAMED(ESP_ERR_NVS_PART_NOT_FOUND),
    UPDRAFT_NAMED(ESP_ERR_NVS_NEW_VERSION_FOUND),
    UPDRAFT_NAMED(ESP_ERR_NVS_XTS_ENCR_FAILED),
    UPDRAFT_NAMED(ESP_ERR_NVS_XTS_DECR_FAILED),
    UPDRAFT_NAMED(ESP_ERR_NVS_XTS_CFG_FAILED),
    UPDRAFT_NAMED(ESP_ERR_NVS_XTS_CFG_NOT_FOUND),
    UPDRAFT_NAMED(ESP_ERR_NVS_ENCR_NOT_SUPPORTED),
    UPDRAFT_NAMED(ESP_ERR_NVS_KEYS_NOT_INITIALIZED),
    UPDRAFT_NAMED(ESP_ERR_NVS_CORRUPT_KEY_PART),
    UPDRAFT_NAMED(ESP_ERR_NVS_CONTENT_DIFFERS),
    UPDRAFT_NAMED(ESP_ERR_NVS_WRONG_ENCRYPTION),
    UPDRAFT_NAMED(ESP_ERR_OTA_BASE),
    UPDRAFT_NAMED(ESP_ERR_OTA_PARTITION_CONFLICT),
    UPDRAFT_NAMED(ESP_ERR_OTA_SELECT_INFO_INVALID),
    UPDRAFT_NAMED(ESP_ERR_OTA_VALIDATE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_OTA_SMALL_SEC_VER),
    UPDRAFT_NAMED(ESP_ERR_OTA_ROLLBACK_FAILED),
    UPDRAFT_NAMED(ESP_ERR_OTA_ROLLBACK_INVALID_STATE),
    UPDRAFT_NAMED(ESP_ERR_OTA_ALREADY_IN_PROGRESS),
    UPDRAFT_NAMED(ESP_ERR_OTA_SPI_MODE_MISMATCH),
    UPDRAFT_NAMED(ESP_ERR_EFUSE),
    UPDRAFT_NAMED(ESP_OK_EFUSE_CNT),
    UPDRAFT_NAMED(ESP_ERR_EFUSE_CNT_IS_FULL),
    UPDRAFT_NAMED(ESP_ERR_EFUSE_REPEATED_PROG),
    UPDRAFT_NAMED(ESP_ERR_CODING),
    UPDRAFT_NAMED(ESP_ERR_NOT_ENOUGH_UNUSED_KEY_BLOCKS),
    UPDRAFT_NAMED(ESP_ERR_DAMAGED_READING),
    UPDRAFT_NAMED(ESP_ERR_IMAGE_BASE),
    UPDRAFT_NAMED(ESP_ERR_IMAGE_FLASH_FAIL),
    UPDRAFT_NAMED(ESP_ERR_IMAGE_INVALID),
    UPDRAFT_NAMED(ESP_ERR_WIFI_BASE),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_BASE),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_HANDLERS_FULL),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_HANDLER_EXISTS),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_INVALID_REQ),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_RESULT_TRUNC),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_RESP_HDR),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_RESP_SEND),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_ALLOC_MEM),
    UPDRAFT_NAMED(ESP_ERR_HTTPD_TASK),
    UPDRAFT_NAMED(ESP_ERR_MESH_BASE),
    UPDRAFT_NAMED(ESP_ERR_FLASH_BASE),
    UPDRAFT_NAMED(ESP_ERR_FLASH_OP_FAIL),
    UPDRAFT_NAMED(ESP_ERR_FLASH_OP_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_FLASH_NOT_INITIALISED),
    UPDRAFT_NAMED(ESP_ERR_FLASH_UNSUPPORTED_HOST),
    UPDRAFT_NAMED(ESP_ERR_FLASH_UNSUPPORTED_CHIP),
    UPDRAFT_NAMED(ESP_ERR_FLASH_PROTECTED),
    UPDRAFT_NAMED(ESP_ERR_HTTP_BASE),
    UPDRAFT_NAMED(ESP_ERR_HTTP_MAX_REDIRECT),
    UPDRAFT_NAMED(ESP_ERR_HTTP_CONNECT),
    UPDRAFT_NAMED(ESP_ERR_HTTP_WRITE_DATA),
    UPDRAFT_NAMED(ESP_ERR_HTTP_FETCH_HEADER),
    UPDRAFT_NAMED(ESP_ERR_HTTP_INVALID_TRANSPORT),
    UPDRAFT_NAMED(ESP_ERR_HTTP_CONNECTING),
    UPDRAFT_NAMED(ESP_ERR_HTTP_EAGAIN),
    UPDRAFT_NAMED(ESP_ERR_HTTP_CONNECTION_CLOSED),
    UPDRAFT_NAMED(ESP_ERR_HTTP_NOT_MODIFIED),
    UPDRAFT_NAMED(ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE),
    UPDRAFT_NAMED(ESP_ERR_HTTP_READ_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_HTTP_INCOMPLETE_DATA),
    UPDRAFT_NAMED(ESP_ERR_HTTP_REDIRECT_DOWNGRADE),
    UPDRAFT_NAMED(ESP_ERR_HTTP_HEADER_TOO_LONG),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_BASE),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_CANNOT_CREATE_SOCKET),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_UNSUPPORTED_PROTOCOL_FAMILY),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_SOCKET_SETOPT_FAILED),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_SE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_TCP_CLOSED_FIN),
    UPDRAFT_NAMED(ESP_ERR_ESP_TLS_SERVER_HANDSHAKE_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_CERT_PARTLY_OK),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_CTR_DRBG_SEED_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_SET_HOSTNAME_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_CONFIG_DEFAULTS_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_CONF_ALPN_PROTOCOLS_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_CONF_OWN_CERT_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_SETUP_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_WRITE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_CONF_PSK_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_TICKET_SETUP_FAILED),
    UPDRAFT_NAMED(ESP_ERR_MBEDTLS_SSL_READ_FAILED),
    UPDRAFT_NAMED(ESP_ERR_HTTPS_OTA_BASE),
    UPDRAFT_NAMED(ESP_ERR_HTTPS_OTA_IN_PROGRESS),
    UPDRAFT_NAMED(ESP_ERR_TCP_TRANSPORT_CONNECTION_TIMEOUT),
    UPDRAFT_NAMED(ESP_ERR_TCP_TRANSPORT_CONNECTION_CLOSED_BY_FIN),
    UPDRAFT_NAMED(ESP_ERR_TCP_TRANSPORT_CONNECTION_FAILED),
    UPDRAFT_NAMED(ESP_ERR_TCP_TRANSPORT_NO_MEM),
    UPDRAFT_NAMED(ESP_ERR_HW_CRYPTO_BASE),
    UPDRAFT_NAMED(ESP_ERR_MEMPROT_BASE),
};
#undef UPDRAFT_NAMED

const char* FindName(esp_err_t code) {
  for (const NamedError& error : kNames) {
    if (error.code == code) return error.name;
  }
  return nullptr;
}

void Complain(const char* macro, esp_err_t code, const char* file, int line, const char* function,
              const char* expression) {
  std::fprintf(stdout,
               "%s failed: esp_err_t 0x%x (%s) at 0x%08x\nfile: \"%s\" line %d\nfunc: %s\n"
               "expression: %s\n",
               macro, static_cast<unsigned>(code), esp_err_to_name(code),
               static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))),
               file, line, function, expression);
  std::fflush(stdout);
}

}  // namespace
}  // namespace updraft::esp

const char* esp_err_to_name(esp_err_t code) {
  const char* const name = updraft::esp::FindName(code);
  return name != nullptr ? name : "ERROR";
}

const char* esp_err_to_name_r(esp_err_t code, char* buf, std::size_t buflen) {
  if (buf == nullptr || buflen == 0) return buf;
  if (const char* const name = updraft::esp::FindName(code); name != nullptr) {
    std::snprintf(buf, buflen, "%s", name);
    return buf;
  }
  const char* const system = code > 0 ? strerrordesc_np(code) : nullptr;
  if (system != nullptr) {
    std::snprintf(buf, buflen, "%s", system);
  } else {
    std::snprintf(buf, buflen, "ERROR 0x%x(%d)", static_cast<unsigned>(code), code);
  }
  return buf;
}

void _esp_error_check_failed(esp_err_t rc, const char* file, int line, const char* function,
                             const char* expression) {
  updraft::esp::Complain("ESP_ERROR_CHECK", rc, file, line, function, expression);
  std::abort();
}

void _esp_error_check_failed_without_abort(esp_err_t rc, const char* file, int line,
                                           const char* function, const char* expression) {
  updraft::esp::Complain("ESP_ERROR_CHECK_WITHOUT_ABORT", rc, file, line, function, expression);
}
