// SPDX-License-Identifier: Apache-2.0
// esp_tls.h and esp_crt_bundle.h: who is trusted.
#include "esp/src/tls_trust.h"

#include <esp_crt_bundle.h>
#include <esp_log.h>
#include <esp_tls.h>

#include <mutex>
#include <optional>

#include "updraft/bytes.h"

#include "esp/src/immortal.h"
#include "esp/src/no_memory.h"
#include "esp/src/pem.h"

namespace updraft::esp {
namespace {

constexpr const char* kTag = "esp-x509-crt-bundle";
constexpr std::size_t kMaxAuthorities = 200;
constexpr std::size_t kEntryHead = 4;
constexpr std::string_view kLabel = "CERTIFICATE";

struct Trust {
  std::mutex mutex;
  bool has_store = false;
  std::string store;
  Bytes bundle;  // the program's
};

Trust& Current() {
  static updraft::esp::Immortal<Trust> trust;
  return *trust;
}

// {name length, key length, name, key}; all of `entry`.
std::optional<Authority> ReadEntry(Bytes entry) {
  if (entry.size() < kEntryHead) return std::nullopt;
  const std::size_t name = LoadLe16(entry.data());
  const std::size_t key = LoadLe16(entry.data() + 2);
  if (name == 0 || key == 0 || entry.size() != kEntryHead + name + key) return std::nullopt;
  entry = entry.subspan(kEntryHead);
  const Bytes subject = entry.first(name);
  const Bytes rest = entry.subspan(name);
  return Authority{{subject.begin(), subject.end()}, {rest.begin(), rest.end()}};
}

// Offsets of all entries, then the entries (ESP-IDF's gen_crt_bundle.py). Empty when
// it is none.
std::optional<std::vector<Authority>> ReadBundle(Bytes bundle) {
  constexpr std::size_t kOffset = 4;
  if (bundle.size() < kOffset) return std::nullopt;
  const std::size_t first = LoadLe32(bundle.data());
  if (first == 0 || first % kOffset != 0 || first > bundle.size()) return std::nullopt;
  const std::size_t count = first / kOffset;
  if (count > kMaxAuthorities) return std::nullopt;
  std::vector<Authority> authorities;
  std::size_t start = first;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end =
        i + 1 < count ? LoadLe32(bundle.data() + kOffset * (i + 1)) : bundle.size();
    if (end <= start || end > bundle.size()) return std::nullopt;
    auto authority = ReadEntry(bundle.subspan(start, end - start));
    if (!authority) return std::nullopt;
    authorities.push_back(std::move(*authority));
    start = end;
  }
  return authorities;
}

}  // namespace

std::string GlobalStore() {
  const std::lock_guard lock(Current().mutex);
  return Current().store;
}

std::vector<Authority> BundleAuthorities() {
  const std::lock_guard lock(Current().mutex);
  return ReadBundle(Current().bundle).value_or(std::vector<Authority>{});
}

}  // namespace updraft::esp

using updraft::esp::Current;

esp_err_t esp_crt_bundle_attach(void*) { return ESP_OK; }

void esp_crt_bundle_detach(mbedtls_ssl_config*) {
  const std::lock_guard lock(Current().mutex);
  Current().bundle = {};
}

esp_err_t esp_crt_bundle_set(const std::uint8_t* x509_bundle, std::size_t bundle_size) try {
  if (x509_bundle == nullptr) return ESP_ERR_INVALID_ARG;
  const updraft::Bytes bundle(x509_bundle, bundle_size);
  if (!updraft::esp::ReadBundle(bundle)) {
    ESP_LOGE(updraft::esp::kTag, "Invalid certificate bundle");
    return ESP_ERR_INVALID_ARG;
  }
  const std::lock_guard lock(Current().mutex);
  Current().bundle = bundle;
  return ESP_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

bool esp_crt_bundle_in_use(const mbedtls_x509_crt*) {
  const std::lock_guard lock(Current().mutex);
  return !Current().bundle.empty();
}

esp_err_t esp_tls_init_global_ca_store(void) {
  const std::lock_guard lock(Current().mutex);
  Current().has_store = true;
  return ESP_OK;
}

esp_err_t esp_tls_set_global_ca_store(const unsigned char* cacert_pem_buf,
                                      const unsigned int cacert_pem_bytes) try {
  if (cacert_pem_buf == nullptr) return ESP_ERR_INVALID_ARG;
  const auto pem = updraft::esp::CertificatesAsPem(cacert_pem_buf, cacert_pem_bytes);
  const std::lock_guard lock(Current().mutex);
  const std::size_t good =
      pem ? updraft::esp::CountPemBlocks(*pem, updraft::esp::kLabel, true) : std::size_t{0};
  if (good == 0) {
    Current().store.clear();
    Current().has_store = false;
    return ESP_FAIL;
  }
  const std::size_t all = updraft::esp::CountPemBlocks(*pem, updraft::esp::kLabel, false);
  Current().has_store = true;
  Current().store += *pem + "\n";
  return good == all ? ESP_OK : ESP_ERR_MBEDTLS_CERT_PARTLY_OK;
}
UPDRAFT_NO_MEMORY(ESP_ERR_NO_MEM)

void esp_tls_free_global_ca_store(void) {
  const std::lock_guard lock(Current().mutex);
  Current().has_store = false;
  Current().store.clear();
}

mbedtls_x509_crt* esp_tls_get_global_ca_store(void) {
  const std::lock_guard lock(Current().mutex);
  // Nobody reads it; the address only has to be one.
  return Current().has_store ? reinterpret_cast<mbedtls_x509_crt*>(&Current()) : nullptr;
}

esp_err_t esp_tls_get_and_clear_last_error(esp_tls_error_handle_t h, int* esp_tls_code,
                                           int* esp_tls_flags) {
  if (h == nullptr) return ESP_ERR_INVALID_STATE;
  const esp_err_t last = h->last_error;
  if (esp_tls_code != nullptr) *esp_tls_code = h->esp_tls_error_code;
  if (esp_tls_flags != nullptr) *esp_tls_flags = h->esp_tls_flags;
  *h = {};
  return last;
}
