// SPDX-License-Identifier: Apache-2.0
#include "cli/read_only_flash.h"

#include <algorithm>

namespace updraft {

Status ReadOnlyFlash::DoRead(std::uint64_t address, MutableBytes out) {
  std::ranges::fill(out, std::uint8_t{0xFF});
  for (const Piece& piece : pieces_) {
    const std::uint64_t begin = std::max(address, piece.address);
    const std::uint64_t end =
        std::min(address + out.size(), piece.address + std::uint64_t{piece.bytes.size()});
    if (begin >= end) continue;
    const Bytes part = piece.bytes.subspan(begin - piece.address, end - begin);
    std::ranges::copy(part, out.subspan(begin - address, end - begin).begin());
  }
  return kOk;
}

Status ReadOnlyFlash::DoErase(std::uint64_t, std::uint64_t) {
  return {Code::kUnsupported, Stage::kFlash};
}

Status ReadOnlyFlash::DoProgram(std::uint64_t, Bytes) {
  return {Code::kUnsupported, Stage::kFlash};
}

}  // namespace updraft
