// SPDX-License-Identifier: Apache-2.0
// The device's flash as the façade hands it on: the running slot cannot be
// changed through it, and views made by esp_partition_mmap follow every change.
// Owned by bound_device.cc.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "updraft/partition.h"
#include "updraft/port/flash.h"

namespace updraft::esp {

class GuardedFlash final : public Flash {
 public:
  GuardedFlash(Flash& flash, const std::optional<Partition>& running)
      : flash_(&flash), running_(running) {}

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }

  // Whether [address, address + length) has a byte in common with the running slot.
  bool TouchesRunning(std::uint64_t address, std::uint64_t length) const;

  struct View {
    std::uint32_t handle = 0;  // never 0 for a view
    const std::uint8_t* bytes = nullptr;
  };
  // kFlash, kInvalidArgument outside the flash.
  Result<View> Map(std::uint64_t address, std::size_t length);
  // The application that begins there was proven a moment ago. It need not be proven
  // again as long as nothing at all is changed.
  void NoteProof(std::uint64_t address) { proven_ = address; }
  bool IsProven(std::uint64_t address) const { return proven_ == address; }

  // The bytes [address, end), and whether any of them was changed since.
  struct Watched {
    std::uint64_t address = 0;
    std::uint64_t end = 0;  // whoever watches may move it
    bool changed = false;
  };
  // Nothing at first; watched as long as somebody holds it.
  std::shared_ptr<Watched> Watch(std::uint64_t address);

  // A handle that is none is ignored.
  void Unmap(std::uint32_t handle) { views_.erase(handle); }

 private:
  struct Mapped {
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
  };

  Status DoRead(std::uint64_t address, MutableBytes out) override;
  Status DoErase(std::uint64_t address, std::uint64_t length) override;
  Status DoProgram(std::uint64_t address, Bytes data) override;
  Status DoSync() override { return flash_->Sync(); }

  Status Changed(Status status, std::uint64_t address, std::uint64_t length);

  Flash* flash_;
  std::optional<Partition> running_;
  std::map<std::uint32_t, Mapped> views_;
  std::uint32_t last_handle_ = 0;
  std::optional<std::uint64_t> proven_;
  std::vector<std::weak_ptr<Watched>> watched_;
};

}  // namespace updraft::esp
