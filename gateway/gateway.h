// SPDX-License-Identifier: Apache-2.0
// A gateway that keeps its application up to date: asks a URL whether there is
// something new, installs it beside what runs, restarts into it, and keeps it when
// the health command says so; else what ran before comes back. Driven by
// `updraft gateway`; owns its memory, the folder `state`, and the lock on it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "updraft/encrypted_image.h"
#include "updraft/observer.h"
#include "updraft/port/system.h"
#include "updraft/status.h"

#include "gateway/command.h"
#include "gateway/settings.h"
#include "gateway/state.h"
#include "gateway/target.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/linux_system.h"

namespace updraft {

// What the keys of the configuration are, loaded.
struct GatewayKeys {
  DecryptionKeys keys{};
  HeaderTrust trust{};
};

struct GatewayReport {
  enum class Result {
    kNotModified,
    kUpdated,     // installed, restarted into, healthy
    kRefused,     // what is on offer is not taken
    kFailed,      // it did not get through; asked again later
    kRolledBack,  // installed, but it did not work: what ran before runs again
    kStopped,     // told to stop; goes on at the next start
  };
  Result result = Result::kNotModified;
  Status status{};  // kOk where nothing failed
  // Of a rollback: what was found instead of health. Of kFailed: how the policy ended
  // that stopped it; empty where something else did.
  std::string cause{};
  // Of kFailed: the window of the schedule ended before the update did.
  bool window_ended = false;
  UrlUpdateReport update{};
};
// "not_modified", "updated", "refused", "failed", "rolled_back", "stopped".
std::string_view ResultName(GatewayReport::Result result);

class Gateway {
 public:
  struct Ports {
    std::function<void(const std::string&)> tell{};  // a sentence of what happens
    std::function<bool()> should_stop{};             // asked often
    std::function<std::uint32_t()> second_of_day = &SecondOfDay;
  };

  // Makes the folder `state` where there is none. Settings, keys and observer outlive
  // the gateway. One finding each:
  //   kInvalidState  another gateway has this folder (Check::kDeviceLock), or the
  //                  device has no rollback
  //   kBadFormat     the memory cannot be read
  //   the codes of HostDevice::Open, and of files
  static Result<std::unique_ptr<Gateway>> Open(const GatewaySettings& settings,
                                               const GatewayKeys& keys, Ports ports,
                                               Observer& observer);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Ends what a stop or a power cut interrupted: a trial, a way back. kNotModified
  // where there was nothing to do.
  GatewayReport Settle();
  // Settles; then asks once, and installs what is new.
  GatewayReport Poll();
  // Gives up what is installed, by hand. kNotFound (a finding): nothing to go back to.
  GatewayReport RollBack();

  const GatewayState& state() const { return state_; }
  // What a command is told of it.
  std::vector<std::pair<std::string, std::string>> Environment() const {
    return target_->Environment(state_);
  }

 private:
  Gateway(const GatewaySettings& settings, Ports ports, Observer& observer)
      : settings_(&settings), ports_(std::move(ports)), observer_(&observer) {}

  Status Begin(const GatewayKeys& keys);
  Status Store(const GatewayState& state);
  UrlUpdateOptions OptionsOfPoll() const;
  GatewayReport Try(GatewayReport report);
  bool AwaitHealth(std::string& cause);
  CommandEnd Restart();
  GatewayReport GiveUp(GatewayReport report);
  GatewayReport EndRollBack(GatewayReport report);
  GatewayReport Failed(GatewayReport report, Status status);
  bool Stopped() const { return ports_.should_stop && ports_.should_stop(); }
  void Tell(const std::string& sentence) const {
    if (ports_.tell) ports_.tell(sentence);
  }

  const GatewaySettings* settings_;
  Ports ports_;
  Observer* observer_;
  DecryptionKeys keys_{};
  OpensslCrypto crypto_;
  LinuxSystem system_;
  Descriptor lock_;
  std::unique_ptr<GatewayTarget> target_;
  GatewayState state_{};
  // Refused since this began: not asked for again.
  std::optional<GatewayFile> refused_{};
};

}  // namespace updraft
