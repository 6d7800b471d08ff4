// SPDX-License-Identifier: Apache-2.0
// The whole river: an update of a device in memory, with the file, its chunks, the
// device's policy and a failure chosen by the fuzzer. Never is an image selected
// that the proof refuses; never is anything touched that runs.
#include <array>
#include <memory>
#include <optional>

#include "updraft/boot.h"
#include "updraft/slot_prover.h"
#include "updraft/update.h"

#include "fuzz/fuzz.h"
#include "fuzz/plain_image.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/header_signing.h"
#include "ports/host/key_file.h"
#include "ports/host/signer_openssl.h"
#include "testing/encryption_keys.h"
#include "testing/failing_crypto.h"
#include "testing/memory_download.h"
#include "testing/memory_source.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using fuzz::Require;
using File = std::vector<std::uint8_t>;

constexpr FlashGeometry kFlash{.size = 0x30000};
constexpr std::size_t kSlotSize = 0x8000;

// What does not change from run to run.
struct House {
  OpensslCrypto crypto;
  std::unique_ptr<KeyFile> rsa = Parse(kTestRsaKeyPem);
  std::unique_ptr<KeyFile> ec = Parse(kTestEcKeyPem);
  ScalarKey scalar{crypto, ec->secret.bytes().first<kP256ScalarSize>()};
  SignatureKey signer = std::move(*SignatureKey::FromPem(AsBytes(kTestEcKeyPem)));
  File running = Sign(TestImage{.secure_version = 1, .first_segment_rest = 16}.Build(crypto));

  static std::unique_ptr<KeyFile> Parse(std::string_view pem) {
    return std::move(std::get<0>(ParseKeyFile(AsBytes(pem))));
  }
  File Sign(const File& image) {
    auto signing = ImageSigning::Open(image, ImageSigning::Existing::kReplace, crypto);
    const bool done = signing.has_value() && signing->Add(signer).ok();
    return done ? signing->Finish() : image;
  }
};

House& Home() {
  static House house;
  return house;
}

// How a run goes, from the first bytes of the input.
struct Plan {
  explicit Plan(fuzz::Input& input)
      : flags(input.Half()),
        chunking(input.Byte()),
        other_chunking(input.Byte()),
        failing_call(input.Half()),
        break_at(input.Half()),
        patches(input.Take(input.Byte())) {}

  bool repairs() const { return (flags & 1) != 0; }
  bool encrypts() const { return (flags & 2) != 0; }
  bool rsa() const { return (flags & 4) != 0; }
  bool knows_size() const { return (flags & 8) != 0; }
  bool resumes() const { return (flags & 16) != 0; }
  bool rollback() const { return (flags & 32) != 0; }
  bool anti_rollback() const { return (flags & 96) == 96; }
  bool signs() const { return (flags & 128) != 0; }
  bool demands_signature() const { return (flags & 256) != 0; }
  bool demands_signed_header() const { return (flags & 512) != 0; }
  bool fails() const { return (flags & 1024) != 0; }

  std::uint16_t flags;
  std::uint8_t chunking;
  std::uint8_t other_chunking;
  std::uint16_t failing_call;
  std::uint16_t break_at;
  Bytes patches;
};

// An encrypted file of `plain`, the same one each time, its header signed.
File Seal(const File& plain, bool rsa) {
  FailingCrypto crypto(Home().crypto);
  crypto.ScriptRandom(File(512, 0x5A));
  File file = rsa ? EncryptForTest(crypto, Home().rsa->rsa_public, plain)
                  : EncryptForTest(crypto, Home().ec->point, plain);
  const auto digest = Sha256(Home().crypto, plain);
  const Status status = SignHeader(Home().crypto, Home().signer, *digest,
                                   MutableEncryptedHeader(file.data(), kEncryptedHeaderSize));
  Require(status.ok(), "a header can be signed");
  return file;
}

File FileFrom(const Plan& plan, Bytes rest) {
  File file(rest.begin(), rest.end());
  if (plan.repairs()) fuzz::RepairPlainImage(file, Home().crypto);
  if (plan.signs() && !file.empty()) file = Home().Sign(file);
  if (plan.encrypts()) file = Seal(file, plan.rsa());
  fuzz::Input patches(plan.patches.data(), plan.patches.size());
  if (!file.empty()) fuzz::Patch(patches, file);
  return file;
}

class Trip {
 public:
  Trip(const Plan& plan, const File& file)
      : plan_(&plan),
        file_(&file),
        crypto_(Home().crypto),
        device_(crypto_, {.log = true, .slot_size = kSlotSize}, kFlash) {
    Device& device = device_.device();
    device.policy.rollback = plan.rollback();
    device.policy.anti_rollback = plan.anti_rollback();
    if (plan.anti_rollback()) device_.efuse().set_field(1);
    if (plan.demands_signature()) device.policy.signature = SignaturePolicy::kOnBoot;
    device.policy.signed_header = plan.demands_signed_header();
    device.keys = {Home().rsa->rsa_private.get(), &Home().scalar};
    const auto digest = KeyDigest(crypto_, Home().signer.block_key());
    Require(device.trusted_keys.Set(0, *digest).ok(), "there is a slot for a key");
    Require(device.header_keys.Add(*HeaderKeyOf(Home().signer)).ok(), "there is room for a key");
    device_.Install("ota_0", Home().running);
    device_.WriteRecord(0, 1, SlotState::kValid);
    device_.SetRunning("ota_0");
    before_.assign(device_.flash().bytes().begin(), device_.flash().bytes().end());
  }

  void Run(std::uint8_t chunking) {
    if (plan_->fails()) crypto_.FailCall(1 + plan_->failing_call % 400U);
    status_ = plan_->resumes() ? RunTwice(chunking) : RunOnce(chunking);
    crypto_.FailCall(0);
    RequireSound();
  }

  Status status() const { return status_; }
  // Otadata and slots; the log may tell of another way.
  bool Same(Trip& other) {
    const Bytes left = device_.flash().bytes();
    const Bytes right = other.device_.flash().bytes();
    return std::ranges::equal(left.first(0xE000), right.first(0xE000)) &&
           std::ranges::equal(left.subspan(0x10000), right.subspan(0x10000));
  }

 private:
  UpdateOptions Options() {
    return {.buffer = buffer_, .proof_buffer = proof_buffer_, .slot = {}, .judge = nullptr};
  }

  Status RunOnce(std::uint8_t seed) {
    MemorySource source = Source(seed);
    Update update(device_.device(), source, Options());
    return update.Run();
  }

  static std::size_t Chunk(std::uint8_t seed) { return seed == 0 ? SIZE_MAX : 1U + seed * 7U; }
  MemorySource Source(std::uint8_t seed) {
    return MemorySource(*file_, Chunk(seed), plan_->knows_size());
  }

  Status RunTwice(std::uint8_t seed) {
    for (int start = 0;; ++start) {
      MemoryDownload source(*file_, "\"a\"", Chunk(seed));
      if (start == 0) source.BreakAt(plan_->break_at);
      UpdateOptions options = Options();
      options.resumable = &source;
      options.journal.bytes = 4096;
      Update update(device_.device(), source, options);
      const Status status = update.Run();
      if (start == 1 || status.ok()) return status;
    }
  }

  void RequireSound() {
    const Bytes now = device_.flash().bytes();
    Require(std::ranges::equal(now.first(0xC000), Bytes(before_).first(0xC000)),
            "nothing below otadata is touched");
    Require(std::ranges::equal(now.subspan(0x10000, kSlotSize),
                               Bytes(before_).subspan(0x10000, kSlotSize)),
            "the running slot is not touched");
    const auto view = ViewForBoot(device_.device(), NoObserver());
    Require(view.has_value(), "the table is whole");
    SlotProver prover(device_.device(), buffer_, NoObserver(), AskedBy::kBootloader);
    const BootDecision decision = Choose(*view, prover);
    Require(decision.boots.has_value(), "something boots");
    const Bytes slot = now.subspan(0x20000, kSlotSize);
    if (!status_.ok()) {
      Require(decision.selected == 0 && *decision.boots == 0, "after a refusal the old one boots");
      const Bytes head = slot.first(kImagePadding);
      Require(std::ranges::all_of(head, [](std::uint8_t byte) { return byte == 0xFF; }),
              "unproven bytes have no head");
      return;
    }
    Require(decision.selected == 1 && *decision.boots == 1, "what was taken boots");
    const auto plain = fuzz::ReadPlainImage(slot, Home().crypto);
    Require(plain.has_value() && plain->intact(),
            "what was taken is intact to a plain reading too");
    if (plan_->demands_signature()) {
      Require(plan_->signs() || plan_->encrypts(), "nobody signed this");
    }
    if (!plan_->encrypts() && file_->front() == kImageMagic) {
      Require(std::equal(file_->begin(),
                         file_->begin() + static_cast<std::ptrdiff_t>(plain->length), slot.begin()),
              "what was taken is what came");
    }
  }

  const Plan* plan_;
  const File* file_;
  FailingCrypto crypto_;
  TestDevice device_;
  File before_;
  File buffer_ = File(kMinimumUpdateBuffer);
  File proof_buffer_ = File(kMinimumJournalBuffer);
  Status status_{};
};

void Run(fuzz::Input input) {
  const Plan plan(input);
  if (input.rest().size() > 2 * kSlotSize) return;
  const File file = FileFrom(plan, input.rest());
  Trip trip(plan, file);
  trip.Run(plan.chunking);
  if (plan.fails() || plan.chunking == plan.other_chunking) return;
  Trip other(plan, file);
  other.Run(plan.other_chunking);
  Require(other.status() == trip.status(), "chunks change no status");
  if (trip.status().ok()) Require(other.Same(trip), "chunks change nothing in flash");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
