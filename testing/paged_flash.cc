// SPDX-License-Identifier: Apache-2.0
#include "testing/paged_flash.h"

#include <algorithm>

namespace updraft {

Status PagedFlash::DoRead(std::uint64_t address, MutableBytes out) {
  return flash_->Read(address, out);
}

Status PagedFlash::DoErase(std::uint64_t address, std::uint64_t length) {
  const std::uint32_t sector = geometry().sector_size;
  for (std::uint64_t done = 0; done < length; done += sector) {
    UPDRAFT_TRY(flash_->Erase(address + done, sector));
  }
  return kOk;
}

Status PagedFlash::DoProgram(std::uint64_t address, Bytes data) {
  while (!data.empty()) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(page_ - address % page_, data.size()));
    UPDRAFT_TRY(flash_->Program(address, data.first(count)));
    address += count;
    data = data.subspan(count);
  }
  return kOk;
}

}  // namespace updraft
