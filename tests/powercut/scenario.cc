// SPDX-License-Identifier: Apache-2.0
#include "tests/powercut/scenario.h"

#include <cstdlib>

#include "ports/host/header_signing.h"
#include "ports/host/signer_openssl.h"
#include "testing/encryption_keys.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"
#include "tests/powercut/update_life.h"

namespace updraft {
namespace {

std::unique_ptr<KeyFile> ReadKey(std::string_view pem) {
  return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
}

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

Prepared::Prepared(const Scenario& scenario)
    : scenario_(scenario), rsa_(ReadKey(kTestRsaKeyPem)), ec_(ReadKey(kTestEcKeyPem)) {
  MakeImages();
  SignImages();
  MakeFiles();
  Furnish();
  DoBefore();
}

std::uint32_t Prepared::secure_version(Picture picture) const {
  static constexpr std::array<std::uint32_t, kPictures> kVersions{1, 1, 4, 6};
  return scenario_.policy.anti_rollback ? kVersions[Index(picture)] : 0;
}

void Prepared::MakeImages() {
  static constexpr std::array<std::string_view, kPictures> kVersions{"0.9.0", "1.0.0", "2.0.0",
                                                                     "3.0.0"};
  for (std::size_t i = 0; i < kPictures; ++i) {
    TestImage image{.secure_version = secure_version(static_cast<Picture>(i)),
                    .version = std::string(kVersions[i])};
    // The one that lay there before is longer: its end stays behind the new one.
    const std::size_t more = static_cast<Picture>(i) == Picture::kStale ? 3000 : 0;
    if (static_cast<Picture>(i) != Picture::kOld) {
      image.WithRamSegment(scenario_.image_rest + more, static_cast<std::uint8_t>(i + 1));
    }
    images_[i] = image.Build(crypto_);
  }
}

void Prepared::SignImages() {
  const SignaturePolicy policy = scenario_.policy.signature;
  if (policy == SignaturePolicy::kNone) return;
  const auto key = SignatureKey::Generate(SignatureScheme::kEcdsaP256);
  for (Image& image : images_) {
    auto signing = ImageSigning::Open(image, ImageSigning::Existing::kRefuse, crypto_);
    Require(signing->Add(*key).ok());
    image = signing->Finish();
  }
  if (policy == SignaturePolicy::kOnUpdate) return;
  Require(trusted_.Set(0, *KeyDigest(crypto_, key->block_key())).ok());
}

void Prepared::MakeFiles() {
  for (std::size_t i = 0; i < kPictures; ++i) {
    switch (scenario_.scheme) {
      case Scheme::kPlain: files_[i] = images_[i]; break;
      case Scheme::kRsa: files_[i] = EncryptForTest(crypto_, rsa_->rsa_public, images_[i]); break;
      case Scheme::kEcies:
      case Scheme::kSignedHeader:
        files_[i] = EncryptForTest(crypto_, ec_->point, images_[i]);
        break;
    }
  }
  if (scenario_.scheme != Scheme::kSignedHeader) return;
  const auto signer = SignatureKey::Generate(SignatureScheme::kEcdsaP256);
  Require(header_keys_.Add(*HeaderKeyOf(*signer)).ok());
  for (std::size_t i = 0; i < kPictures; ++i) {
    const MutableEncryptedHeader header(files_[i].data(), kEncryptedHeaderSize);
    Require(SignHeader(crypto_, *signer, *Sha256(crypto_, images_[i]), header).ok());
  }
  scenario_.policy.signed_header = true;
}

void Prepared::Furnish() {
  TestDevice device(crypto_, scenario_.layout, scenario_.geometry);
  device.Install(scenario_.running, image(Picture::kOld));
  ledger_.whole[scenario_.running] = {Picture::kOld};
  std::vector<Partition> written{device.Find(scenario_.running)};
  for (const auto& [label, picture] : scenario_.beside) {
    device.Install(label, image(picture));
    written.push_back(device.Find(label));
    const bool recorded = !scenario_.records.empty();
    if (recorded || label == scenario_.selected) ledger_.whole[label] = {picture};
  }
  for (std::size_t i = 0; i < scenario_.records.size(); ++i) {
    device.WriteRecord(i, scenario_.records[i].first, scenario_.records[i].second);
  }
  if (!scenario_.records.empty()) written.push_back(device.Find("otadata"));
  if (scenario_.flash_encrypted) EncipherFlash(device.flash(), crypto_, written);
  flash_.assign(device.flash().bytes().begin(), device.flash().bytes().end());
  efuse_ = scenario_.policy.anti_rollback ? 0x1 : 0;
  ledger_.running = ledger_.trusted = scenario_.running;
  ledger_.may_start = scenario_.may_start_too;
  ledger_.may_start.insert(scenario_.running);
  if (!scenario_.selected.empty()) ledger_.may_start.insert(scenario_.selected);
}

void Prepared::DoBefore() {
  UpdateLife life(*this);
  CutFaults faults;
  life.power().Arm({.operation = 0});
  for (int i = 0; i < scenario_.flights; ++i) life.WriteFlightForTest(faults);
  if (scenario_.broken_at) life.BreakUpdate(*scenario_.broken_at, faults);
  for (const Deed deed : scenario_.before) life.Do(deed, faults);
  if (faults.count() > 0) {
    std::fprintf(stderr, "%s: %s\n", scenario_.name.c_str(), faults.texts().front().c_str());
    std::abort();
  }
  const Bytes bytes = life.raw_flash();
  flash_.assign(bytes.begin(), bytes.end());
  efuse_ = life.raw_efuse();
  ledger_ = life.ledger();
}

}  // namespace updraft
