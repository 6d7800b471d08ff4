// SPDX-License-Identifier: Apache-2.0
// The server's behaviour on the wire, over plain connections: every byte of
// request and response is seen here. TLS has a test of its own.
#include "server/file_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "server/http_date.h"
#include "server/test_client.h"

namespace updraft {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Access entries come on the server's thread; a test waits for the n-th.
class LogRecorder {
 public:
  AccessLog sink() {
    return [this](const AccessEntry& entry) {
      const std::lock_guard lock(mutex_);
      entries_.push_back(entry);
      arrived_.notify_all();
    };
  }
  AccessEntry Wait(std::size_t index) {
    std::unique_lock lock(mutex_);
    const bool came =
        arrived_.wait_for(lock, std::chrono::seconds(60), [&] { return entries_.size() > index; });
    return came ? entries_[index] : AccessEntry{};
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<AccessEntry> entries_;
};

class FileServerTest : public testing::Test {
 protected:
  FileServerTest() : content_(PatternText(300'000)) {
    folder_.Write("app.bin", content_);
    folder_.Write("empty.bin", "");
    options_.root = folder_.string();
    options_.plain_http = true;
    options_.access_log = log_.sink();
  }
  void Start() {
    server_ = std::make_unique<FileServer>(options_);
    const ExplainedStatus started = server_->Start();
    ASSERT_TRUE(started.ok()) << started.message;
  }
  static std::string Get(const std::string& target, const std::string& headers = "",
                         const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
  }
  TestResponse Fetch(const std::string& target, const std::string& headers = "",
                     const std::string& method = "GET") {
    TestClient client(server_->port());
    return client.Ask(Get(target, headers, method), method == "HEAD");
  }

  LogRecorder log_;
  TestFolder folder_;
  std::string content_;
  FileServerOptions options_;
  std::unique_ptr<FileServer> server_;
};

TEST_F(FileServerTest, SendsAFileWithItsHeaders) {
  Start();
  const TestResponse response = Fetch("/app.bin");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.reason, "OK");
  EXPECT_EQ(response.header("content-type"), "application/octet-stream");
  EXPECT_EQ(response.header("content-length"), "300000");
  EXPECT_EQ(response.header("accept-ranges"), "bytes");
  EXPECT_TRUE(response.header("etag").starts_with('"'));
  EXPECT_TRUE(ParseHttpDate(response.header("last-modified"), 0));
  EXPECT_TRUE(ParseHttpDate(response.header("date"), 0));
  EXPECT_FALSE(response.has("connection"));
  EXPECT_TRUE(response.body == content_);
}

TEST_F(FileServerTest, SendsAnEmptyFile) {
  Start();
  const TestResponse response = Fetch("/empty.bin");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "0");
}

TEST_F(FileServerTest, AnswersHeadAsGetWithoutTheBody) {
  Start();
  TestClient client(server_->port());
  const TestResponse get = client.Ask(Get("/app.bin"));
  TestResponse head = client.Ask(Get("/app.bin", "", "HEAD"), true);
  head.headers["date"] = get.header("date");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers, get.headers);
  EXPECT_EQ(client.Ask(Get("/none", "", "HEAD"), true).status, 404);
  EXPECT_EQ(client.Ask(Get("/empty.bin")).status, 200);  // nothing lay between
}

TEST_F(FileServerTest, SendsRanges) {
  Start();
  const struct {
    const char* range;
    std::size_t first;
    std::size_t length;
  } ranges[] = {{"0-0", 0, 1},
                {"0-149999", 0, 150'000},
                {"299999-", 299'999, 1},
                {"-1", 299'999, 1},
                {"-300000", 0, 300'000},
                {"131071-131072", 131'071, 2},
                {"5-9999999", 5, 299'995}};
  TestClient client(server_->port());
  for (const auto& row : ranges) {
    const TestResponse response =
        client.Ask(Get("/app.bin", std::string("Range: bytes=") + row.range + "\r\n"));
    EXPECT_EQ(response.status, 206) << row.range;
    EXPECT_EQ(response.header("content-range"), "bytes " + std::to_string(row.first) + "-" +
                                                    std::to_string(row.first + row.length - 1) +
                                                    "/300000");
    EXPECT_TRUE(response.body == content_.substr(row.first, row.length)) << row.range;
  }
}

TEST_F(FileServerTest, AnswersAnUnsatisfiableRangeWith416AndTheLength) {
  Start();
  TestClient client(server_->port());
  for (const char* range : {"300000-", "300000-300001", "-0", "9-5", "x"}) {
    const TestResponse response =
        client.Ask(Get("/app.bin", std::string("Range: bytes=") + range + "\r\n"));
    EXPECT_EQ(response.status, 416) << range;
    EXPECT_EQ(response.header("content-range"), "bytes */300000");
    EXPECT_FALSE(response.has("etag"));
  }
  EXPECT_EQ(client.Ask(Get("/app.bin")).status, 200);
}

TEST_F(FileServerTest, AnswersSeveralRangesWithTheWholeFile) {
  Start();
  EXPECT_EQ(Fetch("/app.bin", "Range: bytes=0-1,5-6\r\n").status, 200);
  EXPECT_EQ(Fetch("/app.bin", "Range: bytes=0-1\r\nRange: bytes=5-6\r\n").status, 200);
}

TEST_F(FileServerTest, IgnoresRangeForHead) {
  Start();
  EXPECT_EQ(Fetch("/app.bin", "Range: bytes=0-1\r\n", "HEAD").header("content-length"), "300000");
}

TEST_F(FileServerTest, GivesAPartOnlyOfTheFileThatIfRangeNames) {
  Start();
  TestClient client(server_->port());
  const TestResponse whole = client.Ask(Get("/app.bin"));
  const auto status = [&](const std::string& validator) {
    return client.Ask(Get("/app.bin", "Range: bytes=1-2\r\nIf-Range: " + validator + "\r\n"))
        .status;
  };
  EXPECT_EQ(status(whole.header("etag")), 206);
  EXPECT_EQ(status(whole.header("last-modified")), 206);
  EXPECT_EQ(status("\"other\""), 200);
  EXPECT_EQ(status("W/" + whole.header("etag")), 200);
  EXPECT_EQ(status("Sun, 06 Nov 1994 08:49:37 GMT"), 200);
  // What is beyond the file is not refused when the file is another one.
  EXPECT_EQ(client.Ask(Get("/app.bin", "Range: bytes=400000-\r\nIf-Range: \"x\"\r\n")).status, 200);
}

TEST_F(FileServerTest, GivesTheWholeNewFileToAClientThatResumesTheOldOne) {
  Start();
  const std::string old_tag = Fetch("/app.bin").header("etag");
  folder_.Write("new.bin", std::string(300'000, 'n'));
  fs::rename(folder_ / "new.bin", folder_ / "app.bin");
  const TestResponse response =
      Fetch("/app.bin", "Range: bytes=5-\r\nIf-Range: " + old_tag + "\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), 300'000u);
  EXPECT_NE(response.header("etag"), old_tag);
}

TEST_F(FileServerTest, AnswersNotModifiedWithoutABody) {
  Start();
  TestClient client(server_->port());
  const TestResponse whole = client.Ask(Get("/app.bin"));
  const std::string by_tag = "If-None-Match: " + whole.header("etag") + "\r\n";
  const TestResponse response = client.Ask(Get("/app.bin", by_tag));
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.header("etag"), whole.header("etag"));
  EXPECT_EQ(response.header("last-modified"), whole.header("last-modified"));
  const std::string by_date = "If-Modified-Since: " + whole.header("last-modified") + "\r\n";
  EXPECT_EQ(client.Ask(Get("/app.bin", by_date)).status, 304);
  EXPECT_EQ(client.Ask(Get("/app.bin", "If-None-Match: \"x\"\r\n")).status, 200);
}

TEST_F(FileServerTest, RefusesAFailedPrecondition) {
  Start();
  EXPECT_EQ(Fetch("/app.bin", "If-Match: \"x\"\r\n").status, 412);
  EXPECT_EQ(Fetch("/app.bin", "If-Match: *\r\n").status, 200);
}

TEST_F(FileServerTest, FindsOnlyWhatIsThere) {
  Start();
  folder_.Write("sub/my app.bin", "spaced");
  EXPECT_EQ(Fetch("/sub/my%20app.bin?v=2").body, "spaced");
  for (const char* target : {"/", "/none.bin", "/sub", "/sub/", "/app.bin/"})
    EXPECT_EQ(Fetch(target).status, 404) << target;
}

TEST_F(FileServerTest, KeepsWhatLiesOutsideToItself) {
  Start();
  fs::create_symlink("/etc/passwd", folder_ / "link");
  EXPECT_EQ(Fetch("/link").status, 403);
  for (const char* target : {"/../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc/passwd", "/a%00b"})
    EXPECT_EQ(Fetch(target).status, 400) << target;
}

TEST_F(FileServerTest, DoesNotServeWhatIsWithheld) {
  folder_.Write("ca_key.pem", "secret");
  options_.withheld = {folder_ / "ca_key.pem"};
  Start();
  EXPECT_EQ(Fetch("/ca_key.pem").status, 403);
}

TEST_F(FileServerTest, AllowsGetAndHeadOnly) {
  Start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"}) {
    const TestResponse response = Fetch("/app.bin", "", method);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.header("allow"), "GET, HEAD");
  }
}

TEST_F(FileServerTest, EndsTheConnectionAfterARequestWithABody) {
  Start();
  TestClient client(server_->port());
  const TestResponse response = client.Ask(Get("/app.bin", "Content-Length: 28\r\n", "POST") +
                                           "GET /evil HTTP/1.1\r\nHost:\r\n");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(client.Ended());
  TestClient chunked(server_->port());
  EXPECT_EQ(chunked.Ask(Get("/app.bin", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n").status,
            200);
  EXPECT_TRUE(chunked.Ended());
}

TEST_F(FileServerTest, RefusesWhatIsNoRequest) {
  Start();
  for (const char* bytes :
       {"GARBAGE\r\n\r\n", "GET /app.bin\r\n\r\n", "GET /app.bin HTTP/3.0\r\n\r\n",
        "GET /app.bin HTTP/1.1\r\nBad Header: x\r\n\r\n", "GET /app.bin HTTP/1.1\r\n\r\n",
        "GET /app.bin HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        "GET /app.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    TestClient client(server_->port());
    const TestResponse response = client.Ask(bytes);
    EXPECT_EQ(response.status, 400) << bytes;
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(client.Ended());
  }
  EXPECT_EQ(Fetch("/app.bin").status, 200);
}

TEST_F(FileServerTest, TakesLongUrlsButNotAnEndlessHead) {
  Start();
  EXPECT_EQ(Fetch("/app.bin?" + std::string(16'000, 'q')).status, 200);
  EXPECT_EQ(Fetch("/app.bin", "X: " + std::string(100'000, 'x') + "\r\n").status, 431);
  TestClient client(server_->port());
  client.Send("GET /" + std::string(1 << 20, 'a'));
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(FileServerTest, KeepsAConnectionForManyRequests) {
  Start();
  TestClient client(server_->port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.Ask(Get("/app.bin")).status, 200);
  EXPECT_EQ(client.Ask(Get("/none")).status, 404);
  EXPECT_EQ(client.Ask(Get("/app.bin", "Connection: close\r\n")).header("connection"), "close");
  EXPECT_TRUE(client.Ended());
}

TEST_F(FileServerTest, AnswersRequestsThatCameTogetherInTheirOrder) {
  Start();
  TestClient client(server_->port());
  client.Send(Get("/app.bin", "Range: bytes=0-3\r\n") + Get("/none") +
              Get("/app.bin", "Range: bytes=4-7\r\n"));
  EXPECT_EQ(client.Receive().body, content_.substr(0, 4));
  EXPECT_EQ(client.Receive().status, 404);
  EXPECT_EQ(client.Receive().body, content_.substr(4, 4));
}

TEST_F(FileServerTest, TakesARequestByteByByte) {
  Start();
  TestClient client(server_->port());
  for (const char c : Get("/app.bin", "Range: bytes=0-3\r\n")) client.Send({&c, 1});
  EXPECT_EQ(client.Receive().body, content_.substr(0, 4));
}

TEST_F(FileServerTest, SpeaksHttp10) {
  Start();
  TestClient client(server_->port());
  const TestResponse kept = client.Ask("GET /empty.bin HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.status, 200);
  EXPECT_EQ(kept.header("connection"), "keep-alive");
  const TestResponse last = client.Ask("GET /app.bin HTTP/1.0\r\n\r\n");
  EXPECT_EQ(last.header("connection"), "close");
  EXPECT_TRUE(last.body == content_);
  EXPECT_TRUE(client.Ended());
}

TEST_F(FileServerTest, AnswersAClientThatHasClosedItsHalf) {
  Start();
  TestClient client(server_->port());
  client.Send(Get("/app.bin"));
  shutdown(client.fd(), SHUT_WR);
  EXPECT_TRUE(client.Receive().body == content_);
  EXPECT_TRUE(client.Ended());
}

TEST_F(FileServerTest, EndsAnIdleConnection) {
  options_.idle_timeout = std::chrono::milliseconds(50);
  Start();
  TestClient silent(server_->port());
  EXPECT_TRUE(silent.Ended());
  TestClient half(server_->port());
  half.Send("GET /app.bin HTTP/1.1\r\nHost:");
  EXPECT_TRUE(half.Ended());
  TestClient idle(server_->port());
  EXPECT_EQ(idle.Ask(Get("/empty.bin")).status, 200);
  EXPECT_TRUE(idle.Ended());
}

TEST_F(FileServerTest, EndsAConnectionWhoseClientDoesNotRead) {
  options_.idle_timeout = std::chrono::milliseconds(50);
  fs::resize_file(folder_ / "app.bin", 64 << 20);
  Start();
  TestClient client(server_->port(), 4096);
  client.Send(Get("/app.bin"));
  const AccessEntry entry = log_.Wait(0);
  EXPECT_EQ(entry.status, 200);
  EXPECT_LT(entry.body_bytes, std::uint64_t{64 << 20});
  EXPECT_THAT(entry.note, HasSubstr("ended early"));
}

TEST_F(FileServerTest, OutlivesClientsThatGoAway) {
  fs::resize_file(folder_ / "app.bin", 64 << 20);
  Start();
  for (int i = 0; i < 20; ++i) {
    TestClient client(server_->port(), 4096);
    client.Send(Get("/app.bin"));
    const linger at_once{.l_onoff = 1, .l_linger = 0};  // a reset
    if (i % 2 == 0) setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  EXPECT_THAT(log_.Wait(19).note, HasSubstr("ended early"));
  EXPECT_EQ(Fetch("/empty.bin").status, 200);
}

TEST_F(FileServerTest, CutsTheConnectionWhenTheFileShrinksUnderIt) {
  fs::resize_file(folder_ / "app.bin", 64 << 20);
  Start();
  TestClient client(server_->port(), 4096);
  client.Send(Get("/app.bin"));
  char first = 0;
  ASSERT_EQ(recv(client.fd(), &first, 1, 0), 1);  // it has begun, and cannot have ended
  fs::resize_file(folder_ / "app.bin", 1 << 20);
  EXPECT_LT(client.CountUntilEnd(), std::uint64_t{64 << 20});
  EXPECT_THAT(log_.Wait(0).note, HasSubstr("file changed"));
}

TEST_F(FileServerTest, NeverEndsABodyThatMixesTwoFiles) {
  fs::resize_file(folder_ / "app.bin", 64 << 20);
  Start();
  TestClient client(server_->port(), 4096);
  client.Send(Get("/app.bin"));
  char first = 0;
  ASSERT_EQ(recv(client.fd(), &first, 1, 0), 1);
  std::fstream(folder_ / "app.bin", std::ios::in | std::ios::out | std::ios::binary) << "other";
  EXPECT_LT(client.CountUntilEnd(), std::uint64_t{64 << 20});
  EXPECT_THAT(log_.Wait(0).note, HasSubstr("file changed"));
}

std::uint64_t PeakResidentKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

TEST_F(FileServerTest, SendsAGibibyteInConstantMemory) {
  constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;
  fs::resize_file(folder_ / "app.bin", kGibibyte);
  Start();
  EXPECT_EQ(Fetch("/empty.bin").status, 200);
  const std::uint64_t before = PeakResidentKib();
  TestClient client(server_->port());
  client.Send(Get("/app.bin", "Connection: close\r\n"));
  EXPECT_GT(client.CountUntilEnd(), kGibibyte);
  EXPECT_EQ(log_.Wait(1).body_bytes, kGibibyte);
  // A sixteenth of the file: a sanitizer keeps what was freed for a while.
  EXPECT_LT(PeakResidentKib() - before, 64u * 1024);
}

TEST_F(FileServerTest, ServesManyConnectionsAtOnce) {
  Start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<TestClient>(server_->port()));
  for (const auto& client : clients) client->Send(Get("/app.bin"));
  for (const auto& client : clients) EXPECT_TRUE(client->Receive().body == content_);
}

TEST_F(FileServerTest, SendsNoFasterThanTheThrottle) {
  options_.throttle = 1'000'000;
  Start();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(Fetch("/app.bin").body == content_);
  // A tenth of a second may be saved up; slower is for the machine to decide.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(190));
}

TEST_F(FileServerTest, TellsTheLogOfEachRequest) {
  Start();
  TestClient client(server_->port());
  EXPECT_EQ(client.Ask(Get("/app.bin?x", "Range: bytes=0-9\r\n")).status, 206);
  EXPECT_EQ(client.Ask(Get("/none", "", "HEAD"), true).status, 404);
  const AccessEntry range = log_.Wait(0);
  EXPECT_EQ(range.method, "GET");
  EXPECT_EQ(range.target, "/app.bin?x");
  EXPECT_EQ(range.range, "bytes=0-9");
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body_bytes, 10u);
  EXPECT_EQ(range.note, "");
  EXPECT_TRUE(range.peer.starts_with("127.0.0.1:"));
  const AccessEntry head = log_.Wait(1);
  EXPECT_EQ(head.method, "HEAD");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.body_bytes, 0u);
}

TEST_F(FileServerTest, GoesOnWhenTheLogThrows) {
  options_.access_log = [](const AccessEntry&) { throw std::runtime_error("disk full"); };
  Start();
  TestClient client(server_->port());
  EXPECT_EQ(client.Ask(Get("/app.bin")).status, 200);
  EXPECT_EQ(client.Ask(Get("/app.bin")).status, 200);
}

TEST_F(FileServerTest, StopsWithConnectionsInEveryState) {
  options_.throttle = 1000;
  Start();
  TestClient silent(server_->port());
  TestClient half(server_->port());
  half.Send("GET /app");
  TestClient idle(server_->port());
  EXPECT_EQ(idle.Ask(Get("/empty.bin")).status, 200);
  TestClient throttled(server_->port());
  throttled.Send(Get("/app.bin"));
  char first = 0;
  ASSERT_EQ(recv(throttled.fd(), &first, 1, 0), 1);
  server_->Stop();
  server_->Stop();
  EXPECT_TRUE(silent.Ended());
  EXPECT_TRUE(half.Ended());
  EXPECT_TRUE(idle.Ended());
  EXPECT_LT(throttled.CountUntilEnd(), 300'000u);
  EXPECT_THROW(TestClient{server_->port()}, std::runtime_error);
}

TEST_F(FileServerTest, StartsAgainAfterAStopOnTheSamePort) {
  Start();
  EXPECT_EQ(Fetch("/app.bin").status, 200);
  const std::uint16_t port = server_->port();
  EXPECT_EQ(server_->Start().status.code(), Code::kInvalidState);
  server_->Stop();
  options_.port = port;
  Start();
  EXPECT_EQ(server_->port(), port);
  EXPECT_EQ(Fetch("/app.bin").status, 200);
}

TEST_F(FileServerTest, NamesItselfInItsUrl) {
  Start();
  EXPECT_EQ(server_->url(), "http://127.0.0.1:" + std::to_string(server_->port()) + "/");
  options_.host = "::1";
  Start();
  EXPECT_EQ(server_->url(), "http://[::1]:" + std::to_string(server_->port()) + "/");
  options_.host = "localhost";
  Start();
  EXPECT_THAT(server_->url(), HasSubstr("http://localhost:"));
}

TEST_F(FileServerTest, SaysWhyItCannotStart) {
  Start();
  const auto refusal = [](FileServerOptions options) {
    FileServer server(std::move(options));
    return server.Start();
  };
  FileServerOptions taken = options_;
  taken.port = server_->port();
  EXPECT_EQ(refusal(taken).status.code(), Code::kNoSpace);
  EXPECT_THAT(refusal(taken).message, HasSubstr("in use"));
  FileServerOptions nowhere = options_;
  nowhere.root = folder_ / "none";
  EXPECT_EQ(refusal(nowhere).status.code(), Code::kNotFound);
  FileServerOptions foreign = options_;
  foreign.host = "203.0.113.1";
  EXPECT_EQ(refusal(foreign).status.code(), Code::kUnsupported);
  foreign.host = "no such host";
  EXPECT_EQ(refusal(foreign).status.code(), Code::kNotFound);
}

}  // namespace
}  // namespace updraft
