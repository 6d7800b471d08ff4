// SPDX-License-Identifier: Apache-2.0
// The proof of one image, whoever brings its bytes: structure, chip, checksum,
// appended SHA-256 and signature. SlotProof feeds it, from flash or a file.
#pragma once

#include "updraft/image.h"
#include "updraft/observer.h"
#include "updraft/port/crypto.h"
#include "updraft/status.h"

#include "src/image/image_parser.h"
#include "src/image/signature_proof.h"

namespace updraft {

class ImageProof {
 public:
  // All outlive the proof. `record`, which may be nullptr, is told what the image is, as
  // far as it was read.
  ImageProof(const ImageRules& rules, Crypto& crypto, SignatureRoom room, Observer& observer,
             ImageRecord* record = nullptr)
      : parser_(rules, observer, record),
        crypto_(&crypto),
        hash_(crypto),
        signature_(rules.signature, crypto, hash_, room),
        observer_(&observer) {}
  ImageProof(const ImageRules&&, Crypto&, SignatureRoom, Observer&, ImageRecord*) = delete;

  // Any chunking; what lies behind the image is ignored. The codes of judge.h,
  // kBadChecksum and kBadSignature.
  Status Write(Bytes data);
  // No more bytes will come: kTruncated unless the image was whole, kBadSignature
  // unless its signature was, where one is demanded.
  Status Finish();

  // A P-384 signature is over another hash than all else: Write() wants all
  // bytes once more. StartAgain() says that they come, from the first one on.
  bool wants_again() const { return pass_ == Pass::kBetween; }
  Status StartAgain();

  // The next byte is one of the signature sector.
  bool in_signature() const {
    const std::uint64_t at = pass_ == Pass::kSecond ? again_ : parser_.position();
    return demands_signature() && at >= parser_.signed_length();
  }

  // The SHA-256 of all bytes so far. kInvalidState when the image has ended.
  Status DigestSoFar(Sha256Digest& digest) const;

  // The image is whole and, unless only inspected, all of it is proven.
  bool complete() const { return pass_ == Pass::kDone; }
  const ImageRules& rules() const { return parser_.rules(); }

 private:
  enum class Pass : std::uint8_t { kFirst, kBetween, kSecond, kDone };

  bool demands_signature() const { return parser_.signed_length() != 0; }
  Status WriteFirst(Bytes data);
  Status WriteAgain(Bytes data);
  Status Take(const ImagePiece& piece);
  Status EndImage();
  Status JudgeDigests(const Sha256Digest& computed);
  Status StartSignature(HashKind kind);
  Status EndSignature();

  ImageParser parser_;
  Crypto* crypto_;
  Hash hash_;
  SignatureProof signature_;
  Observer* observer_;
  std::uint64_t again_ = 0;  // bytes of the second pass
  Pass pass_ = Pass::kFirst;
  bool image_judged_ = false;
  bool in_sector_ = false;  // the signature's, in the first pass: the hash is free
  bool intact_ = false;     // the appended hash is right, or there is none
  std::uint8_t checksum_ = kChecksumSeed;
};

}  // namespace updraft
