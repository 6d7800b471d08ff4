// SPDX-License-Identifier: Apache-2.0
// Software that writes flash wrongly: stands between an updater and its flash, does
// the same operations in a wrong order or leaves some out. Without a power cut
// nobody notices. The suite has to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "updraft/partition.h"
#include "updraft/port/flash.h"

namespace updraft {

// Passes everything on; those that break something override what they break.
class BrokenWriter : public Flash {
 public:
  explicit BrokenWriter(Flash& flash) : flash_(&flash) {}
  virtual ~BrokenWriter() = default;

  FlashGeometry geometry() const override { return flash_->geometry(); }
  std::uint32_t ProgramUnitAt(std::uint64_t address, std::uint64_t length) const override {
    return flash_->ProgramUnitAt(address, length);
  }

 protected:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    return flash_->Read(address, out);
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    return flash_->Erase(address, length);
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    return flash_->Program(address, data);
  }
  Status DoSync() override { return flash_->Sync(); }

  Flash& flash() { return *flash_; }

 private:
  Flash* flash_;
};

// Where things lie on the device, and what is about to be installed.
struct Places {
  Partition otadata;
  Partition log;      // of no size where there is none
  Partition passive;  // the slot of the first update
  Partition running;
  Bytes fresh;
  std::function<void()> burn_secure_version;  // to that of the new image
};
inline bool Holds(const Partition& partition, std::uint64_t address) {
  return address >= partition.offset && address - partition.offset < partition.size;
}

using MakeBrokenWriter = std::function<std::unique_ptr<BrokenWriter>(Flash&, const Places&)>;

}  // namespace updraft
