// SPDX-License-Identifier: Apache-2.0
#include "updraft/image_builder.h"

#include <array>
#include <limits>

#include "src/image/checksum.h"
#include "src/image/judge.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLongestSegment = std::numeric_limits<std::uint32_t>::max();

// The description as it is stored; empty where the plan has none.
class StoredDescription {
 public:
  explicit StoredDescription(const ImagePlan& plan) {
    if (plan.app_description != nullptr) {
      StoreAppDescription(*plan.app_description, room_);
      size_ = kAppDescriptionSize;
    } else if (plan.bootloader_description != nullptr) {
      StoreBootloaderDescription(*plan.bootloader_description,
                                 std::span<std::uint8_t, kBootloaderDescriptionSize>(
                                     room_.data(), kBootloaderDescriptionSize));
      size_ = kBootloaderDescriptionSize;
    }
  }
  Bytes bytes() const { return Bytes(room_).first(size_); }

 private:
  std::array<std::uint8_t, kAppDescriptionSize> room_{};
  std::size_t size_ = 0;
};

std::uint64_t DescriptionSize(const ImagePlan& plan) {
  if (plan.app_description != nullptr) return kAppDescriptionSize;
  return plan.bootloader_description != nullptr ? kBootloaderDescriptionSize : 0;
}

std::uint64_t DataLength(const ImagePlan& plan, std::size_t index) {
  return plan.segments[index].data.size() + (index == 0 ? DescriptionSize(plan) : 0);
}

// Passes everything on and keeps what the end of the image needs.
class ImageWriter {
 public:
  ImageWriter(Crypto& crypto, Sink& sink) : hash_(crypto), sink_(&sink) {}

  Status Start() { return hash_.Start(HashKind::kSha256); }

  Status Put(Bytes bytes) {
    UPDRAFT_TRY(hash_.Update(bytes));
    position_ += bytes.size();
    return sink_->Write(bytes);
  }

  Status PutData(Bytes data) {
    checksum_ = static_cast<std::uint8_t>(checksum_ ^ ExclusiveOr(data));
    return Put(data);
  }

  Status PutChecksum() {
    std::array<std::uint8_t, kImagePadding> tail{};
    const auto length = static_cast<std::size_t>(AlignUp(position_ + 1, kImagePadding) - position_);
    tail[length - 1] = checksum_;
    return Put(Bytes(tail).first(length));
  }

  Status PutHash() {
    Sha256Digest digest{};
    UPDRAFT_TRY(hash_.Finish(digest));
    return sink_->Write(digest);
  }

 private:
  Hash hash_;
  Sink* sink_;
  std::uint64_t position_ = 0;
  std::uint8_t checksum_ = kChecksumSeed;
};

Status WriteSegment(const ImagePlan& plan, std::size_t index, ImageWriter& writer) {
  const ImageSegment& segment = plan.segments[index];
  std::array<std::uint8_t, kSegmentHeaderSize> header{};
  StoreSegmentHeader({segment.load_address, static_cast<std::uint32_t>(DataLength(plan, index))},
                     header);
  UPDRAFT_TRY(writer.Put(header));
  if (index == 0) UPDRAFT_TRY(writer.PutData(StoredDescription(plan).bytes()));
  return writer.PutData(segment.data);
}

}  // namespace

Result<std::uint64_t> ImageLength(const ImagePlan& plan) {
  const bool two_descriptions =
      plan.app_description != nullptr && plan.bootloader_description != nullptr;
  if (plan.segments.empty() || plan.segments.size() > kMaxSegments || two_descriptions) {
    return Status(Code::kInvalidArgument, Stage::kImage);
  }
  const ChipFamily* const family = FindChip(plan.header.chip_id);
  std::uint64_t length = kImageHeaderSize;
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    const std::uint64_t data = DataLength(plan, i);
    if (data % 4 != 0) return Status(Code::kInvalidArgument, Stage::kImage);
    if (data > kLongestSegment || !SegmentLengthAllowed(static_cast<std::uint32_t>(data), family)) {
      return Status(Code::kNoSpace, Stage::kImage);
    }
    length += kSegmentHeaderSize + data;
  }
  const bool hashed = plan.header.hash_appended != 0;
  return AlignUp(length + 1, kImagePadding) + (hashed ? kSha256Size : 0);
}

Status BuildImage(const ImagePlan& plan, Crypto& crypto, Sink& sink) {
  UPDRAFT_TRY(ImageLength(plan).error());
  ImageHeader header = plan.header;
  header.segment_count = static_cast<std::uint8_t>(plan.segments.size());
  std::array<std::uint8_t, kImageHeaderSize> stored{};
  StoreImageHeader(header, stored);
  ImageWriter writer(crypto, sink);
  UPDRAFT_TRY(writer.Start());
  UPDRAFT_TRY(writer.Put(stored));
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    UPDRAFT_TRY(WriteSegment(plan, i, writer));
  }
  UPDRAFT_TRY(writer.PutChecksum());
  return header.hash_appended != 0 ? writer.PutHash() : kOk;
}

}  // namespace updraft
