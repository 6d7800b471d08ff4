// SPDX-License-Identifier: Apache-2.0
// Whom a program trusts beyond one client: the global store and the certificate
// bundle. Any thread.
#pragma once

#include <string>
#include <vector>

#include "esp/network_binding.h"

namespace updraft::esp {

// PEM text; empty when there is none.
std::string GlobalStore();
// Of the bundle that esp_crt_bundle_set was given; empty when there is none.
std::vector<Authority> BundleAuthorities();

}  // namespace updraft::esp
