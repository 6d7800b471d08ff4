// SPDX-License-Identifier: Apache-2.0
// The entropy source of a Linux host, for the Mbed TLS port in tests and programs.
#pragma once

#include "updraft/bytes.h"

namespace updraft {

// getrandom(2); an EntropySource.
bool LinuxEntropy(MutableBytes out);

}  // namespace updraft
