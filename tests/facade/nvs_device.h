// SPDX-License-Identifier: Apache-2.0
// A device in memory with an nvs partition of any size, bound to the façade. For
// the tests of NVS.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "esp/device_binding.h"
#include "ports/host/crypto_openssl.h"
#include "testing/faulty_flash.h"
#include "testing/test_device.h"

namespace updraft {

class NvsDevice {
 public:
  static constexpr std::uint64_t kOffset = 0x100000;

  explicit NvsDevice(std::size_t size) : size_(size), device_(crypto_) {
    device_.flash().Load(
        kPartitionTableOffset,
        MakePartitionTable({MakePartition("nvs", PartitionType::kData, 0x02, kOffset, size)},
                           crypto_));
    device_.device().flash = &faulty_;
    Bind();
  }
  NvsDevice(const NvsDevice&) = delete;
  NvsDevice& operator=(const NvsDevice&) = delete;
  ~NvsDevice() { esp::Unbind(); }

  // As after a restart: nothing is in use.
  void Bind() { esp::Bind({.device = &device_.device()}); }
  FaultyFlash& faulty() { return faulty_; }

  void Load(const std::vector<std::uint8_t>& content) { device_.flash().Load(kOffset, content); }
  std::vector<std::uint8_t> Content() {
    const Bytes bytes = Bytes(device_.flash().bytes()).subspan(kOffset, size_);
    return {bytes.begin(), bytes.end()};
  }
  std::size_t FirstDifference(const std::vector<std::uint8_t>& other) {
    const auto own = Content();
    return static_cast<std::size_t>(std::mismatch(own.begin(), own.end(), other.begin()).first -
                                    own.begin());
  }

 private:
  std::size_t size_;
  OpensslCrypto crypto_;
  TestDevice device_;
  FaultyFlash faulty_{device_.flash()};
};

}  // namespace updraft
