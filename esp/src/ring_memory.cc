// SPDX-License-Identifier: Apache-2.0
#include "esp/src/ring_memory.h"

#include <algorithm>
#include <cstring>

namespace updraft::esp {
namespace {

constexpr std::size_t kUnit = 4;
constexpr std::size_t kHeader = 8;

std::size_t Rounded(std::size_t size) { return (size + kUnit - 1) / kUnit * kUnit; }

}  // namespace

std::optional<RingMemory> RingMemory::Make(std::size_t size, RingbufferType_t type) {
  if (type < RINGBUF_TYPE_NOSPLIT || type >= RINGBUF_TYPE_MAX) return std::nullopt;
  if (size == 0 || size > SIZE_MAX / 4) return std::nullopt;
  if (type != RINGBUF_TYPE_BYTEBUF && Rounded(size) < 2 * kHeader) return std::nullopt;
  return RingMemory(type == RINGBUF_TYPE_BYTEBUF ? size : Rounded(size), type);
}

RingMemory::RingMemory(std::size_t size, RingbufferType_t type)
    : type_(type), size_(size), max_item_(size), memory_(new std::uint8_t[2 * size]()) {
  if (type == RINGBUF_TYPE_NOSPLIT) max_item_ = Rounded(size / 2) - kHeader;
  if (type == RINGBUF_TYPE_ALLOWSPLIT) max_item_ = size - 2 * kHeader;
}

std::size_t RingMemory::RoomOf(std::size_t size) const {
  return bytes_only() ? size : Rounded(size) + kHeader;
}

std::size_t RingMemory::RoomHere() const {
  if (used_ == size_) return 0;
  return next_ < free_ ? free_ - next_ : size_ - next_;
}

std::size_t RingMemory::RoomAtStart() const { return used_ == size_ || next_ < free_ ? 0 : free_; }

bool RingMemory::Fits(std::size_t size) const {
  if (size > max_item_) return false;
  if (bytes_only()) return size <= size_ - used_;
  const std::size_t room = RoomOf(size);
  if (room <= RoomHere()) return true;
  if (type_ == RINGBUF_TYPE_NOSPLIT) return room <= RoomAtStart();
  return RoomAtStart() > 0 && room + kHeader <= RoomHere() + RoomAtStart();
}

void* RingMemory::At(const Piece& piece) const {
  const std::size_t place = piece.place + HeaderSize();
  return memory_.get() + (bytes_only() ? place : 2 * place);
}

RingMemory::Piece& RingMemory::Append(std::size_t room, std::size_t size, State state) {
  pieces_.push_back({.place = next_, .room = room, .size = size, .state = state});
  used_ += room;
  next_ += room;
  // An end that has no room for a header is part of the item before it.
  if (size_ - next_ < HeaderSize() && next_ >= free_) {
    pieces_.back().room += size_ - next_;
    used_ += size_ - next_;
    next_ = size_;
  }
  if (next_ == size_) next_ = 0;
  return pieces_.back();
}

RingMemory::Piece& RingMemory::Place(std::size_t size, State state) {
  if (RoomOf(size) > RoomHere()) {
    Piece& filler = Append(RoomHere(), 0, State::kReturned);
    filler.filler = true;
  }
  return Append(RoomOf(size), size, state);
}

void RingMemory::Write(const void* data, std::size_t size) {
  const auto* const bytes = static_cast<const std::uint8_t*>(data);
  if (bytes_only()) {
    WriteBytes(bytes, size);
  } else if (RoomOf(size) > RoomHere() && type_ == RINGBUF_TYPE_ALLOWSPLIT) {
    WriteSplit(bytes, size);
  } else {
    const Piece& piece = Place(size, State::kReady);
    if (size > 0) std::memcpy(At(piece), bytes, size);
  }
}

void RingMemory::WriteBytes(const std::uint8_t* data, std::size_t size) {
  while (size > 0) {
    const std::size_t some = std::min(size, RoomHere());
    // What lies in one piece is read as one.
    const bool joins = !pieces_.empty() && pieces_.back().state == State::kReady && next_ != 0;
    if (joins) {
      pieces_.back().room += some;
      pieces_.back().size += some;
      std::memcpy(memory_.get() + next_, data, some);
      used_ += some;
      next_ = next_ + some == size_ ? 0 : next_ + some;
    } else {
      std::memcpy(At(Append(some, some, State::kReady)), data, some);
    }
    data += some;
    size -= some;
  }
}

void RingMemory::WriteSplit(const std::uint8_t* data, std::size_t size) {
  // A header always fits: ends without room for one belong to the item before.
  const std::size_t some = RoomHere() - kHeader;
  if (some > 0) {
    Piece& head = Append(RoomHere(), some, State::kReady);
    head.continues = true;
    std::memcpy(At(head), data, some);
  } else {
    Append(RoomHere(), 0, State::kReturned).filler = true;
  }
  const Piece& tail = Append(RoomOf(size - some), size - some, State::kReady);
  std::memcpy(At(tail), data + some, size - some);
}

void* RingMemory::Acquire(std::size_t size) { return At(Place(size, State::kFilling)); }

bool RingMemory::Complete(const void* item) {
  const auto found = std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.state == State::kFilling && At(piece) == item;
  });
  if (found == pieces_.end()) return false;
  found->state = State::kReady;
  return true;
}

// The index of the next piece to be read; the number of pieces when none may be.
std::size_t RingMemory::FirstReadable() const {
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (bytes_only() && piece.state == State::kTaken) return pieces_.size();
    if (piece.state == State::kFilling) return pieces_.size();
    if (piece.state == State::kReady) return i;
  }
  return pieces_.size();
}

bool RingMemory::CanRead() const { return FirstReadable() < pieces_.size(); }

RingMemory::Part RingMemory::Read(std::size_t most) {
  const std::size_t index = FirstReadable();
  Piece& piece = pieces_[index];
  if (bytes_only() && piece.size > most) {
    Piece rest = piece;
    rest.place += most;
    rest.room = rest.size = piece.size - most;
    piece.room = piece.size = most;
    piece.state = State::kTaken;
    const Part part{At(piece), most};
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(index) + 1, rest);
    return part;
  }
  piece.state = State::kTaken;
  return {At(piece), piece.size};
}

bool RingMemory::ContinuesAfter(const Part& part) const {
  return std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.state == State::kTaken && piece.continues && At(piece) == part.data;
  });
}

bool RingMemory::Return(const void* item) {
  const auto found = std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.state == State::kTaken && At(piece) == item;
  });
  if (found == pieces_.end()) return false;
  found->state = State::kReturned;
  Reclaim();
  return true;
}

// Items may be returned in any order; memory becomes free in that of the ring. A
// filler at the very end is freed with what follows it.
void RingMemory::Reclaim() {
  while (!pieces_.empty() && pieces_.front().state == State::kReturned) {
    const Piece& piece = pieces_.front();
    free_ = piece.place + piece.room == size_ ? 0 : piece.place + piece.room;
    used_ -= piece.room;
    pieces_.pop_front();
  }
}

std::size_t RingMemory::LongestThatFits() const {
  if (used_ == size_) return 0;
  const std::size_t here = RoomHere();
  const std::size_t start = RoomAtStart();
  if (bytes_only()) return size_ - used_;
  std::size_t room = std::max(here, start);
  std::size_t header = kHeader;
  if (type_ == RINGBUF_TYPE_ALLOWSPLIT) {
    if (empty()) return max_item_;
    room = here + start;
    if (start > 0) header += kHeader;
  }
  return room < header ? 0 : std::min(room - header, max_item_);
}

std::size_t RingMemory::waiting() const {
  std::size_t count = 0;
  for (const Piece& piece : pieces_) {
    if (piece.state == State::kFilling) break;
    if (piece.state == State::kReady) count += bytes_only() ? piece.size : 1;
  }
  return count;
}

std::size_t RingMemory::read_offset() const {
  for (const Piece& piece : pieces_) {
    if (piece.state == State::kReady || piece.state == State::kFilling) return piece.place;
  }
  return next_;
}

std::size_t RingMemory::write_offset() const {
  for (const Piece& piece : pieces_) {
    if (piece.state == State::kFilling) return piece.place;
  }
  return next_;
}

}  // namespace updraft::esp
