// SPDX-License-Identifier: Apache-2.0
// Two block devices or files that take turns. The gateway's memory says which is
// selected; the link `current` in its folder follows and is what the application
// opens.
#pragma once

#include "updraft/port/system.h"

#include "gateway/raw_install.h"
#include "gateway/settings.h"
#include "gateway/target.h"

namespace updraft {

class SlotTarget final : public GatewayTarget {
 public:
  // All outlive the target.
  SlotTarget(const GatewaySettings& settings, const HeaderTrust& trust, System& system,
             Crypto& crypto)
      : settings_(&settings), trust_(trust), system_(&system), crypto_(&crypto) {}

  Status Begin(GatewayState& state, bool first, bool& repaired, Observer& observer) override;
  Status Install(const UrlUpdateOptions& options, const GatewayState& state, Observer& observer,
                 UrlUpdateReport& report, GatewayState& next, GatewayFile& file) override;
  Status Selected(const GatewayState& state) override;
  Running IsRunning(const GatewayState& state) override;
  Status Confirm(const GatewayState& state) override;
  Status RollBack(const GatewayState& state, GatewayState& next, Observer& observer) override;
  std::vector<std::pair<std::string, std::string>> Environment(
      const GatewayState& state) const override;

 private:
  std::filesystem::path Link() const { return settings_->state / "current"; }
  const std::filesystem::path& Path(int slot) const {
    return settings_->slots[static_cast<std::size_t>(slot)];
  }
  bool LinkFits(const GatewayState& state) const;
  Status JudgeStored(int slot, const GatewayFile& file, Observer& observer);

  const GatewaySettings* settings_;
  HeaderTrust trust_;
  System* system_;
  Crypto* crypto_;
};

}  // namespace updraft
