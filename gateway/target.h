// SPDX-License-Identifier: Apache-2.0
// Where a gateway puts updates: two slots that take bytes as they come, or a virtual
// device. Gateway asks it, in the order of an update, and keeps the memory; a target
// keeps nothing but what it finds in the slots.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "updraft/observer.h"
#include "updraft/status.h"

#include "gateway/state.h"
#include "ports/host/url_update.h"

namespace updraft {

class GatewayTarget {
 public:
  virtual ~GatewayTarget() = default;

  // Before all else: what the memory does not know is filled in (at the `first` start
  // ever the slot that runs; a trial that began before a cut), what hangs on it is put
  // right. `repaired`: the application may run what is not selected.
  virtual Status Begin(GatewayState& state, bool first, bool& repaired, Observer& observer) = 0;
  // Downloads into the slot that is not selected, and proves it. Then `file` and the
  // slot in `next` are filled in; what the memory said before stays selected.
  virtual Status Install(const UrlUpdateOptions& options, const GatewayState& state,
                         Observer& observer, UrlUpdateReport& report, GatewayState& next,
                         GatewayFile& file) = 0;
  // The memory is stored: what hangs on it follows.
  virtual Status Selected(const GatewayState& state) = 0;

  // Whether what is on trial really runs. kNotYet: not restarted into yet; kGone: it
  // was given up already, by the bootloader.
  enum class Running { kYes, kNotYet, kGone };
  virtual Running IsRunning(const GatewayState& state) = 0;
  virtual Status Confirm(const GatewayState& state) = 0;
  // Whether the one before can still be selected, and is; `next` says so.
  // kNotFound: there is none, or what is there is not it any more.
  virtual Status RollBack(const GatewayState& state, GatewayState& next, Observer& observer) = 0;

  // UPDRAFT_SLOT and whatever else tells a command what is selected.
  virtual std::vector<std::pair<std::string, std::string>> Environment(
      const GatewayState& state) const = 0;
};

}  // namespace updraft
