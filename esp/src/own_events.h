// SPDX-License-Identifier: Apache-2.0
// Events of the façade's own parts, for the default loop. Implemented in event.cc.
#pragma once

#include <esp_event_base.h>

#include <cstddef>
#include <cstdint>

namespace updraft::esp {

// As esp_event_post, but what nobody has registered for costs nothing. -1: waits for
// room for ever.
esp_err_t PostOwnEvent(esp_event_base_t base, std::int32_t id, const void* data, std::size_t size,
                       std::int32_t timeout_ms);

}  // namespace updraft::esp
