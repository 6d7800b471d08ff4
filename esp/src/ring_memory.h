// SPDX-License-Identifier: Apache-2.0
// The memory of a ring buffer: where items lie, what fits, what may be read. No
// locks and no waiting: rtos_ringbuf.cc has these.
#pragma once

#include <freertos/ringbuf.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace updraft::esp {

// Sizes and places are those of a chip: an item has a header of 8 bytes and is
// rounded up to 4. The memory itself is twice as long, so that an item at twice
// its place has a host's alignment.
class RingMemory {
 public:
  struct Part {
    void* data = nullptr;
    std::size_t size = 0;
  };

  // nullopt when the ring would hold nothing, or is of no type.
  static std::optional<RingMemory> Make(std::size_t size, RingbufferType_t type);

  RingbufferType_t type() const { return type_; }
  std::size_t max_item() const { return max_item_; }
  bool Fits(std::size_t size) const;
  // Fits(size) holds. The item is written, or (kept back) to be completed.
  void Write(const void* data, std::size_t size);
  void* Acquire(std::size_t size);
  // False for what was not acquired.
  bool Complete(const void* item);

  bool CanRead() const;
  // CanRead() holds. At most `most` bytes of a ring of bytes.
  Part Read(std::size_t most);
  // Whether what Read gave last goes on in the next part.
  bool ContinuesAfter(const Part& part) const;
  // False for what was not read, or was returned.
  bool Return(const void* item);

  std::size_t LongestThatFits() const;
  std::size_t waiting() const;
  // Offsets in the ring: of the first byte in use, the next to be read, the first
  // that cannot be read yet, the first unused.
  std::size_t free_offset() const { return free_; }
  std::size_t read_offset() const;
  std::size_t write_offset() const;
  std::size_t acquire_offset() const { return next_; }

 private:
  enum class State : std::uint8_t { kFilling, kReady, kTaken, kReturned };
  struct Piece {
    std::size_t place = 0;  // of its header, or its first byte
    std::size_t room = 0;   // that it takes of the ring
    std::size_t size = 0;
    State state = State::kReady;
    bool continues = false;
    bool filler = false;  // the end of the ring, unused
  };

  RingMemory(std::size_t size, RingbufferType_t type);
  bool bytes_only() const { return type_ == RINGBUF_TYPE_BYTEBUF; }
  bool empty() const { return used_ == 0; }
  std::size_t HeaderSize() const { return bytes_only() ? 0 : std::size_t{8}; }
  std::size_t RoomOf(std::size_t size) const;
  // Unused and in one piece from next_ on, and at the ring's beginning behind that.
  std::size_t RoomHere() const;
  std::size_t RoomAtStart() const;
  void* At(const Piece& piece) const;
  Piece& Append(std::size_t room, std::size_t size, State state);
  Piece& Place(std::size_t size, State state);
  void WriteBytes(const std::uint8_t* data, std::size_t size);
  void WriteSplit(const std::uint8_t* data, std::size_t size);
  std::size_t FirstReadable() const;
  void Reclaim();

  RingbufferType_t type_;
  std::size_t size_;
  std::size_t max_item_;
  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t free_ = 0;  // the first byte in use
  std::size_t next_ = 0;  // the first unused
  std::size_t used_ = 0;
  std::deque<Piece> pieces_;
};

}  // namespace updraft::esp
