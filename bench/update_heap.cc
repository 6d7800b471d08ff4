// SPDX-License-Identifier: Apache-2.0
// Counts what an update takes from the heap: how often between its first byte
// and its last, and how much at most. Every malloc of the process counts, the
// crypto library's too; the network is left out (its library allocates freely).
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/default_table.h"
#include "ports/host/host_device.h"
#include "testing/heap_count.h"
#include "testing/memory_source.h"
#include "testing/temporary_folder.h"
#include "testing/test_image.h"

int main() {
  using namespace updraft;
  constexpr std::size_t kImageSize = 16 << 20;
  TemporaryFolder folder;
  OpensslCrypto crypto;
  HostDevice::NewDevice options;
  options.folder = folder / "device";
  options.chip = FindChip("linux-x86_64");
  if (!HostDevice::Create(options).ok()) return 1;
  auto device = HostDevice::Open(folder / "device", {.mode = FileFlash::Mode::kReadWrite});
  if (!device) return 1;
  TestImage image{.chip_id = kChipIdLinuxX8664};
  MemorySource source(image.WithRamSegment(kImageSize).Build(crypto));
  std::vector<std::uint8_t> buffer(std::size_t{64} * 1024);
  std::vector<std::uint8_t> proof_buffer(std::size_t{64} * 1024);

  if (!CountHeap().has_value()) return 1;
  ForgetHeapPeak();
  const std::int64_t before = CountHeap()->bytes;
  Update update((*device)->device(), source,
                {.buffer = buffer, .proof_buffer = proof_buffer, .slot = {}, .judge = nullptr});
  if (!update.Open().ok()) return 1;
  if (!update.Step()) return 1;
  const std::uint64_t after_first = CountHeap()->allocations;
  while (update.state() == Update::State::kReceiving) {
    if (!update.Step()) return 1;
  }
  const std::uint64_t after_last = CountHeap()->allocations;
  if (!update.Commit().ok()) return 1;
  std::printf("allocations between the first byte and the last: %llu\n",
              static_cast<unsigned long long>(after_last - after_first));
  std::printf("peak heap above what the device had taken: %lld bytes\n",
              static_cast<long long>(CountHeap()->peak_bytes - before));
  std::printf("the update's own state: %zu bytes, and two buffers of %zu\n", sizeof(Update),
              buffer.size());
  return after_last == after_first ? 0 : 1;
}
