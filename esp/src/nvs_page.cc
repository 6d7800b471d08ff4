// SPDX-License-Identifier: Apache-2.0
#include "esp/src/nvs_page.h"

#include <algorithm>
#include <cstring>

#include "esp/src/err.h"

namespace updraft::esp {
namespace {

constexpr std::size_t kBitmapOffset = 32;
constexpr std::size_t kEntriesOffset = 64;
constexpr std::size_t kEntriesPerWord = 16;
constexpr std::uint8_t kVersion = 0xFE;
constexpr std::uint32_t kLargestBlob = 508000;

bool IsBlank(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0xFF; });
}

std::uint32_t HeadCrc(Bytes entry) { return Crc32(entry.subspan(8), NvsCrc(entry.first(4))); }

bool IsNumber(std::uint8_t type) {
  switch (type) {
    case NVS_TYPE_U8:
    case NVS_TYPE_I8:
    case NVS_TYPE_U16:
    case NVS_TYPE_I16:
    case NVS_TYPE_U32:
    case NVS_TYPE_I32:
    case NVS_TYPE_U64:
    case NVS_TYPE_I64:
    case NVS_TYPE_FLOAT:
    case NVS_TYPE_DOUBLE: return true;
    default: return false;
  }
}

// What a head must fulfil beside its CRC; `index` is its place on the page.
bool IsSound(const NvsItem& item, std::size_t index) {
  if (IsNumber(item.type)) return item.span == 1;
  if (item.type == kNvsBlobIndex) {
    return item.span == 1 && item.chunk == kNvsNoChunk && item.blob_size() <= kLargestBlob;
  }
  if (!item.has_data()) return false;
  if (item.type == kNvsBlobChunk && item.chunk == kNvsNoChunk) return false;
  const std::size_t span = 1 + (item.data_size() + kNvsEntrySize - 1) / kNvsEntrySize;
  return item.span == span && index + span <= kNvsEntries;
}

std::array<std::uint8_t, kNvsEntrySize> Store(const NvsItem& item) {
  std::array<std::uint8_t, kNvsEntrySize> entry{};
  entry[0] = item.namespace_index;
  entry[1] = item.type;
  entry[2] = item.span;
  entry[3] = item.chunk;
  std::memcpy(&entry[8], item.key.data(), std::min(item.key.size(), kNvsMaxKey));
  std::memcpy(&entry[24], item.value.data(), item.value.size());
  StoreLe32(&entry[4], HeadCrc(entry));
  return entry;
}

}  // namespace

std::uint32_t NvsCrc(Bytes bytes) { return Crc32(bytes, 0xFFFFFFFF); }

esp_err_t NvsPage::Load() {
  const Status read = flash_->Read(address_, bytes_);
  if (!read.ok()) return ErrorOf(read);
  const std::uint32_t word = LoadLe32(bytes_.data());
  state_ = State::kCorrupt;
  next_ = kNvsEntries;
  if (word == static_cast<std::uint32_t>(State::kFree)) {
    if (IsBlank(bytes_)) state_ = State::kFree;
    return ESP_OK;
  }
  if (NvsCrc(Bytes(bytes_).subspan(4, 24)) != LoadLe32(&bytes_[28])) return ESP_OK;
  if (bytes_[8] < kVersion) return ESP_ERR_NVS_NEW_VERSION_FOUND;
  for (const State known : {State::kActive, State::kFull, State::kFreeing}) {
    if (word == static_cast<std::uint32_t>(known)) state_ = known;
  }
  return ESP_OK;
}

NvsPage::EntryState NvsPage::entry_state(std::size_t index) const {
  const std::uint8_t byte = bytes_[kBitmapOffset + index / 4];
  return static_cast<EntryState>((byte >> (2 * (index % 4))) & 3);
}

std::size_t NvsPage::written() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kNvsEntries; ++i) count += entry_state(i) == EntryState::kWritten;
  return count;
}

std::optional<NvsItem> NvsPage::ItemAt(std::size_t index) const {
  const Bytes head = entry(index);
  if (HeadCrc(head) != LoadLe32(&head[4])) return std::nullopt;
  NvsItem item;
  item.namespace_index = head[0];
  item.type = head[1];
  item.span = head[2];
  item.chunk = head[3];
  item.key = TextField(head.subspan(8, kNvsMaxKey));
  std::copy_n(head.begin() + 24, item.value.size(), item.value.begin());
  if (!IsSound(item, index)) return std::nullopt;
  return item;
}

std::optional<std::vector<std::uint8_t>> NvsPage::DataOf(std::size_t index,
                                                         const NvsItem& item) const {
  const Bytes data =
      Bytes(bytes_).subspan(kEntriesOffset + (index + 1) * kNvsEntrySize, item.data_size());
  if (NvsCrc(data) != item.data_crc()) return std::nullopt;
  return std::vector<std::uint8_t>(data.begin(), data.end());
}

// Bits that a cut left between 1 and 0 may have been read as 1 and be refused as 0:
// they are read anew until they are taken as they are.
Status NvsPage::ProgramWhatIsThere(std::size_t offset, const BitmapWord& data) {
  constexpr int kAttempts = 16;
  Status status = flash_->Program(address_ + offset, data);
  BitmapWord lowered{};
  std::copy_n(data.begin(), lowered.size(), lowered.begin());
  BitmapWord stored{};
  for (int i = 1; status.code() == Code::kFlash && i < kAttempts; ++i) {
    if (!flash_->Read(address_ + offset, stored).ok()) return status;
    for (std::size_t k = 0; k < lowered.size(); ++k) {
      lowered[k] = static_cast<std::uint8_t>(lowered[k] & stored[k]);
    }
    status = flash_->Program(address_ + offset, lowered);
  }
  return status;
}

esp_err_t NvsPage::Program(std::size_t offset, Bytes data) {
  if (writes_) {
    const bool bitmap = offset >= kBitmapOffset && offset < kEntriesOffset;
    Status status;
    if (bitmap) {
      BitmapWord word{};  // all that is ever programmed there
      std::copy_n(data.begin(), word.size(), word.begin());
      status = ProgramWhatIsThere(offset, word);
    } else {
      status = flash_->Program(address_ + offset, data);
    }
    if (!status.ok()) return ErrorOf(status);
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    bytes_[offset + i] = static_cast<std::uint8_t>(bytes_[offset + i] & data[i]);
  }
  return ESP_OK;
}

// One write for each aligned word of the bitmap, the last word first.
esp_err_t NvsPage::MarkEntries(std::size_t first, std::size_t count, EntryState state) {
  if (count == 0) return ESP_OK;
  const std::size_t last_word = (first + count - 1) / kEntriesPerWord;
  for (std::size_t word = last_word + 1; word-- > first / kEntriesPerWord;) {
    const std::size_t offset = kBitmapOffset + 4 * word;
    std::uint32_t bits = LoadLe32(&bytes_[offset]);
    for (std::size_t i = 0; i < kEntriesPerWord; ++i) {
      const std::size_t entry_index = word * kEntriesPerWord + i;
      if (entry_index < first || entry_index >= first + count) continue;
      bits &= ~(3U << (2 * i)) | (static_cast<std::uint32_t>(state) << (2 * i));
    }
    BitmapWord bytes{};
    StoreLe32(bytes.data(), bits);
    const esp_err_t error = Program(offset, bytes);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

esp_err_t NvsPage::Open(std::uint32_t sequence) {
  if (state_ == State::kCorrupt) {
    const esp_err_t error = Erase();
    if (error != ESP_OK) return error;
  }
  std::array<std::uint8_t, 32> header{};
  header.fill(0xFF);
  StoreLe32(header.data(), static_cast<std::uint32_t>(State::kActive));
  StoreLe32(&header[4], sequence);
  header[8] = kVersion;
  StoreLe32(&header[28], NvsCrc(Bytes(header).subspan(4, 24)));
  const esp_err_t error = Program(0, header);
  state_ = error == ESP_OK ? State::kActive : State::kCorrupt;
  next_ = error == ESP_OK ? 0 : kNvsEntries;
  return error;
}

esp_err_t NvsPage::SetState(State state) {
  std::array<std::uint8_t, 4> word{};
  StoreLe32(word.data(), static_cast<std::uint32_t>(state));
  const esp_err_t error = Program(0, word);
  if (error == ESP_OK) state_ = state;
  return error;
}

esp_err_t NvsPage::Sync() {
  if (!writes_) return ESP_OK;
  return ErrorOf(flash_->Sync());
}

esp_err_t NvsPage::Erase() {
  state_ = State::kCorrupt;
  next_ = kNvsEntries;
  if (writes_) {
    const Status status = flash_->Erase(address_, kNvsPageSize);
    if (!status.ok()) return ErrorOf(status);
  }
  bytes_.fill(0xFF);
  state_ = State::kFree;
  return ESP_OK;
}

// Head, its bit, the whole data entries, their bits, the last part, its bit: a
// cut before the last bit leaves no item.
esp_err_t NvsPage::Append(const NvsItem& item, Bytes data) {
  const std::size_t at = next_;
  next_ += item.span;
  const auto offset_of = [](std::size_t index) { return kEntriesOffset + index * kNvsEntrySize; };
  esp_err_t error = Program(offset_of(at), Store(item));
  if (error == ESP_OK) error = MarkEntries(at, 1, EntryState::kWritten);
  const std::size_t whole = data.size() / kNvsEntrySize;
  if (error == ESP_OK && whole > 0) {
    error = Program(offset_of(at + 1), data.first(whole * kNvsEntrySize));
    if (error == ESP_OK) error = MarkEntries(at + 1, whole, EntryState::kWritten);
  }
  const Bytes rest = data.subspan(whole * kNvsEntrySize);
  if (error != ESP_OK || rest.empty()) return error;
  std::array<std::uint8_t, kNvsEntrySize> last{};
  last.fill(0xFF);
  std::copy(rest.begin(), rest.end(), last.begin());
  error = Program(offset_of(at + 1 + whole), last);
  return error == ESP_OK ? MarkEntries(at + 1 + whole, 1, EntryState::kWritten) : error;
}

esp_err_t NvsPage::AppendCopy(const NvsPage& from, std::size_t index, std::size_t span) {
  for (std::size_t i = 0; i < span; ++i) {
    const std::size_t at = next_++;
    esp_err_t error = Program(kEntriesOffset + at * kNvsEntrySize, from.entry(index + i));
    if (error == ESP_OK) error = MarkEntries(at, 1, EntryState::kWritten);
    if (error != ESP_OK) return error;
  }
  return ESP_OK;
}

esp_err_t NvsPage::EraseEntries(std::size_t index, std::size_t span) {
  return MarkEntries(index, span, EntryState::kErased);
}

esp_err_t NvsPage::Purge(std::size_t index, std::size_t span) {
  static constexpr std::array<std::uint8_t, kNvsEntries * kNvsEntrySize> kZeros{};
  return Program(kEntriesOffset + index * kNvsEntrySize, Bytes(kZeros).first(span * kNvsEntrySize));
}

// Behind the last entry that anything was written to, the log goes on.
esp_err_t NvsPage::SkipHalfWritten() {
  std::size_t end = kNvsEntries;
  while (end > 0 && entry_state(end - 1) == EntryState::kEmpty && IsBlank(entry(end - 1))) --end;
  for (std::size_t i = 0; i < end; ++i) {
    if (entry_state(i) != EntryState::kEmpty) continue;
    const esp_err_t error = EraseEntries(i, 1);
    if (error != ESP_OK) return error;
  }
  next_ = end;
  return ESP_OK;
}

esp_err_t NvsPage::Repair() {
  esp_err_t error = state_ == State::kActive ? SkipHalfWritten() : ESP_OK;
  for (std::size_t i = 0; error == ESP_OK && i < kNvsEntries;) {
    const EntryState state = entry_state(i);
    if (state == EntryState::kErased || state == EntryState::kEmpty) {
      ++i;
      continue;
    }
    const auto item = state == EntryState::kWritten ? ItemAt(i) : std::nullopt;
    const std::size_t span = item.has_value() ? item->span : 1;
    bool whole = item.has_value();
    for (std::size_t k = 0; k < span; ++k) whole &= entry_state(i + k) == EntryState::kWritten;
    if (!whole) error = EraseEntries(i, span);
    i += span;
    // The end of what was cut may be blank: what is marked erased takes no entry.
    if (!whole && state_ == State::kActive) next_ = std::max(next_, i);
  }
  return error;
}

}  // namespace updraft::esp
