// SPDX-License-Identifier: Apache-2.0
// esp_https_ota.h against a real server: what Espressif's tests check (conformance A),
// the order of events, and every refusal.
#include <gmock/gmock.h>

#include "tests/facade/https_ota_facade.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(HttpsOtaFacade, UpdatesInOneCall) {
  ASSERT_EQ(esp_https_ota(&config_), ESP_OK);
  EXPECT_EQ(BootLabel(), "ota_0");
  EXPECT_EQ(Boot(), "ota_0");
  EXPECT_STREQ(esp_app_get_description()->version, "2.0.0");
}

TEST_F(HttpsOtaFacade, A20TellsOfEachStepInEspIdfsOrder) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), -1);
  EXPECT_EQ(esp_https_ota_get_image_size(handle), static_cast<int>(size_));
  EXPECT_EQ(esp_https_ota_get_status_code(handle), 200);
  esp_app_desc_t description{};
  ASSERT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_OK);
  EXPECT_STREQ(description.version, "2.0.0");
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), -1);
  ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), 1024);
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_TRUE(esp_https_ota_is_complete_data_received(handle));
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), static_cast<int>(size_));
  ASSERT_EQ(esp_https_ota_finish(handle), ESP_OK);
  while (!ended_) vTaskDelay(1);
  EXPECT_THAT(Events(), ElementsAre("start", "connected", "describe", "chip 5", "revision", "write",
                                    "select 16", "finish"));
  EXPECT_EQ(writes_.front(), 1024);
  EXPECT_EQ(writes_.back(), static_cast<int>(size_));
}

TEST_F(HttpsOtaFacade, GivesTheDescriptionAgainFromTheBufferedHeader) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 3; ++i) {
    esp_app_desc_t description{};
    ASSERT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_OK);
    EXPECT_STREQ(description.version, "2.0.0");
  }
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
}

TEST_F(HttpsOtaFacade, WritesNoMoreThanABootloadersDescriptionWhereOneIsAskedFor) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  struct {
    esp_bootloader_desc_t description;
    std::uint8_t behind[200];
  } room{};
  ASSERT_EQ(esp_https_ota_get_bootloader_img_desc(handle, &room.description), ESP_OK);
  EXPECT_THAT(room.behind, testing::Each(0));
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
}

TEST_F(HttpsOtaFacade, A5RefusesATruncatedImage) {
  auto image = MakeImage("2.0.0");
  image.resize(8000);
  Serve("cut.bin", image);
  EXPECT_EQ(Update(), ESP_ERR_OTA_VALIDATE_FAILED);
  EXPECT_EQ(BootLabel(), "factory");
}

TEST_F(HttpsOtaFacade, A6RefusesAFileThatHoldsNoWholeHeader) {
  auto image = MakeImage("2.0.0");
  image.resize(180);
  Serve("cut.bin", image);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  esp_app_desc_t description{};
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_FAIL);
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
  EXPECT_EQ(Update(), ESP_FAIL);
}

TEST_F(HttpsOtaFacade, A7RefusesWhatIsNoImage) {
  Serve("random.bin", std::vector<std::uint8_t>(32000, 0));
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  esp_app_desc_t description{};
  testing::internal::CaptureStdout();
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_FAIL);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("esp_https_ota: Incorrect app descriptor magic"));
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
}

TEST_F(HttpsOtaFacade, A8RefusesAnImageForAnotherChip) {
  auto image = MakeImage("2.0.0");
  image[13] = 0xFE;
  Serve("other.bin", image);
  testing::internal::CaptureStdout();
  EXPECT_EQ(Update(), ESP_ERR_INVALID_VERSION);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("boot_comm: mismatch chip ID, expected 5, found 65029"));
  while (!ended_) vTaskDelay(1);
  EXPECT_THAT(Events(), ElementsAre("start", "connected", "chip 65029", "revision", "abort"));
}

TEST_F(HttpsOtaFacade, A9TakesABodyWithoutALength) {
  for (const Fault fault : {Fault::kNoContentLength, Fault::kChunked}) {
    FaultRule rule;
    rule.fault = fault;
    Play(rule);
    esp_https_ota_handle_t handle = nullptr;
    ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
    EXPECT_EQ(esp_https_ota_get_image_size(handle), -1);
    ASSERT_EQ(PerformAll(handle), ESP_OK);
    EXPECT_TRUE(esp_https_ota_is_complete_data_received(handle));
    EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
  }
}

TEST_F(HttpsOtaFacade, A10FollowsRedirectsToOtherServers) {
  FileServerOptions options;
  options.root = folder_.path();
  options.identity = {};
  FileServer middle(options);
  ASSERT_TRUE(middle.Start().ok());
  const std::string both = pem_ + middle.ca_pem();
  FaultRule first;
  first.fault = Fault::kRedirect;
  first.status = 301;
  first.path = "/old.bin";
  first.to = middle.url() + "old.bin";
  Play(first);
  FaultRule second = first;
  second.to = url_;
  ASSERT_TRUE(middle.SetScript({.rules = {second}}).ok());
  const std::string old = server_->url() + "old.bin";
  http_.url = old.c_str();
  http_.cert_pem = both.c_str();
  http_.disable_auto_redirect = true;  // which has no say here
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaFacade, EndsARedirectLoop) {
  FaultRule rule;
  rule.fault = Fault::kRedirectLoop;
  Play(rule);
  EXPECT_EQ(Update(), ESP_ERR_HTTP_MAX_REDIRECT);
}

TEST_F(HttpsOtaFacade, DoesNotGoFromHttpsToHttp) {
  FaultRule rule;
  rule.fault = Fault::kRedirectToHttp;
  Play(rule);
  EXPECT_EQ(Update(), ESP_ERR_HTTP_REDIRECT_DOWNGRADE);
}

TEST_F(HttpsOtaFacade, A15IgnoresWhatFollowsTheImage) {
  auto image = MakeImage("2.0.0");
  image.resize((image.size() / 289 + 1) * 289, 0x5A);
  Serve("padded.bin", image);
  FaultRule rule;
  rule.fault = Fault::kNoContentLength;
  Play(rule);
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaFacade, A16AndA17RefuseAnotherRevision) {
  TestImage newer;
  newer.minimum_revision = 5;
  TestImage older;
  older.maximum_revision = 3;
  for (TestImage made : {newer, older}) {
    Serve("revision.bin", made.WithRamSegment(9000).Build(crypto_));
    testing::internal::CaptureStdout();
    EXPECT_EQ(Update(), ESP_ERR_INVALID_VERSION);
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                AllOf(HasSubstr("Starting OTA..."), HasSubstr("chip revision check failed.")));
  }
}

TEST_F(HttpsOtaFacade, A19TakesAnOddBuffer) {
  http_.buffer_size = 2047;
  EXPECT_EQ(Update(), ESP_OK);
}

// The server's answers, one per status.
TEST_F(HttpsOtaFacade, TellsEachAnswerAsEspIdfDoes) {
  struct Case {
    std::uint64_t status;
    esp_err_t error;
    const char* words;
  };
  for (const auto& [status, error, words] :
       {Case{304, ESP_ERR_HTTP_NOT_MODIFIED, "OTA image not modified since last request"},
        Case{416, ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE, "Failed to establish HTTP connection"},
        Case{404, ESP_FAIL, "File not found(404)"}, Case{403, ESP_FAIL, "File not found(403)"},
        Case{410, ESP_FAIL, "Client error (410)"}, Case{503, ESP_FAIL, "Server error (503)"}}) {
    FaultRule rule;
    rule.fault = Fault::kStatus;
    rule.status = status;
    Play(rule);
    esp_https_ota_handle_t handle = &rule;
    testing::internal::CaptureStdout();
    EXPECT_EQ(esp_https_ota_begin(&config_, &handle), error) << status;
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr(words));
    EXPECT_EQ(handle, nullptr);
  }
}

TEST_F(HttpsOtaFacade, AuthenticatesItself) {
  FaultRule rule;
  rule.fault = Fault::kAuthenticate;
  Play(rule);
  EXPECT_EQ(Update(), ESP_FAIL) << "nobody was named";
  http_.username = "user";
  http_.password = "password";
  EXPECT_EQ(Update(), ESP_OK);
  http_.max_authorization_retries = -1;
  EXPECT_EQ(Update(), ESP_FAIL);
}

TEST_F(HttpsOtaFacade, PostsWhatTheProgramSets) {
  const auto image = MakeImage("2.0.0");
  const HttpPeer peer(OkAnswer(std::string(image.begin(), image.end())));
  const std::string url = peer.url();
  http_ = {.url = url.c_str(), .method = HTTP_METHOD_POST, .crt_bundle_attach = [](void*) {
             return ESP_OK;
           }};
  config_.http_client_init_cb = [](esp_http_client_handle_t client) {
    return esp_http_client_set_post_field(client, "{\"device\":7}", 12);
  };
  EXPECT_EQ(Update(), ESP_OK) << "any function is a bundle, and plain http needs none";
  EXPECT_THAT(peer.requests(), ElementsAre(AllOf(testing::StartsWith("POST "),
                                                 testing::EndsWith("{\"device\":7}"))));
}

TEST_F(HttpsOtaFacade, EndsWithTheErrorOfTheProgramsOwnSetUp) {
  config_.http_client_init_cb = [](esp_http_client_handle_t) { return ESP_ERR_NO_MEM; };
  EXPECT_EQ(Update(), ESP_ERR_NO_MEM);
  while (told_ == 0) vTaskDelay(1);
  EXPECT_THAT(Events(), ElementsAre("start"));
}

TEST_F(HttpsOtaFacade, RefusesToBeginWithoutVerificationOfTheServer) {
  http_.cert_pem = nullptr;
  testing::internal::CaptureStdout();
  EXPECT_EQ(Update(), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              HasSubstr("No option for server verification is enabled in esp_http_client config."));
}

TEST_F(HttpsOtaFacade, RefusesNullAndWhatItCannotDo) {
  esp_https_ota_handle_t handle = this;
  EXPECT_EQ(esp_https_ota_begin(nullptr, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(handle, nullptr);
  EXPECT_EQ(esp_https_ota_begin(&config_, nullptr), ESP_ERR_INVALID_ARG);
  const esp_https_ota_config_t empty{};
  EXPECT_EQ(esp_https_ota_begin(&empty, &handle), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_https_ota(nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_https_ota(&empty), ESP_ERR_INVALID_ARG);
  config_.ota_resumption = true;
  EXPECT_EQ(esp_https_ota(&config_), ESP_ERR_NOT_SUPPORTED);
  config_.decrypt_cb = [](decrypt_cb_arg_t*, void*) { return ESP_OK; };
  EXPECT_EQ(esp_https_ota_begin(&config_, &handle), ESP_ERR_NOT_SUPPORTED);
  config_ = {.http_config = &http_};
  http_.is_async = true;
  EXPECT_NE(esp_https_ota_begin(&config_, &handle), ESP_OK);
  EXPECT_EQ(handle, nullptr);
}

TEST_F(HttpsOtaFacade, IsAnErrorWhereThereIsNoUpdate) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(esp_https_ota_abort(handle), ESP_OK);
  esp_app_desc_t description{};
  for (esp_https_ota_handle_t none : {esp_https_ota_handle_t{nullptr}, handle}) {
    EXPECT_EQ(esp_https_ota_abort(none), ESP_ERR_INVALID_ARG) << "abort twice";
    EXPECT_EQ(esp_https_ota_finish(none), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_https_ota_perform(none), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_https_ota_get_img_desc(none, &description), ESP_ERR_INVALID_ARG);
    EXPECT_FALSE(esp_https_ota_is_complete_data_received(none));
    EXPECT_EQ(esp_https_ota_get_image_len_read(none), -1);
    EXPECT_EQ(esp_https_ota_get_image_size(none), -1);
    EXPECT_EQ(esp_https_ota_get_status_code(none), -1);
  }
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, nullptr), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK) << "nothing was begun yet";
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_ERR_INVALID_ARG) << "abort after finish";
}

TEST_F(HttpsOtaFacade, FinishesAnIncompleteUpdateWithoutSelectingIt) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_ERR_OTA_VALIDATE_FAILED);
  EXPECT_EQ(BootLabel(), "factory");
}

TEST_F(HttpsOtaFacade, NeedsNothingOfTheConfigurationAfterBegin) {
  auto http = std::make_unique<esp_http_client_config_t>(http_);
  auto url = std::make_unique<std::string>(url_);
  auto pem = std::make_unique<std::string>(pem_);
  http->url = url->c_str();
  http->cert_pem = pem->c_str();
  auto config = std::make_unique<esp_https_ota_config_t>();
  config->http_config = http.get();
  config->partial_http_download = true;
  config->max_http_request_size = 4096;
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(config.get(), &handle), ESP_OK);
  url->assign(url->size(), 'x');
  pem->assign(pem->size(), 'x');
  url.reset();
  pem.reset();
  http.reset();
  config.reset();
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
}

TEST_F(HttpsOtaFacade, AnswersQueriesWhileAnotherTaskEndsIt) {
  for (int round = 0; round < 5; ++round) {
    esp_https_ota_handle_t handle = nullptr;
    ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
    std::atomic<bool> stop{false};
    std::thread asker([&] {
      while (!stop) {
        EXPECT_GE(esp_https_ota_get_image_len_read(handle), -1);
        EXPECT_GE(esp_https_ota_get_image_size(handle), -1);
        static_cast<void>(esp_https_ota_is_complete_data_received(handle));
        EXPECT_GE(esp_https_ota_get_status_code(handle), -1);
      }
    });
    EXPECT_EQ(PerformAll(handle), ESP_OK);
    EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
    stop = true;
    asker.join();
  }
}

TEST_F(HttpsOtaFacade, TellsAConnectionThatBreaks) {
  FaultRule rule;
  rule.fault = Fault::kTruncate;
  rule.at = 5000;
  Play(rule);
  EXPECT_EQ(Update(), ESP_FAIL);
  EXPECT_EQ(BootLabel(), "factory");
  ASSERT_TRUE(server_->SetScript({}).ok());
  EXPECT_EQ(Update(), ESP_OK) << "the next attempt succeeds";
}

TEST_F(HttpsOtaFacade, LetsTheProgramDecideHowLongToWait) {
  FaultRule rule;
  rule.fault = Fault::kStall;
  rule.at = 5000;
  Play(rule);
  http_.timeout_ms = 50;
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  }
  EXPECT_FALSE(esp_https_ota_is_complete_data_received(handle));
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
}

}  // namespace
}  // namespace updraft
