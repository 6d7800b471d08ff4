// SPDX-License-Identifier: Apache-2.0
// device.json, which people edit: what is taken can be stored and reads the same
// again; a refusal is one finding.
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "fuzz/fuzz.h"
#include "ports/host/device_settings.h"
#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using fuzz::Require;

class MemoryFile {
 public:
  explicit MemoryFile(Bytes content) : fd_(memfd_create("device.json", MFD_CLOEXEC)) {
    const bool written = fd_ >= 0 && write(fd_, content.data(), content.size()) ==
                                         static_cast<ssize_t>(content.size());
    Require(written, "there is memory for a file");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

bool SameKeys(const HeaderKeys& left, const HeaderKeys& right) {
  return std::ranges::equal(left.keys(), right.keys(),
                            [](const auto& a, const auto& b) { return a == b; });
}

void Run(Bytes bytes) {
  const MemoryFile file(bytes);
  RecordingObserver observer;
  const auto settings = LoadDeviceSettings(file.path(), observer);
  if (!settings) {
    Require(observer.failed().size() == 1, "a refusal is one finding");
    return;
  }
  Require(observer.failed().empty(), "what is taken has no failed finding");
  Require(settings->chip.family != nullptr, "a chip is known");
  static const TemporaryFolder folder;
  const std::filesystem::path stored = folder.path() / "device.json";
  Require(StoreDeviceSettings(stored, *settings).ok(), "what was read can be stored");
  const auto again = LoadDeviceSettings(stored);
  Require(again.has_value(), "what was stored can be read");
  Require(again->chip.family == settings->chip.family, "the same chip");
  Require(again->chip.revision == settings->chip.revision, "the same revision");
  Require(again->policy.rollback == settings->policy.rollback, "the same rollback");
  Require(again->policy.anti_rollback == settings->policy.anti_rollback, "the same anti-rollback");
  Require(again->policy.signature == settings->policy.signature, "the same signature policy");
  Require(again->policy.trial == settings->policy.trial, "the same terms of a trial");
  Require(again->partition_table_offset == settings->partition_table_offset, "the same table");
  Require(again->flash_encryption == settings->flash_encryption, "the same flash encryption");
  Require(SameKeys(again->header_keys, settings->header_keys), "the same header keys");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
