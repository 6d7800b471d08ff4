// SPDX-License-Identifier: Apache-2.0
// A second opinion: the same requests to our server and to nginx, over the same
// directory, must be answered alike. Where we differ on purpose, the row says
// what we answer instead and why.
#include "testing/nginx.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "server/file_server.h"
#include "server/test_client.h"

namespace updraft {
namespace {

constexpr std::size_t kSize = 300'000;

// In headers, {tag} and {date} stand for the server's own validators.
struct Row {
  std::string target;
  std::string headers = {};
  std::string method = "GET";
  std::optional<int> ours = {};  // our status where it differs from nginx's on purpose
  const char* reason = "";
};

const std::vector<Row>& Rows() {
  static const std::vector<Row> kRows = {
      {"/app.bin"},
      {"/app.bin?version=2"},
      {"/empty.bin"},
      {"/one.bin"},
      {"/sub/app.bin"},
      {"/sub/./../sub//app.bin"},
      {"/sub/my%20app%2B.bin"},
      {"/sub/my app.bin"},
      {"/none.bin"},
      {"/none/none.bin"},
      {"/app.bin/"},
      {"/app.bin/none"},
      {"/" + std::string(300, 'a')},
      {"/../app.bin"},
      {"/sub/../../app.bin"},
      {"/%2e%2e/app.bin"},
      {"/app.bin%00"},
      {"/app%2"},
      {"/app.bin#part", "", "GET", 400, "a fragment has no place in a request; nginx cuts it off"},
      {"/", "", "GET", 404, "there are no listings to be forbidden: nothing is there"},
      {"/sub", "", "GET", 404, "directories are not redirected to, for nothing is there either"},
      {"/sub/", "", "GET", 404, "as for /"},
      {"/app.bin", "", "HEAD"},
      {"/empty.bin", "", "HEAD"},
      {"/none.bin", "", "HEAD"},
      {"/app.bin", "", "POST"},
      {"/app.bin", "", "PUT"},
      {"/app.bin", "", "DELETE"},
      {"/app.bin", "", "OPTIONS"},
      {"/none.bin", "", "POST", 405, "the method is judged before the file"},
      {"/app.bin", "Host: second\r\n"},

      {"/app.bin", "Range: bytes=0-0\r\n"},
      {"/app.bin", "Range: bytes=0-299999\r\n"},
      {"/app.bin", "Range: bytes=1000-1999\r\n"},
      {"/app.bin", "Range: bytes=299999-299999\r\n"},
      {"/app.bin", "Range: bytes=299990-300010\r\n"},
      {"/app.bin", "Range: bytes=0-\r\n"},
      {"/app.bin", "Range: bytes=131072-\r\n"},
      {"/app.bin", "Range: bytes=299999-\r\n"},
      {"/app.bin", "Range: bytes=300000-\r\n"},
      {"/app.bin", "Range: bytes=300000-300001\r\n"},
      {"/app.bin", "Range: bytes=-1\r\n"},
      {"/app.bin", "Range: bytes=-65536\r\n"},
      {"/app.bin", "Range: bytes=-300000\r\n"},
      {"/app.bin", "Range: bytes=-300001\r\n"},
      {"/app.bin", "Range: bytes=-0\r\n"},
      {"/app.bin", "Range: bytes=5-4\r\n"},
      {"/app.bin", "Range: bytes=\r\n"},
      {"/app.bin", "Range: bytes=-\r\n"},
      {"/app.bin", "Range: bytes=a-b\r\n"},
      {"/app.bin", "Range: bytes=1-2-3\r\n"},
      {"/app.bin", "Range: Bytes=0-9\r\n"},
      {"/app.bin", "Range: bytes= 0 - 9 \r\n"},
      {"/app.bin", "Range: items=0-9\r\n"},
      {"/app.bin", "Range: bytes\r\n"},
      {"/app.bin", "Range: bytes=9223372036854775807-\r\n"},
      {"/app.bin", "Range: bytes=99999999999999999999-\r\n"},
      {"/app.bin", "Range: bytes=5-9223372036854775806\r\n"},
      {"/app.bin", "Range: bytes=5-99999999999999999999\r\n", "GET", 206,
       "RFC 9110 clamps a last byte beyond the file, however large; nginx gives up at 2^63"},
      {"/app.bin", "Range: bytes=0-1,5-6\r\n", "GET", 200,
       "several ranges are answered whole; nginx sends multipart/byteranges"},
      {"/app.bin", "Range: bytes=0-9\r\n", "HEAD", 200,
       "RFC 9110 defines ranges for GET only; nginx answers 206"},
      {"/empty.bin", "Range: bytes=-5\r\n"},
      {"/empty.bin", "Range: bytes=0-\r\n", "GET", 416,
       "RFC 9110: no byte of an empty file lies at 0; nginx sends the empty whole"},
      {"/one.bin", "Range: bytes=0-0\r\n"},
      {"/one.bin", "Range: bytes=1-1\r\n"},
      {"/none.bin", "Range: bytes=0-9\r\n"},

      {"/app.bin", "If-None-Match: {tag}\r\n"},
      {"/app.bin", "If-None-Match: W/{tag}\r\n"},
      {"/app.bin", "If-None-Match: \"x\", {tag}\r\n"},
      {"/app.bin", "If-None-Match: \"x\"\r\n"},
      {"/app.bin", "If-None-Match: *\r\n"},
      {"/app.bin", "If-None-Match: {tag}\r\n", "HEAD"},
      {"/app.bin", "If-None-Match: {tag}\r\nRange: bytes=0-9\r\n"},
      {"/app.bin", "If-None-Match: \"x\"\r\nRange: bytes=0-9\r\n"},
      {"/app.bin", "If-Modified-Since: {date}\r\n"},
      {"/app.bin", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
      {"/app.bin", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n"},
      {"/app.bin", "If-Modified-Since: Fri, 01 Jan 2060 00:00:00 GMT\r\n"},
      {"/app.bin", "If-Modified-Since: yesterday\r\n"},
      {"/app.bin", "If-None-Match: {tag}\r\nIf-Modified-Since: {date}\r\n"},
      {"/app.bin", "If-None-Match: \"x\"\r\nIf-Modified-Since: {date}\r\n"},
      {"/app.bin", "If-None-Match: {tag}\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
       "GET", 304, "RFC 9110: the tag outranks the date; nginx wants both unchanged"},
      {"/app.bin", "If-Match: {tag}\r\n"},
      {"/app.bin", "If-Match: *\r\n"},
      {"/app.bin", "If-Match: \"x\"\r\n"},
      {"/app.bin", "If-Match: W/{tag}\r\n"},
      {"/app.bin", "If-Match: \"x\"\r\nRange: bytes=0-9\r\n"},
      {"/app.bin", "If-Unmodified-Since: {date}\r\n"},
      {"/app.bin", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: {tag}\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: {date}\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: \"x\"\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: W/{tag}\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
      {"/app.bin", "Range: bytes=5-9\r\nIf-Range: Fri, 01 Jan 2060 00:00:00 GMT\r\n"},
      {"/app.bin", "Range: bytes=300000-\r\nIf-Range: \"x\"\r\n"},
      {"/app.bin", "Range: bytes=300000-\r\nIf-Range: {tag}\r\n"},
      {"/app.bin", "If-Range: {tag}\r\n"},
  };
  return kRows;
}

void Replace(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

class NginxComparison : public testing::Test {
 protected:
  void SetUp() override {
    if (Nginx::Path() == nullptr) GTEST_SKIP() << "nginx is not installed";
    folder_.Write("root/app.bin", PatternText(kSize));
    folder_.Write("root/empty.bin", "");
    folder_.Write("root/one.bin", "1");
    folder_.Write("root/sub/app.bin", "another");
    folder_.Write("root/sub/my app+.bin", "spaced");
    nginx_ = std::make_unique<Nginx>("root " + (folder_ / "root").string() + ";");
    server_ = std::make_unique<FileServer>(
        FileServerOptions{.root = folder_ / "root", .plain_http = true});
    ASSERT_TRUE(server_->Start().ok());
    // A worker that runs as another user could not read a private folder.
    std::filesystem::permissions(folder_.string(), std::filesystem::perms(0755));
  }

  static TestResponse Ask(std::uint16_t port, const Row& row) {
    TestClient client(port);
    const std::string host = " HTTP/1.1\r\nHost: localhost\r\n";
    std::string headers = row.headers;
    if (headers.find('{') != std::string::npos) {
      const TestResponse whole = client.Ask("GET " + row.target + host + "\r\n");
      Replace(headers, "{tag}", whole.header("etag"));
      Replace(headers, "{date}", whole.header("last-modified"));
    }
    return client.Ask(row.method + " " + row.target + host + headers + "\r\n",
                      row.method == "HEAD");
  }

  TestFolder folder_;
  std::unique_ptr<Nginx> nginx_;
  std::unique_ptr<FileServer> server_;
};

TEST_F(NginxComparison, AgreesOnEachRow) {
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.method + " " + row.target + " " + row.headers);
    const TestResponse theirs = Ask(nginx_->port(), row);
    const TestResponse ours = Ask(server_->port(), row);
    ASSERT_NE(theirs.status, 0) << nginx_->Log();
    if (row.ours) {
      EXPECT_EQ(ours.status, *row.ours) << row.reason;
      EXPECT_NE(theirs.status, *row.ours) << "no difference any more: " << row.reason;
      continue;
    }
    EXPECT_EQ(ours.status, theirs.status);
    EXPECT_EQ(ours.header("content-range"), theirs.header("content-range"));
    EXPECT_EQ(ours.has("accept-ranges"), theirs.has("accept-ranges"));
    EXPECT_EQ(ours.header("last-modified"), theirs.header("last-modified"));
    EXPECT_EQ(ours.has("etag"), theirs.has("etag"));
    if (theirs.status >= 400) continue;  // pages of errors have words of their own
    EXPECT_EQ(ours.has("content-length"), theirs.has("content-length"));
    EXPECT_EQ(ours.header("content-length"), theirs.header("content-length"));
    EXPECT_EQ(ours.header("content-type"), theirs.header("content-type"));
    EXPECT_TRUE(ours.body == theirs.body);
  }
}

TEST_F(NginxComparison, AgreesOnRandomRanges) {
  std::uint32_t state = 2463534242;
  const auto below = [&](std::uint32_t limit) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
  };
  TestClient ours(server_->port());
  TestClient theirs(nginx_->port());
  for (int i = 0; i < 300; ++i) {
    std::string range = "bytes=";
    if (below(4) != 0) range += std::to_string(below(kSize + kSize / 8));
    range += "-";
    if (below(4) != 0) range += std::to_string(below(kSize + kSize / 8));
    const std::string request =
        "GET /app.bin HTTP/1.1\r\nHost: localhost\r\nRange: " + range + "\r\n\r\n";
    const TestResponse one = ours.Ask(request);
    const TestResponse other = theirs.Ask(request);
    ASSERT_EQ(one.status, other.status) << range << "\n" << nginx_->Log();
    ASSERT_EQ(one.header("content-range"), other.header("content-range")) << range;
    ASSERT_TRUE(one.status != 206 || one.body == other.body) << range;
  }
}

}  // namespace
}  // namespace updraft
