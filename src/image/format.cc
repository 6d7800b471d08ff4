// SPDX-License-Identifier: Apache-2.0
// The fixed structures of an image, byte for byte.
#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "updraft/image.h"

namespace updraft {
namespace {

template <std::size_t N>
std::string_view Text(const std::array<char, N>& field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return {field.data(), static_cast<std::size_t>(end - field.begin())};
}

template <typename Field>
void CopyIn(Field& field, const std::uint8_t* from) {
  std::memcpy(field.data(), from, field.size());
}
template <typename Field>
void CopyOut(const Field& field, std::uint8_t* to) {
  std::memcpy(to, field.data(), field.size());
}

}  // namespace

std::string_view AppDescription::version() const { return Text(version_field); }
std::string_view AppDescription::project_name() const { return Text(project_name_field); }
std::string_view AppDescription::time() const { return Text(time_field); }
std::string_view AppDescription::date() const { return Text(date_field); }
std::string_view AppDescription::idf_version() const { return Text(idf_version_field); }
std::string_view BootloaderDescription::idf_version() const { return Text(idf_version_field); }
std::string_view BootloaderDescription::date_time() const { return Text(date_time_field); }

ImageHeader ParseImageHeader(std::span<const std::uint8_t, kImageHeaderSize> bytes) {
  ImageHeader header;
  header.magic = bytes[0];
  header.segment_count = bytes[1];
  header.spi_mode = bytes[2];
  header.spi_speed = bytes[3] & 0x0F;
  header.spi_size = static_cast<std::uint8_t>(bytes[3] >> 4);
  header.entry_address = LoadLe32(&bytes[4]);
  header.wp_pin = bytes[8];
  CopyIn(header.spi_pin_drive, &bytes[9]);
  header.chip_id = LoadLe16(&bytes[12]);
  header.minimum_revision_legacy = bytes[14];
  header.minimum_revision = LoadLe16(&bytes[15]);
  header.maximum_revision = LoadLe16(&bytes[17]);
  CopyIn(header.reserved, &bytes[19]);
  header.hash_appended = bytes[23];
  return header;
}

void StoreImageHeader(const ImageHeader& header, std::span<std::uint8_t, kImageHeaderSize> bytes) {
  bytes[0] = header.magic;
  bytes[1] = header.segment_count;
  bytes[2] = header.spi_mode;
  bytes[3] = static_cast<std::uint8_t>((header.spi_speed & 0x0F) | (header.spi_size << 4));
  StoreLe32(&bytes[4], header.entry_address);
  bytes[8] = header.wp_pin;
  CopyOut(header.spi_pin_drive, &bytes[9]);
  StoreLe16(&bytes[12], header.chip_id);
  bytes[14] = header.minimum_revision_legacy;
  StoreLe16(&bytes[15], header.minimum_revision);
  StoreLe16(&bytes[17], header.maximum_revision);
  CopyOut(header.reserved, &bytes[19]);
  bytes[23] = header.hash_appended;
}

SegmentHeader ParseSegmentHeader(std::span<const std::uint8_t, kSegmentHeaderSize> bytes) {
  return {LoadLe32(&bytes[0]), LoadLe32(&bytes[4])};
}

void StoreSegmentHeader(const SegmentHeader& header,
                        std::span<std::uint8_t, kSegmentHeaderSize> bytes) {
  StoreLe32(&bytes[0], header.load_address);
  StoreLe32(&bytes[4], header.length);
}

// The fields lie as in the image.
static_assert(sizeof(AppDescription) == kAppDescriptionSize);
static_assert(std::has_unique_object_representations_v<AppDescription>);

void SwapOnBigEndian(AppDescription& description) {
  if constexpr (std::endian::native == std::endian::big) {
    const auto swap = [](auto& number) {
      auto* const bytes = reinterpret_cast<std::uint8_t*>(&number);
      std::reverse(bytes, bytes + sizeof number);
    };
    swap(description.magic);
    swap(description.secure_version);
    swap(description.minimum_efuse_block_revision);
    swap(description.maximum_efuse_block_revision);
  }
}

AppDescription ParseAppDescription(std::span<const std::uint8_t, kAppDescriptionSize> bytes) {
  AppDescription description;
  std::memcpy(&description, bytes.data(), bytes.size());
  SwapOnBigEndian(description);
  return description;
}

void StoreAppDescription(const AppDescription& description,
                         std::span<std::uint8_t, kAppDescriptionSize> bytes) {
  AppDescription stored = description;
  SwapOnBigEndian(stored);
  std::memcpy(bytes.data(), &stored, bytes.size());
}

BootloaderDescription ParseBootloaderDescription(
    std::span<const std::uint8_t, kBootloaderDescriptionSize> bytes) {
  BootloaderDescription description;
  description.magic = bytes[0];
  description.secure_version = bytes[3];
  description.version = LoadLe32(&bytes[4]);
  CopyIn(description.idf_version_field, &bytes[8]);
  CopyIn(description.date_time_field, &bytes[40]);
  return description;
}

void StoreBootloaderDescription(const BootloaderDescription& description,
                                std::span<std::uint8_t, kBootloaderDescriptionSize> bytes) {
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  bytes[0] = description.magic;
  bytes[3] = description.secure_version;
  StoreLe32(&bytes[4], description.version);
  CopyOut(description.idf_version_field, &bytes[8]);
  CopyOut(description.date_time_field, &bytes[40]);
}

}  // namespace updraft
