// SPDX-License-Identifier: Apache-2.0
// A virtual device whose firmware `updraft boot` runs: application images, judged,
// proven and selected as on a chip. otadata says what is on trial; the bootloader
// gives up what crashes, the gateway what is not healthy.
#pragma once

#include "updraft/port/system.h"

#include "gateway/settings.h"
#include "gateway/target.h"
#include "ports/host/host_device.h"

namespace updraft {

class DeviceTarget final : public GatewayTarget {
 public:
  // The settings outlive the target.
  explicit DeviceTarget(const GatewaySettings& settings) : settings_(&settings) {}

  // kInvalidState (Check::kDevice): the device has no rollback.
  Status Begin(GatewayState& state, bool first, bool& repaired, Observer& observer) override;
  Status Install(const UrlUpdateOptions& options, const GatewayState& state, Observer& observer,
                 UrlUpdateReport& report, GatewayState& next, GatewayFile& file) override;
  Status Selected(const GatewayState&) override { return kOk; }
  Running IsRunning(const GatewayState& state) override;
  Status Confirm(const GatewayState& state) override;
  Status RollBack(const GatewayState& state, GatewayState& next, Observer& observer) override;
  std::vector<std::pair<std::string, std::string>> Environment(
      const GatewayState& state) const override;

 private:
  Result<std::unique_ptr<HostDevice>> Open(FileFlash::Mode mode, Observer& observer) const;

  const GatewaySettings* settings_;
};

}  // namespace updraft
