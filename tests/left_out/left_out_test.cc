// SPDX-License-Identifier: Apache-2.0
// A program that leaves out of the core all that can be (src/without): a plain image is
// installed all the same, and what would need the rest is refused, never passed over.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "updraft/download.h"
#include "updraft/fetch.h"
#include "updraft/update.h"

#include "ports/host/crypto_openssl.h"
#include "testing/memory_source.h"
#include "testing/recording_observer.h"
#include "testing/scripted_connection.h"
#include "testing/test_device.h"
#include "testing/test_image.h"

namespace updraft {
namespace {

using Image = std::vector<std::uint8_t>;

class LeftOut : public testing::Test {
 protected:
  explicit LeftOut(const TestLayout& layout = {}) : device_(crypto_, layout) {
    device_.Install("ota_0", TestImage{.version = "1.0.0"}.Build(crypto_));
    device_.SetRunning("ota_0");
    before_.assign(device_.flash().bytes().begin(), device_.flash().bytes().end());
    options_.url = "https://a/f";
    options_.workspace = workspace_;
  }

  static std::string Answer(const std::string& head, const Image& body) {
    return "HTTP/1.1 " + head + "\r\n\r\n" + std::string(body.begin(), body.end());
  }
  static std::string Whole(const Image& body) {
    return Answer("200 OK\r\nContent-Length: " + std::to_string(body.size()), body);
  }

  Status Open() {
    Fetch fetch(client_, options_, observer_);
    return fetch.Open();
  }
  UpdateOptions Options() {
    UpdateOptions options;
    options.buffer = buffer_;
    options.proof_buffer = proof_buffer_;
    return options;
  }
  Status Install(Source& source) {
    Update update(device_.device(), source, Options(), observer_);
    return update.Run();
  }
  bool untouched() { return std::ranges::equal(before_, device_.flash().bytes()); }

  OpensslCrypto crypto_;
  TestDevice device_;
  RecordingObserver observer_;
  ScriptedConnection connection_;
  std::vector<std::uint8_t> head_ = std::vector<std::uint8_t>(HttpClient::kMinBuffer);
  std::vector<std::uint8_t> workspace_ = std::vector<std::uint8_t>(1024);
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kMinimumUpdateBuffer);
  std::vector<std::uint8_t> proof_buffer_ = std::vector<std::uint8_t>(kMinimumJournalBuffer);
  HttpClient client_{connection_, head_};
  FetchOptions options_;
  Image before_;
  Image image_ = TestImage{.version = "2.0.0"}.Build(crypto_);
};

TEST_F(LeftOut, InstallsAPlainImageThatIsFetchedWhole) {
  connection_.Accept().Answer(Whole(image_));
  Fetch fetch(client_, options_, observer_);
  ASSERT_EQ(fetch.Open(), kOk);
  EXPECT_EQ(Install(fetch), kOk);
  const Partition slot = device_.Find("ota_1");
  const Bytes stored =
      Bytes(device_.flash().bytes()).subspan(static_cast<std::size_t>(slot.offset), image_.size());
  EXPECT_TRUE(std::ranges::equal(stored, image_));
}

TEST_F(LeftOut, RefusesARedirect) {
  connection_.Accept().Answer(Answer("302 Found\r\nLocation: /g\r\nContent-Length: 0", {}));
  EXPECT_EQ(Open(), Status(NetworkFailure::kRedirect));
  EXPECT_EQ(observer_.failed_reasons(), "redirect_refused");
}

TEST_F(LeftOut, SendsNothingWhenItIsGivenCredentials) {
  options_.user = "somebody";
  EXPECT_EQ(Open(), Status(Code::kUnsupported, Stage::kFetch));
  options_.user = {};
  options_.url = "https://u:p@a/f";
  EXPECT_EQ(Open(), Status(Code::kUnsupported, Stage::kFetch));
  options_.url = "https://a/f";
  options_.digest_only = true;
  EXPECT_EQ(Open(), Status(Code::kUnsupported, Stage::kFetch));
  EXPECT_TRUE(connection_.targets().empty());
}

TEST_F(LeftOut, ReportsAChallengeAsTheStatusThatItIs) {
  connection_.Accept().Answer(
      Answer("401 No\r\nWWW-Authenticate: Basic realm=a\r\nContent-Length: 0", {}));
  EXPECT_EQ(Open(), Status(Code::kHttpStatus, Stage::kFetch, 401));
}

TEST_F(LeftOut, SendsNothingWhenAPartIsAskedFor) {
  options_.range = FetchRange{0, 10};
  EXPECT_EQ(Open(), Status(Code::kUnsupported, Stage::kFetch));
  EXPECT_TRUE(connection_.sent().empty());
}

TEST_F(LeftOut, RefusesABodyInChunks) {
  connection_.Accept().Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0");
  Fetch fetch(client_, options_, observer_);
  ASSERT_EQ(fetch.Open(), kOk);
  std::vector<std::uint8_t> out(10);
  EXPECT_EQ(fetch.Read(out).error(), Status(NetworkFailure::kBadResponse));
}

TEST_F(LeftOut, TakesAnAddressOfIpv6ForNoUrl) {
  options_.url = "https://[::1]/f";
  EXPECT_EQ(Open(), Status(Code::kInvalidArgument, Stage::kFetch));
}

TEST_F(LeftOut, LooksAtNoRetryAfter) {
  connection_.Accept().Answer(Answer("503 No\r\nRetry-After: 9\r\nContent-Length: 0", {}));
  Fetch fetch(client_, options_, observer_);
  EXPECT_EQ(fetch.Open(), Status(Code::kHttpStatus, Stage::kFetch, 503));
  EXPECT_FALSE(fetch.retry_after().has_value());
}

TEST_F(LeftOut, RefusesAnEncryptedImageBeforeItWrites) {
  Image encrypted(4096, 0);
  encrypted[0] = kEncryptedFirstByte;
  MemorySource source(encrypted);
  EXPECT_EQ(Install(source), Status(Code::kUnsupported, Stage::kEncrypted));
  EXPECT_EQ(observer_.failed_reasons(), "bad_encrypted_magic");
  EXPECT_TRUE(untouched());
}

TEST_F(LeftOut, RefusesToUpdateADeviceThatDemandsSignatures) {
  device_.device().policy.signature = SignaturePolicy::kOnUpdate;
  MemorySource source(image_);
  EXPECT_EQ(Install(source), Status(Code::kUnsupported, Stage::kImage));
  EXPECT_EQ(observer_.failed_reasons(), "signature_untrusted");
  EXPECT_TRUE(untouched());
}

class LeftOutWithLog : public LeftOut {
 protected:
  LeftOutWithLog() : LeftOut({.log = true}) {}
};

TEST_F(LeftOutWithLog, BeginsAtTheFirstByteAndKeepsNoJournal) {
  connection_.Accept().Answer(Whole(image_));
  Retries retries(RetryPolicy{}, device_.system(), crypto_, observer_);
  DownloadOptions download_options;
  download_options.fetch = options_;
  Download download(client_, retries, download_options, observer_);
  UpdateOptions options = Options();
  options.resumable = &download;
  options.journal = {.bytes = 1, .milliseconds = 0};
  Update update(device_.device(), download, options, observer_);
  EXPECT_EQ(update.Run(), kOk);
  EXPECT_EQ(update.resumed_from(), 0U);
  const auto log = device_.Find("updraft");
  const Bytes bytes =
      Bytes(device_.flash().bytes())
          .subspan(static_cast<std::size_t>(log.offset), static_cast<std::size_t>(log.size));
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0xFF; }));
}

}  // namespace
}  // namespace updraft
