// SPDX-License-Identifier: Apache-2.0
// Signing against OpenSSL's own command line: what we sign it verifies, what it
// signs we take.
#include "ports/host/signer_openssl.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ports/host/crypto_openssl.h"
#include "testing/encryption_keys.h"
#include "testing/temporary_folder.h"

namespace updraft {
namespace {

using File = std::vector<std::uint8_t>;
using Existing = ImageSigning::Existing;
using Scheme = SignatureScheme;

constexpr std::array kSchemes{Scheme::kRsa3072, Scheme::kEcdsaP192, Scheme::kEcdsaP256,
                              Scheme::kEcdsaP384};

SignatureKey KeyFor(Scheme scheme) {
  auto key = scheme == Scheme::kRsa3072 ? SignatureKey::FromPem(AsBytes(kTestRsaKeyPem))
                                        : SignatureKey::Generate(scheme);
  EXPECT_TRUE(key.has_value());
  return std::move(*key);
}

SignatureBlock BlockOf(const File& file, std::size_t index) {
  const std::size_t at = file.size() - kSignatureSectorSize + index * kSignatureBlockSize;
  return SignatureBlock(
      std::span<const std::uint8_t, kSignatureBlockSize>(file.data() + at, kSignatureBlockSize));
}

class SignerTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) { return (folder_.path() / name).string(); }

  void Write(const std::string& name, Bytes bytes) {
    std::ofstream(Path(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  File Read(const std::string& name) {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  bool Openssl(const std::string& arguments) {
    const std::string command =
        "cd '" + folder_.path().string() + "' && openssl " + arguments + " >log 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  // openssl dgst with what the scheme wants, up to the key.
  static std::string Digest(Scheme scheme) {
    if (scheme == Scheme::kEcdsaP384) return "dgst -sha384 ";
    if (scheme != Scheme::kRsa3072) return "dgst -sha256 ";
    return "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 "
           "-sigopt rsa_mgf1_md:sha256 ";
  }

  // As openssl has signatures: RSA big-endian, ECDSA in DER.
  static File ForOpenssl(const SignatureBlock& block) {
    File signature(block.signature().begin(), block.signature().end());
    if (block.scheme() == Scheme::kRsa3072) {
      std::reverse(signature.begin(), signature.end());
      return signature;
    }
    const auto half = static_cast<std::ptrdiff_t>(signature.size() / 2);
    File body;
    for (int i = 0; i < 2; ++i) {
      File number(signature.begin() + i * half, signature.begin() + (i + 1) * half);
      while (number.size() > 1 && number.back() == 0) number.pop_back();
      if (number.back() >= 0x80) number.push_back(0);
      body.push_back(0x02);
      body.push_back(static_cast<std::uint8_t>(number.size()));
      body.insert(body.end(), number.rbegin(), number.rend());
    }
    File der{0x30, static_cast<std::uint8_t>(body.size())};
    der.insert(der.end(), body.begin(), body.end());
    return der;
  }

  ImageSigning Open(const File& file, Existing existing = Existing::kRefuse) {
    auto signing = ImageSigning::Open(file, existing, crypto_);
    EXPECT_TRUE(signing.has_value());
    return std::move(*signing);
  }

  TemporaryFolder folder_;
  OpensslCrypto crypto_;
  File data_ = File(5000, 0x42);
};

TEST_F(SignerTest, SignsWhatOpensslVerifies) {
  for (const Scheme scheme : kSchemes) {
    SCOPED_TRACE(SignatureSchemeName(scheme));
    const SignatureKey key = KeyFor(scheme);
    ImageSigning signing = Open(data_);
    ASSERT_TRUE(signing.Add(key).ok());
    const File file = signing.Finish();
    Write("message", signing.message());
    Write("key.pub", AsBytes(key.PublicPem()));
    Write("signature", ForOpenssl(BlockOf(file, 0)));
    EXPECT_TRUE(Openssl(Digest(scheme) + "-verify key.pub -signature signature message"));
    File other = file;
    other.resize(signing.message().size());
    other[10] ^= 1;
    Write("message", other);
    EXPECT_FALSE(Openssl(Digest(scheme) + "-verify key.pub -signature signature message"));
  }
}

TEST_F(SignerTest, TakesWhatOpensslSigned) {
  for (const Scheme scheme : kSchemes) {
    SCOPED_TRACE(SignatureSchemeName(scheme));
    const SignatureKey key = KeyFor(scheme);
    ImageSigning signing = Open(data_);
    Write("message", signing.message());
    Write("key.pem", AsBytes(key.PrivatePem()));
    ASSERT_TRUE(Openssl(Digest(scheme) + "-sign key.pem -out signature message"));
    const auto public_key = SignatureKey::FromPem(AsBytes(key.PublicPem()));
    ASSERT_TRUE(public_key.has_value());
    EXPECT_FALSE(public_key->is_private());
    File signature = Read("signature");
    EXPECT_TRUE(signing.Add(*public_key, signature).ok());
    EXPECT_EQ(signing.Add(*public_key).code(), Code::kInvalidState);
    if (scheme != Scheme::kRsa3072) {
      const auto pair = public_key->Import(signature);
      ASSERT_TRUE(pair.has_value());
      EXPECT_EQ(pair->size(), SignatureSize(scheme));
      EXPECT_TRUE(signing.Add(*public_key, *pair).ok()) << "r and s as they are";
    }
    signature.back() ^= 1;
    EXPECT_EQ(signing.Add(*public_key, signature).code(), Code::kBadSignature);
    signature.pop_back();
    EXPECT_EQ(signing.Add(*public_key, signature).code(), Code::kBadFormat);
    EXPECT_EQ(signing.Add(*public_key, {}).code(), Code::kBadFormat);
  }
}

TEST_F(SignerTest, PadsToASectorAndFillsItWithOnes) {
  for (const std::size_t size : {1U, 4095U, 4096U, 4097U, 8192U}) {
    ImageSigning signing = Open(File(size, 7));
    ASSERT_TRUE(signing.Add(KeyFor(Scheme::kEcdsaP256)).ok());
    const File file = signing.Finish();
    const std::size_t padded = (size + 4095) / 4096 * 4096;
    ASSERT_EQ(file.size(), padded + 4096);
    const auto is_one = [](std::uint8_t byte) { return byte == 0xFF; };
    EXPECT_TRUE(std::all_of(file.begin() + static_cast<std::ptrdiff_t>(size),
                            file.begin() + static_cast<std::ptrdiff_t>(padded), is_one));
    EXPECT_TRUE(
        std::all_of(file.begin() + static_cast<std::ptrdiff_t>(padded + 1216), file.end(), is_one));
    EXPECT_TRUE(BlockOf(file, 0).well_formed());
  }
  EXPECT_EQ(ImageSigning::Open({}, Existing::kRefuse, crypto_).error().code(),
            Code::kInvalidArgument);
}

TEST_F(SignerTest, AppendsUpToThreeBlocksAndNoFourth) {
  const SignatureKey key = KeyFor(Scheme::kEcdsaP256);
  const SignatureKey p384 = KeyFor(Scheme::kEcdsaP384);
  File file = data_;
  for (std::size_t count = 1; count <= 3; ++count) {
    ImageSigning signing = Open(file, Existing::kKeep);
    EXPECT_EQ(signing.blocks(), count - 1);
    ASSERT_TRUE(signing.Add(count == 2 ? p384 : key).ok());
    file = signing.Finish();
    EXPECT_EQ(file.size(), 8192U + 4096);
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(BlockOf(file, i).well_formed());
  }
  ImageSigning full = Open(file, Existing::kKeep);
  EXPECT_EQ(full.blocks(), 3U);
  EXPECT_EQ(full.Add(key).code(), Code::kNoSpace);
  EXPECT_EQ(full.Finish(), file);
}

TEST_F(SignerTest, RefusesOrReplacesSignaturesThatAreThere) {
  const SignatureKey key = KeyFor(Scheme::kEcdsaP256);
  ImageSigning first = Open(data_);
  ASSERT_TRUE(first.Add(key).ok());
  const File file = first.Finish();
  EXPECT_EQ(ImageSigning::Open(file, Existing::kRefuse, crypto_).error().code(),
            Code::kInvalidState);
  ImageSigning anew = Open(file, Existing::kReplace);
  EXPECT_EQ(anew.blocks(), 0U);
  EXPECT_TRUE(std::equal(anew.message().begin(), anew.message().end(), first.message().begin(),
                         first.message().end()));
  File changed = file;
  changed[100] ^= 1;
  EXPECT_EQ(ImageSigning::Open(changed, Existing::kKeep, crypto_).error().code(),
            Code::kBadSignature);
  EXPECT_TRUE(ImageSigning::Open(changed, Existing::kReplace, crypto_).has_value());
}

TEST_F(SignerTest, ReadsTheKeysThatOpensslWrites) {
  ASSERT_TRUE(Openssl("ecparam -name prime256v1 -genkey -out sec1.pem"));
  ASSERT_TRUE(Openssl("pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem"));
  ASSERT_TRUE(Openssl("ec -in sec1.pem -pubout -out public.pem"));
  Write("rsa.pem", AsBytes(kTestRsaKeyPem));
  ASSERT_TRUE(Openssl("rsa -in rsa.pem -traditional -out pkcs1.pem"));
  ASSERT_TRUE(Openssl("rsa -in rsa.pem -RSAPublicKey_out -out pkcs1.pub"));
  const auto key = [&](const std::string& name) { return SignatureKey::FromPem(Read(name)); };
  for (const std::string name : {"sec1.pem", "pkcs8.pem", "public.pem"}) {
    ASSERT_TRUE(key(name).has_value()) << name;
    EXPECT_EQ(key(name)->scheme(), Scheme::kEcdsaP256);
    EXPECT_EQ(key(name)->is_private(), name != "public.pem");
    EXPECT_TRUE(std::ranges::equal(key(name)->block_key(), key("sec1.pem")->block_key()));
  }
  for (const std::string name : {"pkcs1.pem", "pkcs1.pub"}) {
    ASSERT_TRUE(key(name).has_value()) << name;
    EXPECT_EQ(key(name)->scheme(), Scheme::kRsa3072);
    EXPECT_EQ(key(name)->is_private(), name == "pkcs1.pem");
  }
}

TEST_F(SignerTest, RefusesWhatIsNoKeyForImages) {
  const auto code = [&](const std::string& name) {
    return SignatureKey::FromPem(Read(name)).error().code();
  };
  Write("text.pem", AsBytes("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n"));
  EXPECT_EQ(code("text.pem"), Code::kBadFormat);
  Write("empty.pem", {});
  EXPECT_EQ(code("empty.pem"), Code::kBadFormat);
  ASSERT_TRUE(Openssl("genrsa -out small.pem 2048"));
  EXPECT_EQ(code("small.pem"), Code::kUnsupported);
  ASSERT_TRUE(Openssl("ecparam -name secp256k1 -genkey -noout -out curve.pem"));
  EXPECT_EQ(code("curve.pem"), Code::kUnsupported);
  ASSERT_TRUE(Openssl("genpkey -algorithm ed25519 -out edwards.pem"));
  EXPECT_EQ(code("edwards.pem"), Code::kUnsupported);
  ASSERT_TRUE(
      Openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 "
              "-pass pass:secret -out locked.pem"));
  EXPECT_EQ(code("locked.pem"), Code::kBadFormat) << "and nobody is asked for the passphrase";
}

TEST_F(SignerTest, VerifiesWithNoOtherSaltAndNoOtherPadding) {
  const SignatureKey key = KeyFor(Scheme::kRsa3072);
  ImageSigning signing = Open(data_);
  Write("message", signing.message());
  Write("key.pem", AsBytes(key.PrivatePem()));
  for (const std::string options :
       {"-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20",
        "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:0",
        "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha1",
        "-sigopt rsa_padding_mode:pkcs1"}) {
    ASSERT_TRUE(Openssl("dgst -sha256 " + options + " -sign key.pem -out signature message"));
    EXPECT_EQ(signing.Add(key, Read("signature")).code(), Code::kBadSignature) << options;
  }
}

TEST(OpensslCrypto, RefusesLengthsThatDoNotFitTheScheme) {
  OpensslCrypto crypto;
  const File rsa(384, 0xAB);
  const File digest(32);
  EXPECT_EQ(crypto.VerifyRsaPss(Bytes(rsa).first(383), 65537, digest, rsa).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(crypto.VerifyRsaPss(rsa, 65537, Bytes(digest).first(31), rsa).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(crypto.VerifyRsaPss(rsa, 65537, digest, Bytes(rsa).first(1)).code(),
            Code::kInvalidArgument);
  const File pair(64);
  EXPECT_EQ(crypto.VerifyEcdsa(SignatureCurve::kP256, Bytes(pair).first(63), digest, pair).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(crypto.VerifyEcdsa(SignatureCurve::kP384, pair, digest, pair).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(crypto.VerifyEcdsa(SignatureCurve::kP256, pair, digest, pair).code(),
            Code::kBadSignature);
}

}  // namespace
}  // namespace updraft
