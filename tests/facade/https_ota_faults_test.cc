// SPDX-License-Identifier: Apache-2.0
// esp_https_ota.h where the server, the flash or the memory fails, and calls in an
// order that is none: which error comes, what is told, what the flash holds.
#include <esp_heap_caps.h>
#include <gmock/gmock.h>

#include <cerrno>

#include "testing/faulty_flash.h"
#include "tests/facade/captured_log.h"
#include "tests/facade/https_ota_facade.h"

namespace updraft {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class HttpsOtaFaults : public HttpsOtaFacade {
 protected:
  // http from a peer, verified by nobody, which any bundle function allows.
  void UseFrom(const HttpPeer& peer) {
    url_ = peer.url();
    http_ = {.url = url_.c_str(), .crt_bundle_attach = [](void*) { return ESP_OK; }};
  }
  std::string Image() const { return {new_image_.begin(), new_image_.end()}; }
  std::vector<std::string> EventsOfAll() {
    while (!ended_) vTaskDelay(1);
    return Events();
  }

  const std::vector<std::uint8_t> new_image_ = MakeImage("2.0.0");
};

// begin or perform fails, nothing is selected, and the next update succeeds.
TEST_F(HttpsOtaFaults, EndsEachFaultOfAServerWithAnErrorAndUpdatesAfterwards) {
  struct Case {
    Fault fault;
    std::optional<std::uint64_t> at;
    std::optional<std::int64_t> add;
    esp_err_t error;
  };
  for (const auto& [fault, at, add, error] :
       {Case{Fault::kReset, 5000, {}, ESP_FAIL}, Case{Fault::kReset, 100, {}, ESP_FAIL},
        Case{Fault::kTruncate, 5000, {}, ESP_FAIL}, Case{Fault::kTruncate, 0, {}, ESP_FAIL},
        Case{Fault::kNoCloseNotify, 5000, {}, ESP_FAIL}, Case{Fault::kGarbage, 5000, {}, ESP_FAIL},
        Case{Fault::kBadChunk, 5000, {}, ESP_FAIL}, Case{Fault::kContentLength, {}, 100, ESP_FAIL},
        Case{Fault::kContentLength, {}, -100, ESP_ERR_OTA_VALIDATE_FAILED},
        Case{Fault::kTwoContentLengths, {}, 1, ESP_FAIL},
        Case{Fault::kHugeHeader, {}, {}, ESP_FAIL}, Case{Fault::kStatusLine, {}, {}, ESP_FAIL},
        Case{Fault::kNulInHeader, {}, {}, ESP_FAIL}, Case{Fault::kEndlessHeader, {}, {}, ESP_FAIL},
        Case{Fault::kEndlessBody, {}, {}, ESP_ERR_INVALID_SIZE}}) {
    FaultRule rule;
    rule.fault = fault;
    rule.at = at;
    rule.add = add;
    Play(rule);
    EXPECT_EQ(Update(), error) << FaultName(fault) << " " << at.value_or(0);
    EXPECT_EQ(BootLabel(), "factory") << FaultName(fault);
  }
  ASSERT_TRUE(server_->SetScript({}).ok());
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaFaults, SaysInBeginThatAServerIsSilent) {
  const HttpPeer silent("");
  UseFrom(silent);
  http_.timeout_ms = 20;
  esp_https_ota_handle_t handle = this;
  EXPECT_EQ(esp_https_ota_begin(&config_, &handle), -ESP_ERR_HTTP_EAGAIN);
  EXPECT_EQ(handle, nullptr);
}

TEST_F(HttpsOtaFaults, TellsAConnectionThatBreaksInALog) {
  const HttpPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + Image().substr(0, 2000),
                      true);
  UseFrom(peer);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), 2000);
  const CapturedLog log;
  EXPECT_EQ(esp_https_ota_perform(handle), ESP_FAIL);
  EXPECT_TRUE(CapturedLog::Tells({"data read -1, errno " + std::to_string(ENOTCONN)}));
  EXPECT_EQ(esp_https_ota_perform(handle), ESP_FAIL) << "and so it stays";
  EXPECT_FALSE(esp_https_ota_is_complete_data_received(handle));
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
  EXPECT_THAT(EventsOfAll(),
              ElementsAre("start", "connected", "chip 5", "revision", "write", "abort"));
}

TEST_F(HttpsOtaFaults, RefusesAnImageThatThePartitionDoesNotHold) {
  TestImage large;
  large.version = "2.0.0";
  Serve("large.bin", large.WithRamSegment(0x20000).Build(crypto_));
  EXPECT_EQ(Update(), ESP_ERR_INVALID_SIZE) << "when it is full";
  config_.bulk_flash_erase = true;
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 2; ++i) {
    const CapturedLog log;
    EXPECT_EQ(esp_https_ota_perform(handle), ESP_ERR_INVALID_SIZE) << "before anything is erased";
    EXPECT_TRUE(CapturedLog::Tells({"esp_ota_begin failed (ESP_ERR_INVALID_SIZE)"}));
  }
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), -1) << "nothing was begun";
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
  EXPECT_EQ(BootLabel(), "factory");
  Serve("new.bin", new_image_);
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaFaults, LetsOnlyOneWriteASlot) {
  esp_https_ota_handle_t first = nullptr;
  esp_https_ota_handle_t second = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &first), ESP_OK);
  ASSERT_EQ(esp_https_ota_begin(&config_, &second), ESP_OK);
  ASSERT_EQ(esp_https_ota_perform(first), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_perform(second), ESP_ERR_OTA_ALREADY_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_abort(second), ESP_OK);
  EXPECT_EQ(PerformAll(first), ESP_OK);
  EXPECT_EQ(esp_https_ota_finish(first), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

// A flash that refuses one operation: the piece is lost, so is the update.
TEST_F(HttpsOtaFaults, LosesAnUpdateWhoseFlashFailsAndNothingElse) {
  FaultyFlash flash(test_device_.flash());
  test_device_.device().flash = &flash;
  Bind();
  for (std::uint64_t operation = 1;; operation += 3) {
    flash.Arm({.operation = operation, .fault = FaultyFlash::Fault::kFail});
    esp_https_ota_handle_t handle = nullptr;
    ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
    esp_err_t error = PerformAll(handle);
    if (error == ESP_OK) {
      flash.Arm({.operation = 0});
      ASSERT_EQ(esp_https_ota_abort(handle), ESP_OK);
      ASSERT_GT(operation, 9U);
      break;
    }
    EXPECT_NE(error, ESP_ERR_HTTPS_OTA_IN_PROGRESS);
    if (esp_https_ota_get_image_len_read(handle) >= 0) {
      const int written = esp_https_ota_get_image_len_read(handle);
      EXPECT_EQ(esp_https_ota_perform(handle), error) << "nothing is written behind a gap";
      EXPECT_EQ(esp_https_ota_get_image_len_read(handle), written);
    }
    esp_err_t ended = ESP_OK;
    if (operation % 2 == 0) {
      ended = esp_https_ota_finish(handle);
      EXPECT_EQ(esp_https_ota_perform(handle), ESP_ERR_INVALID_ARG);
    } else {
      EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
    }
    EXPECT_EQ(BootLabel(), "factory") << operation << " " << ended;
  }
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_EQ(Boot(), "ota_0");
}

TEST_F(HttpsOtaFaults, FinishesWithTheErrorOfAFlashThatTakesNoSelection) {
  FaultyFlash flash(test_device_.flash());
  test_device_.device().flash = &flash;
  Bind();
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  flash.Arm({.operation = 1, .fault = FaultyFlash::Fault::kFail, .times = 100});
  {
    const CapturedLog log;
    EXPECT_NE(esp_https_ota_finish(handle), ESP_OK);
  }
  flash.Arm({.operation = 0});
  EXPECT_EQ(BootLabel(), "factory");
  EXPECT_EQ(Boot(), "factory");
  EXPECT_THAT(EventsOfAll(), AllOf(Contains("finish"), Not(Contains("select 16"))));
}

TEST_F(HttpsOtaFaults, SaysThatThereIsNoMemory) {
  config_.buffer_caps = MALLOC_CAP_INVALID;
  esp_https_ota_handle_t handle = this;
  const CapturedLog log;
  EXPECT_EQ(esp_https_ota_begin(&config_, &handle), ESP_ERR_NO_MEM);
  EXPECT_EQ(handle, nullptr);
  EXPECT_TRUE(CapturedLog::Tells({"Couldn't allocate memory to upgrade data buffer"}));
}

TEST_F(HttpsOtaFaults, UpdatesWithoutAnEventLoopAndSaysSo) {
  ASSERT_EQ(esp_event_loop_delete_default(), ESP_OK);
  {
    const CapturedLog log;
    EXPECT_EQ(Update(), ESP_OK);
    EXPECT_TRUE(CapturedLog::Tells({"Failed to post https_ota event: ESP_HTTPS_OTA_START",
                                    "Failed to post https_ota event: ESP_HTTPS_OTA_FINISH"}));
  }
  ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
}

TEST_F(HttpsOtaFaults, PerformsNothingBehindTheEnd) {
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  ASSERT_EQ(PerformAll(handle), ESP_OK);
  {
    const CapturedLog log;
    EXPECT_EQ(esp_https_ota_perform(handle), ESP_FAIL);
    EXPECT_TRUE(CapturedLog::Tells({"Invalid ESP HTTPS OTA State"}));
  }
  esp_app_desc_t description{};
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_OK) << "out of the flash";
  EXPECT_STREQ(description.version, "2.0.0");
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_OK);
}

// Wrong chip: the error is the same as often as it is asked for; nothing is written.
TEST_F(HttpsOtaFaults, WritesNothingOfAnImageThatIsRefused) {
  auto image = new_image_;
  image[13] = 0xFE;
  Serve("other.bin", image);
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(esp_https_ota_perform(handle), ESP_ERR_INVALID_VERSION);
  EXPECT_EQ(esp_https_ota_get_image_len_read(handle), 0);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_ERR_INVALID_ARG) << "esp_ota_end with nothing";
  std::uint8_t byte = 0;
  ASSERT_EQ(esp_partition_read(Find("ota_0"), 0, &byte, 1), ESP_OK);
  EXPECT_EQ(byte, 0xFF);
  EXPECT_THAT(EventsOfAll(), Not(Contains("write")));
}

TEST_F(HttpsOtaFaults, StaysFailedWhereTheHeaderDidNotCome) {
  Serve("short.bin", {new_image_.begin(), new_image_.begin() + 500});
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(esp_https_ota_perform(handle), ESP_FAIL) << i;
  EXPECT_NE(esp_https_ota_finish(handle), ESP_OK);
}

TEST_F(HttpsOtaFaults, KnowsAnEmptyFileFromOneWithoutALength) {
  Serve("empty.bin", {});
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  EXPECT_EQ(esp_https_ota_get_image_size(handle), 0);
  EXPECT_EQ(esp_https_ota_perform(handle), ESP_FAIL);
  EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
}

// An empty file has no first byte: that is no failed resumption.
TEST_F(HttpsOtaFaults, GoesNotBackToTheBeginWhereTheLengthCannotBeHad) {
  const HttpPeer peer([](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("HEAD")) return {"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"};
    return {"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"};
  });
  UseFrom(peer);
  config_.partial_http_download = true;
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4096;
  EXPECT_EQ(Update(), ESP_ERR_HTTP_RANGE_NOT_SATISFIABLE);
  EXPECT_THAT(peer.requests(), SizeIs(2));
}

TEST_F(HttpsOtaFaults, LearnsTheLengthOfPartsOrSaysWhyNot) {
  struct Case {
    std::string head;
    std::string first_byte;
    esp_err_t error;
    int size;
    std::uint16_t encryption_header = 0;
  };
  const std::string all = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
  const std::string no = "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n";
  const auto part = [](const std::string& range) {
    return "HTTP/1.1 206 Partial Content\r\nContent-Range: " + range +
           "\r\nContent-Length: 1\r\n\r\nx";
  };
  const std::string file(5000, 'x');
  for (const auto& [head, first_byte, error, size, encryption_header] :
       {Case{all, no, ESP_OK, 5000}, Case{no, part("bytes 0-0/5000"), ESP_OK, 5000},
        Case{no, all + file, ESP_OK, 5000}, Case{no, part("bytes 0-0/*"), ESP_FAIL, 0},
        Case{no, part("no range"), ESP_FAIL, 0}, Case{no, no, ESP_FAIL, 0},
        Case{no, "HTTP/1.1 204 No Content\r\n\r\n", ESP_FAIL, 0},
        Case{no, "HTTP/1.1 304 Same\r\n\r\n", ESP_ERR_HTTP_NOT_MODIFIED, 0},
        Case{"HTTP/1.1 304 Same\r\n\r\n", no, ESP_ERR_HTTP_NOT_MODIFIED, 0},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", no, ESP_FAIL, 0},
        Case{all, no, ESP_OK, 4488, 512}, Case{all, no, ESP_FAIL, 0, 5000}}) {
    const HttpPeer peer([&, &head = head,
                         &first_byte = first_byte](const std::string& request) -> HttpPeer::Answer {
      if (request.starts_with("HEAD")) return {head};
      if (request.find("Range: bytes=0-0\r\n") != std::string::npos) return {first_byte};
      return {OkAnswer(file)};
    });
    UseFrom(peer);
    config_.partial_http_download = true;
    config_.enc_img_header_size = encryption_header;
    config_.decrypt_cb = nullptr;
    if (encryption_header > 0) config_.decrypt_cb = [](decrypt_cb_arg_t*, void*) { return ESP_OK; };
    esp_https_ota_handle_t handle = nullptr;
    EXPECT_EQ(esp_https_ota_begin(&config_, &handle), error) << head << first_byte;
    if (error != ESP_OK) continue;
    EXPECT_EQ(esp_https_ota_get_image_size(handle), size);
    EXPECT_EQ(esp_https_ota_abort(handle), ESP_OK);
  }
  http_.url = "http://127.0.0.1:1/";
  EXPECT_EQ(Update(), ESP_ERR_HTTP_CONNECT);
}

// Which file there is at which request of a download in parts.
class ChangingPeer {
 public:
  ChangingPeer(std::string before, std::string after, std::size_t changes_at)
      : peer_([this, before = std::move(before), after = std::move(after),
               changes_at](const std::string& request) {
          return Answer(request, ++asked_ > changes_at ? after : before);
        }) {}
  const HttpPeer& peer() const { return peer_; }

 private:
  static HttpPeer::Answer Answer(const std::string& request, const std::string& file) {
    const std::string size = std::to_string(file.size());
    if (request.starts_with("HEAD")) {
      return {"HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n"};
    }
    const std::size_t at = request.find("Range: bytes=");
    if (at == std::string::npos) return {OkAnswer(file)};
    const std::string range = request.substr(at + 13, request.find('\r', at) - at - 13);
    const std::size_t first = std::stoul(range);
    const std::string end = range.substr(range.find('-') + 1);
    const std::size_t last = end.empty() ? file.size() - 1 : std::stoul(end);
    const std::string part = file.substr(first, last - first + 1);
    return {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(first) + "-" +
            std::to_string(first + part.size() - 1) + "/" + size +
            "\r\nContent-Length: " + std::to_string(part.size()) + "\r\n\r\n" + part};
  }

  std::size_t asked_ = 0;
  HttpPeer peer_;
};

TEST_F(HttpsOtaFaults, MixesNotTwoFilesOfTwoLengths) {
  for (const std::size_t changes_at : {1U, 2U}) {
    const ChangingPeer changing(Image(), Image() + "more", changes_at);
    UseFrom(changing.peer());
    config_.partial_http_download = true;
    config_.max_http_request_size = 4096;
    const CapturedLog log;
    EXPECT_EQ(Update(), ESP_FAIL) << changes_at;
    EXPECT_TRUE(CapturedLog::Tells({"another file"})) << changes_at;
    EXPECT_THAT(changing.peer().requests(), SizeIs(changes_at + 1)) << "it is told at once";
  }
  EXPECT_EQ(BootLabel(), "factory");
}

TEST_F(HttpsOtaFaults, AsksForPartsByGetWhateverTheConfigurationsMethodIs) {
  const ChangingPeer steady(Image(), Image(), 0);
  UseFrom(steady.peer());
  http_.method = HTTP_METHOD_POST;
  config_.partial_http_download = true;
  config_.max_http_request_size = 8192;
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(steady.peer().requests(),
              ElementsAre(testing::StartsWith("HEAD "), testing::StartsWith("GET "),
                          testing::StartsWith("GET ")));
}

// HEAD says less than GET brings.
TEST_F(HttpsOtaFaults, FailsWhereAFileIsLongerThanItsServerSaid) {
  const HttpPeer peer([image = Image()](const std::string& request) -> HttpPeer::Answer {
    if (request.starts_with("HEAD")) return {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"};
    return {OkAnswer(image)};
  });
  UseFrom(peer);
  config_.partial_http_download = true;
  config_.max_http_request_size = 4096;
  EXPECT_EQ(esp_https_ota(&config_), ESP_FAIL) << "success would be a lie: nothing is selected";
  EXPECT_EQ(BootLabel(), "factory");
}

// Of a new nonce for each request no part may be short of attempts.
TEST_F(HttpsOtaFaults, AuthenticatesEachPartAnew) {
  FaultRule rule;
  rule.fault = Fault::kAuthenticate;
  rule.stale_after = 1;
  Play(rule);
  http_.username = "user";
  http_.password = "password";
  http_.max_authorization_retries = 2;
  config_.partial_http_download = true;
  config_.max_http_request_size = 1024;
  EXPECT_EQ(Update(), ESP_OK);
}

TEST_F(HttpsOtaFaults, JudgesTheAnswersThatNoServerShouldGive) {
  struct Case {
    std::string answer;
    esp_err_t error;
    const char* words;
  };
  const std::string length = "Content-Length: " + std::to_string(new_image_.size()) + "\r\n\r\n";
  for (const auto& [answer, error, words] :
       {Case{"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ESP_ERR_NOT_SUPPORTED,
             "Authorization Failed"},
        Case{"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
             ESP_ERR_NOT_SUPPORTED, "Authorization Failed"},
        Case{"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", ESP_ERR_INVALID_ARG,
             "URL redirection Failed"},
        Case{"HTTP/1.1 204 No Content\r\n\r\n", ESP_FAIL, "Complete headers were not received"},
        Case{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 9-99/999\r\n" + length + Image(),
             ESP_FAIL, "expected byte 0"},
        Case{"HTTP/1.1 300 Many\r\n" + length + Image(), ESP_OK, "Starting OTA"}}) {
    const HttpPeer peer(answer);
    UseFrom(peer);
    const CapturedLog log;
    EXPECT_EQ(Update(), error) << answer.substr(0, 60);
    EXPECT_TRUE(CapturedLog::Tells({words}));
    EXPECT_EQ(BootLabel(), error == ESP_OK ? "ota_0" : "factory");
  }
}

TEST_F(HttpsOtaFaults, StartsAnewWhereAnotherRangeComesThanTheResumptionAskedFor) {
  const HttpPeer peer([image = Image()](const std::string& request) -> HttpPeer::Answer {
    if (request.find("Range: ") == std::string::npos) return {OkAnswer(image)};
    const std::string part = image.substr(4000);
    return {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4000-" +
            std::to_string(image.size() - 1) + "/" + std::to_string(image.size()) +
            "\r\nContent-Length: " + std::to_string(part.size()) + "\r\n\r\n" + part};
  });
  UseFrom(peer);
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4096;
  EXPECT_EQ(Update(), ESP_OK);
  EXPECT_THAT(peer.requests(),
              ElementsAre(HasSubstr("\r\nRange: bytes=4096-\r\n"), Not(HasSubstr("Range"))));
}

// Nothing stored the bytes that the program believes are there.
TEST_F(HttpsOtaFaults, ProvesWhatWasResumedOnNothing) {
  const ChangingPeer steady(Image(), Image(), 0);
  UseFrom(steady.peer());
  config_.ota_resumption = true;
  config_.ota_image_bytes_written = 4096;
  for (const bool bulk : {false, true}) {
    config_.bulk_flash_erase = bulk;
    esp_https_ota_handle_t handle = nullptr;
    ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
    ASSERT_EQ(PerformAll(handle), ESP_OK);
    EXPECT_EQ(esp_https_ota_finish(handle), ESP_ERR_OTA_VALIDATE_FAILED) << bulk;
    EXPECT_EQ(BootLabel(), "factory");
  }
}

TEST_F(HttpsOtaFaults, CopiesNoDataThatIsIncomplete) {
  Serve("storage.bin", std::vector<std::uint8_t>(8192, 0x36));
  const esp_partition_t* const storage = Find("nvs");
  ASSERT_NE(storage, nullptr);
  std::uint8_t before = 0;
  ASSERT_EQ(esp_partition_read(storage, 0, &before, 1), ESP_OK);
  config_.partition = {.staging = nullptr, .final = storage, .finalize_with_copy = true};
  esp_https_ota_handle_t handle = nullptr;
  ASSERT_EQ(esp_https_ota_begin(&config_, &handle), ESP_OK);
  esp_app_desc_t description{};
  EXPECT_EQ(esp_https_ota_get_img_desc(handle, &description), ESP_FAIL) << "data has none";
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(esp_https_ota_perform(handle), ESP_ERR_HTTPS_OTA_IN_PROGRESS);
  EXPECT_EQ(esp_https_ota_finish(handle), ESP_ERR_OTA_VALIDATE_FAILED);
  std::uint8_t after = 0;
  ASSERT_EQ(esp_partition_read(storage, 0, &after, 1), ESP_OK);
  EXPECT_EQ(after, before);
  EXPECT_EQ(Update(), ESP_OK);
}

}  // namespace
}  // namespace updraft
