// SPDX-License-Identifier: Apache-2.0
#include "testing/test_image.h"

#include <algorithm>
#include <cstring>

namespace updraft {
namespace {

void Put(std::vector<std::uint8_t>& out, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void PutText(std::vector<std::uint8_t>& out, const std::string& text, std::size_t size) {
  const std::size_t count = std::min(text.size(), size);
  out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count));
  out.insert(out.end(), size - count, 0);
}

std::vector<std::uint8_t> Pattern(std::size_t size, std::uint32_t seed) {
  std::vector<std::uint8_t> data(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (auto& byte : data) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return data;
}

std::vector<std::uint8_t> Description(const TestImage& image) {
  std::vector<std::uint8_t> out;
  Put(out, image.description_magic, 4);
  Put(out, image.secure_version, 4);
  Put(out, 0, 4);
  Put(out, 0, 4);
  PutText(out, image.version, 32);
  PutText(out, image.project_name, 32);
  PutText(out, "12:34:56", 16);
  PutText(out, "Jan  1 2026", 16);
  PutText(out, "v5.5.4", 32);
  for (int i = 0; i < 32; ++i) out.push_back(static_cast<std::uint8_t>(i));
  Put(out, image.minimum_efuse_block_revision, 2);
  Put(out, image.maximum_efuse_block_revision, 2);
  out.push_back(image.mmu_page_size);
  out.resize(256);
  return out;
}

void AppendDigests(std::vector<std::uint8_t>& out, std::uint8_t checksum, bool hash,
                   Crypto& crypto) {
  out.resize((out.size() + 16) / 16 * 16);
  out.back() = checksum;
  if (!hash) return;
  const auto digest = Sha256(crypto, out);
  out.insert(out.end(), digest->begin(), digest->end());
}

}  // namespace

TestImage& TestImage::WithRamSegment(std::size_t size, std::uint8_t seed) {
  more.push_back({0x3FC90000, Pattern(size, seed)});
  return *this;
}

std::vector<std::uint8_t> TestImage::Build(Crypto& crypto) const {
  std::vector<std::uint8_t> out;
  out.push_back(0xE9);
  out.push_back(static_cast<std::uint8_t>(1 + more.size()));
  out.push_back(2);
  out.push_back(static_cast<std::uint8_t>(spi_size << 4));
  Put(out, 0x40380000, 4);
  out.push_back(0xEE);
  Put(out, 0, 3);
  Put(out, chip_id, 2);
  out.push_back(0);
  Put(out, minimum_revision, 2);
  Put(out, maximum_revision, 2);
  Put(out, 0, 4);
  out.push_back(hash_appended ? 1 : 0);

  std::vector<std::uint8_t> first = Description(*this);
  const auto rest = Pattern(first_segment_rest, 7);
  first.insert(first.end(), rest.begin(), rest.end());
  std::uint8_t checksum = 0xEF;
  const auto add = [&](std::uint32_t address, const std::vector<std::uint8_t>& data) {
    Put(out, address, 4);
    Put(out, static_cast<std::uint32_t>(data.size()), 4);
    out.insert(out.end(), data.begin(), data.end());
    for (const auto byte : data) checksum = static_cast<std::uint8_t>(checksum ^ byte);
  };
  add(first_load_address, first);
  for (const TestSegment& segment : more) add(segment.load_address, segment.data);
  AppendDigests(out, checksum, hash_appended, crypto);
  return out;
}

void RepairDigests(std::vector<std::uint8_t>& image, Crypto& crypto) {
  std::size_t at = 24;
  std::uint8_t checksum = 0xEF;
  for (int i = 0; i < image[1]; ++i) {
    const std::size_t length = LoadLe32(&image[at + 4]);
    at += 8;
    for (std::size_t j = 0; j < length; ++j, ++at) {
      checksum = static_cast<std::uint8_t>(checksum ^ image[at]);
    }
  }
  image.resize(at);
  AppendDigests(image, checksum, image[23] != 0, crypto);
}

}  // namespace updraft
