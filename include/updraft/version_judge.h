// SPDX-License-Identifier: Apache-2.0
// The version policy that most firmware wants: not what runs already, and not
// again what was given up.
#pragma once

#include <optional>

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

class VersionJudge final : public DescriptionJudge {
 public:
  // Refuses the version of `running`, and that of `given_up`: the image that was
  // rolled back or never confirmed itself (Slots::LastInvalid). Both are copied.
  VersionJudge(const AppDescription& running, const std::optional<AppDescription>& given_up)
      : running_(running), given_up_(given_up) {}

  // kInvalidState: the same version. kDowngrade: the version given up. Either
  // is a finding of Check::kVersionPolicy.
  Status JudgeOffer(const AppDescription& offered, Observer& observer) override;

 private:
  AppDescription running_;
  std::optional<AppDescription> given_up_;
};

}  // namespace updraft
