// SPDX-License-Identifier: Apache-2.0
// esp_app_desc.h: read once from the running slot, when the device is bound.
#include <esp_app_desc.h>
#include <esp_bootloader_desc.h>
#include <esp_ota_ops.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "updraft/image.h"

#include "esp/src/bound_device.h"
#include "esp/src/project_config.h"

namespace {

esp_app_desc_t g_description{};
esp_bootloader_desc_t g_bootloader{};
std::array<char, 65> g_elf_sha256{};

}  // namespace

namespace updraft::esp {

void LoadDescription() {
  g_description = {};
  g_description.magic_word = ESP_APP_DESC_MAGIC_WORD;
  BoundDevice device;
  if (device->running.has_value()) {
    std::array<std::uint8_t, kAppDescriptionSize> bytes{};
    static_assert(sizeof g_description == kAppDescriptionSize);
    const Status read = device->flash->Read(device->running->offset + kDescriptionOffset, bytes);
    if (read.ok() && LoadLe32(bytes.data()) == kAppDescriptionMagic) {
      std::memcpy(&g_description, bytes.data(), bytes.size());
    }
  }
  constexpr const char* kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < sizeof g_description.app_elf_sha256; ++i) {
    g_elf_sha256[2 * i] = kDigits[g_description.app_elf_sha256[i] >> 4];
    g_elf_sha256[2 * i + 1] = kDigits[g_description.app_elf_sha256[i] & 15];
  }
  g_bootloader.magic_byte = ESP_BOOTLOADER_DESC_MAGIC_BYTE;
  g_bootloader.version = 1;
  std::strncpy(g_bootloader.idf_ver, esp_get_idf_version(), sizeof g_bootloader.idf_ver - 1);
}

}  // namespace updraft::esp

const esp_app_desc_t* esp_app_get_description(void) { return &g_description; }
const esp_app_desc_t* esp_ota_get_app_description(void) { return &g_description; }
const esp_bootloader_desc_t* esp_bootloader_get_description(void) { return &g_bootloader; }

int esp_app_get_elf_sha256(char* dst, std::size_t size) {
  if (dst == nullptr || size < 2) return 0;
  const std::size_t characters =
      std::min<std::size_t>(updraft_project_config.elf_sha256_characters, g_elf_sha256.size() - 1);
  const std::size_t count = std::min(size, characters + 1);
  std::memcpy(dst, g_elf_sha256.data(), count - 1);
  dst[count - 1] = '\0';
  return static_cast<int>(count);
}

int esp_ota_get_app_elf_sha256(char* dst, std::size_t size) {
  return esp_app_get_elf_sha256(dst, size);
}

char* esp_app_get_elf_sha256_str(void) {
  static std::array<char, 65> text;
  static_cast<void>(esp_app_get_elf_sha256(text.data(), text.size()));
  return text.data();
}
