// SPDX-License-Identifier: Apache-2.0
// Images for tests, laid byte by byte with nothing of the code under test but
// Crypto: good ones, and ones that are wrong in one chosen place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "updraft/bytes.h"
#include "updraft/port/crypto.h"

namespace updraft {

struct TestSegment {
  std::uint32_t load_address = 0;
  std::vector<std::uint8_t> data;
};

struct TestImage {
  std::uint16_t chip_id = 0x0005;  // esp32c3
  std::uint16_t minimum_revision = 0;
  std::uint16_t maximum_revision = 0xFFFF;
  bool hash_appended = true;
  std::uint32_t description_magic = 0xABCD5432;
  std::uint32_t secure_version = 0;
  std::string version = "1.0.0";
  std::string project_name = "test";
  std::uint16_t minimum_efuse_block_revision = 0;
  std::uint16_t maximum_efuse_block_revision = 0xFFFF;
  std::uint8_t mmu_page_size = 16;
  std::uint8_t spi_size = 2;
  // The description stands at the front of the first segment.
  std::uint32_t first_load_address = 0x3C000020;
  std::size_t first_segment_rest = 700;  // bytes behind the description
  std::vector<TestSegment> more{};       // further segments

  // A second segment of `size` bytes in RAM, filled from `seed`.
  TestImage& WithRamSegment(std::size_t size, std::uint8_t seed = 1);
  // The whole file; a multiple of 16 bytes.
  std::vector<std::uint8_t> Build(Crypto& crypto) const;
};

// After an edit of an image's bytes: makes its checksum and hash right again.
void RepairDigests(std::vector<std::uint8_t>& image, Crypto& crypto);

}  // namespace updraft
