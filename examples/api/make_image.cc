// SPDX-License-Identifier: Apache-2.0
// Makes an application image of one segment. updraft/image_builder.h shows it.
#include <cstdio>

#include "updraft/image_builder.h"

#include "ports/host/crypto_openssl.h"

namespace {

using namespace updraft;

class StandardOutput final : public Sink {
 public:
  Status Write(Bytes data) override {
    const bool written = std::fwrite(data.data(), 1, data.size(), stdout) == data.size();
    return written ? kOk : Status(Code::kNoSpace, Stage::kNone);
  }
  Status Finish() override { return kOk; }
};

Status MakeImage(Bytes rodata, Sink& out) {
  AppDescription description;
  description.version_field = {"1.0.0"};
  const ImageSegment segments[] = {{.load_address = 0x3C000020, .data = rodata}};
  ImagePlan plan;
  plan.header.chip_id = FindChip("esp32c3")->id;
  plan.header.entry_address = 0x3C000120;
  plan.segments = segments;
  plan.app_description = &description;
  OpensslCrypto crypto;
  UPDRAFT_TRY(BuildImage(plan, crypto, out));
  return out.Finish();
}

}  // namespace

int main() {
  const std::uint8_t rodata[] = {'h', 'e', 'l', 'l', 'o', ' ', ' ', '\n'};
  StandardOutput out;
  return MakeImage(rodata, out).ok() ? 0 : 1;
}
