// SPDX-License-Identifier: Apache-2.0
// ESP application and bootloader images: header, segments, descriptions, and
// the rules that a device judges them by. Format: docs/formats.md, "Image".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "updraft/bytes.h"
#include "updraft/chip.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/port/flash.h"
#include "updraft/signature.h"
#include "updraft/status.h"

namespace updraft {

inline constexpr std::uint8_t kImageMagic = 0xE9;     // the first byte
inline constexpr std::size_t kImageHeaderSize = 24;   // bytes
inline constexpr std::size_t kSegmentHeaderSize = 8;  // bytes
inline constexpr std::size_t kMaxSegments = 16;       // more are refused
inline constexpr std::uint8_t kChecksumSeed = 0xEF;   // of the XOR over all segments
inline constexpr std::size_t kDescriptionOffset = kImageHeaderSize + kSegmentHeaderSize;  // bytes
inline constexpr std::size_t kAppDescriptionSize = 256;                                   // bytes
inline constexpr std::uint32_t kAppDescriptionMagic = 0xABCD5432;  // its first four bytes
inline constexpr std::size_t kBootloaderDescriptionSize = 80;      // bytes
inline constexpr std::uint8_t kBootloaderDescriptionMagic = 80;    // its first byte
inline constexpr std::size_t kImagePadding = 16;  // the checksum ends on such a boundary

// The segment that holds a Linux executable. An ESP bootloader does not load
// addresses below 0x10000000.
inline constexpr std::uint32_t kExecutableLoadAddress = 0x0E1F0000;

enum class ImageKind : std::uint8_t { kApp, kBootloader };

struct ImageHeader {                            // The first 24 bytes of an image.
  std::uint8_t magic = kImageMagic;             // 0xE9
  std::uint8_t segment_count = 0;               // 1 to kMaxSegments
  std::uint8_t spi_mode = 2;                    // 2 is DIO
  std::uint8_t spi_speed = 0;                   // 4 bits
  std::uint8_t spi_size = 2;                    // 4 bits; 2 is 4 MB
  std::uint32_t entry_address = 0;              // where the chip begins to execute
  std::uint8_t wp_pin = 0xEE;                   // 0xEE: not used
  std::array<std::uint8_t, 3> spi_pin_drive{};  // bits of drive strength
  std::uint16_t chip_id = 0;                    // as ChipFamily::id
  std::uint8_t minimum_revision_legacy = 0;     // ignored by newer bootloaders
  std::uint16_t minimum_revision = 0;           // major * 100 + minor
  std::uint16_t maximum_revision = 0xFFFF;      // 0 and 0xFFFF: no maximum
  std::array<std::uint8_t, 4> reserved{};       // kept as they are
  std::uint8_t hash_appended = 1;               // 1: a SHA-256 follows the checksum
};

struct SegmentHeader {             // The 8 bytes before each segment's data.
  std::uint32_t load_address = 0;  // in the chip's memory
  std::uint32_t length = 0;        // bytes of data that follow
};

struct AppDescription {                                 // esp_app_desc_t, in the first segment.
  std::uint32_t magic = kAppDescriptionMagic;           // else there is no description
  std::uint32_t secure_version = 0;                     // for anti-rollback
  std::array<std::uint8_t, 8> reserved1{};              // kept as they are
  std::array<char, 32> version_field{};                 // see version()
  std::array<char, 32> project_name_field{};            // see project_name()
  std::array<char, 16> time_field{};                    // of the build
  std::array<char, 16> date_field{};                    // of the build
  std::array<char, 32> idf_version_field{};             // see idf_version()
  Sha256Digest elf_sha256{};                            // of the ELF file
  std::uint16_t minimum_efuse_block_revision = 0;       // 0 and 0xFFFF: none
  std::uint16_t maximum_efuse_block_revision = 0xFFFF;  // 0 and 0xFFFF: none
  std::uint8_t mmu_page_size = 16;                      // log2 of bytes
  std::uint8_t spi_flash_mode = 0;                      // as in the header
  std::array<std::uint8_t, 74> reserved2{};             // kept as they are

  // From the network a field may lack its terminator; then it is taken whole.
  // Not necessarily UTF-8. Valid as long as this object.
  std::string_view version() const;
  std::string_view project_name() const;
  std::string_view time() const;
  std::string_view date() const;
  std::string_view idf_version() const;
};

struct BootloaderDescription {                       // esp_bootloader_desc_t.
  std::uint8_t magic = kBootloaderDescriptionMagic;  // else there is no description
  std::uint8_t secure_version = 0;                   // for anti-rollback
  std::uint32_t version = 0;                         // of the bootloader; a number
  std::array<char, 32> idf_version_field{};          // see idf_version()
  std::array<char, 24> date_time_field{};            // see date_time()

  std::string_view idf_version() const;  // up to its zero
  std::string_view date_time() const;    // up to its zero
};

// Field by field, nothing is judged.
ImageHeader ParseImageHeader(std::span<const std::uint8_t, kImageHeaderSize> bytes);
void StoreImageHeader(const ImageHeader& header, std::span<std::uint8_t, kImageHeaderSize> bytes);
SegmentHeader ParseSegmentHeader(std::span<const std::uint8_t, kSegmentHeaderSize> bytes);
void StoreSegmentHeader(const SegmentHeader& header,
                        std::span<std::uint8_t, kSegmentHeaderSize> bytes);
AppDescription ParseAppDescription(std::span<const std::uint8_t, kAppDescriptionSize> bytes);
void StoreAppDescription(const AppDescription& description,
                         std::span<std::uint8_t, kAppDescriptionSize> bytes);
// A description whose bytes were copied in from an image as they stand there, or are to
// be copied out so: does nothing on a little-endian machine.
void SwapOnBigEndian(AppDescription& description);
BootloaderDescription ParseBootloaderDescription(
    std::span<const std::uint8_t, kBootloaderDescriptionSize> bytes);
void StoreBootloaderDescription(const BootloaderDescription& description,
                                std::span<std::uint8_t, kBootloaderDescriptionSize> bytes);

struct Segment {                  // Where a segment is, and what stands before it.
  SegmentHeader header;           // as it stands in the image
  std::uint64_t data_offset = 0;  // in the image, bytes
};

// Whether an application of the image can read a description there.
inline bool HasMagic(const AppDescription& description) {
  return description.magic == kAppDescriptionMagic;
}

// What an image turned out to be, as far as it was read.
struct ImageFacts {
  ImageHeader header;                            // as it stands in the image
  std::size_t segment_count = 0;                 // of `segments`
  std::array<Segment, kMaxSegments> segments{};  // the first header.segment_count count
  // Applications only, and only when the first segment holds 256 bytes; its
  // magic may still be wrong.
  std::optional<AppDescription> description;
  std::uint8_t stored_checksum = 0;
  std::uint8_t computed_checksum = 0;
  Sha256Digest stored_hash{};    // with header.hash_appended
  Sha256Digest computed_hash{};  // with header.hash_appended
  // Of the image, known with its last segment. Where a signature is demanded,
  // up to the end of the signature sector once that is verified.
  std::uint64_t length = 0;
  // Where a signature is demanded: how many bytes are signed, which is where the
  // signature sector starts. 0 where none is.
  std::uint64_t signed_length = 0;
};

// What a device demands of an image.
struct ImageRules {
  ImageKind kind = ImageKind::kApp;  // bootloaders have rules of their own
  Chip chip{};                       // the image must be for it
  std::uint64_t flash_offset = 0;    // where the image starts in flash, bytes
  std::uint64_t slot_size = 0;       // bytes there are for it
  // The bytes that exist, where that is known: a file's or download's length.
  std::optional<std::uint64_t> available{};
  // With anti-rollback: the lowest acceptable secure version.
  std::optional<std::uint32_t> minimum_secure_version{};
  // Who must have signed; empty: nobody.
  std::optional<SignatureRules> signature{};
  // Only the structure is judged; chip, signature, checksum and hash end up in the facts.
  bool inspect_only = false;
};

// The length of the image that lies in flash at `offset`, by its headers; nothing
// else is judged. kNotFound where there is none within `size` bytes; kFlash.
Result<std::uint64_t> MeasureImage(Flash& flash, std::uint64_t offset, std::uint64_t size);

// Asked once, with the description of the image on offer, before anything is
// written. Called on the thread that updates.
class DescriptionJudge {
 public:
  // An error refuses the image and is what the update returns; the judge has
  // reported a Finding (Check::kVersionPolicy).
  virtual Status JudgeOffer(const AppDescription& offered, Observer& observer) = 0;

 protected:
  ~DescriptionJudge() = default;
};

}  // namespace updraft
