// SPDX-License-Identifier: Apache-2.0
// esp_encrypted_img.h, all but decrypt_start, of which there is one for each scheme
// in encrypted_img_*.cc.
#include <esp_encrypted_img.h>

#include <cstdlib>
#include <new>
#include <optional>
#include <vector>

#include "updraft/slot_prover.h"

#include "esp/src/bound_device.h"
#include "esp/src/decrypt_operation.h"
#include "esp/src/handle_table.h"
#include "esp/src/immortal.h"

namespace updraft::esp {
namespace {

using Table = HandleTable<DecryptOperation, esp_decrypt_handle_t>;

// Never destroyed: tasks may call in until the process is gone.
Table& All() {
  static updraft::esp::Immortal<Table> table;
  return *table;
}

}  // namespace

esp_decrypt_handle_t StartDecryption(std::unique_ptr<DecryptionKey> key) {
  const BoundDevice device;
  if (!device) return nullptr;
  const auto trust = HeaderTrustFor(*device);
  if (!trust) return nullptr;
  return All().Add(std::make_shared<DecryptOperation>(*device->crypto, *trust, std::move(key)));
}

void ForgetDecryptions() { All().Clear(); }

}  // namespace updraft::esp

using updraft::esp::All;

esp_err_t esp_encrypted_img_decrypt_data(esp_decrypt_handle_t ctx, pre_enc_decrypt_arg_t* args) {
  if (args == nullptr || args->data_in == nullptr) return ESP_ERR_INVALID_ARG;
  const auto operation = All().Find(ctx);
  return operation != nullptr ? operation->Decrypt(*args) : ESP_ERR_INVALID_ARG;
}

esp_err_t esp_encrypted_img_decrypt_end(esp_decrypt_handle_t ctx) {
  const auto operation = All().Take(ctx);
  return operation != nullptr ? operation->End() : ESP_ERR_INVALID_ARG;
}

esp_err_t esp_encrypted_img_decrypt_abort(esp_decrypt_handle_t ctx) {
  return All().Take(ctx) != nullptr ? ESP_OK : ESP_ERR_INVALID_ARG;
}

bool esp_encrypted_img_is_complete_data_received(esp_decrypt_handle_t ctx) {
  const auto operation = All().Find(ctx);
  return operation != nullptr && operation->IsComplete();
}

std::uint16_t esp_encrypted_img_get_header_size(void) { return updraft::kEncryptedHeaderSize; }

esp_err_t esp_encrypted_img_export_public_key(esp_decrypt_handle_t ctx, std::uint8_t** pub_key,
                                              std::size_t* pub_key_len) {
  if (pub_key == nullptr || pub_key_len == nullptr) return ESP_ERR_INVALID_ARG;
  const auto operation = All().Find(ctx);
  if (operation == nullptr) return ESP_ERR_INVALID_ARG;
  std::vector<std::uint8_t> der;
  const esp_err_t error = operation->Export(der);
  if (error == ESP_ERR_NOT_SUPPORTED) {
    *pub_key = nullptr;
    *pub_key_len = 0;
  }
  if (error != ESP_OK) return error;
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): the caller frees it
  auto* const copy = static_cast<std::uint8_t*>(std::malloc(der.size()));
  if (copy == nullptr) return ESP_ERR_NO_MEM;
  std::copy(der.begin(), der.end(), copy);
  *pub_key = copy;
  *pub_key_len = der.size();
  return ESP_OK;
}
