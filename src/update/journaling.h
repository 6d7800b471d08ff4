// SPDX-License-Identifier: Apache-2.0
// When the journal of an update is written, and when it is dropped. Belongs to one
// Update. Where there is no log, or the log fails, an update goes on without.
#pragma once

#include <cstdint>
#include <optional>

#include "updraft/device.h"
#include "updraft/partition.h"
#include "updraft/resume.h"
#include "updraft/status.h"

#include "src/update/journal.h"
#include "src/update/update_log.h"

namespace updraft {

class UpdateRiver;

class Journaling {
 public:
  Journaling(const Device& device, const Partition& slot, const JournalPolicy& policy,
             const ResumableSource& source);

  // Whether there is a journal of this slot, and the slot holds what it says.
  // `buffer` is one read. kFlash.
  Result<bool> Find(Journal& journal, MutableBytes buffer);
  // The update went on from there.
  void Resumed(std::uint64_t offset);

  // After each step: writes it down when it is time. What is written never is ahead
  // of the data. The codes of UpdateRiver::DigestOfSectors that are about the image.
  Status AfterStep(UpdateRiver& river);
  // Writes it down at once.
  Status Save(UpdateRiver& river);
  // There is nothing to take up any more.
  void Drop();

  CipherStart& cipher_start() { return cipher_start_; }

 private:
  bool IsDue(std::uint64_t position) const;
  Status Start(const UpdateRiver& river);

  const Device* device_;
  const Partition* slot_;
  JournalPolicy policy_;
  const ResumableSource* source_;
  std::optional<UpdateLog> log_{};
  bool started_ = false;      // the log has a start of this download
  std::uint64_t marked_ = 0;  // how far it came
  std::uint64_t marked_ms_ = 0;
  CipherStart cipher_start_;
};

}  // namespace updraft
