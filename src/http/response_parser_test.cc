// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "updraft/http_response.h"

#include "testing/response_reader.h"

namespace updraft {
namespace {

using testing::ElementsAre;

// Reads `response` whole, one byte at a time, and in every split in two, and
// expects the same each time.
ResponseReading Read(const std::string& response, ResponseAsked asked = {}) {
  ResponseReader whole(asked);
  whole.Take(response);
  const ResponseReading reading = whole.Finish();
  ResponseReader bytewise(asked);
  for (const char c : response) bytewise.Take({&c, 1});
  EXPECT_EQ(bytewise.Finish(), reading) << "one byte at a time: " << response;
  for (std::size_t split = 1; split < response.size(); ++split) {
    ResponseReader twice(asked);
    twice.Take(std::string_view(response).substr(0, split));
    twice.Take(std::string_view(response).substr(split));
    EXPECT_EQ(twice.Finish(), reading) << "split at " << split << ": " << response;
  }
  return reading;
}

ResponseFault FaultOf(const std::string& response, ResponseAsked asked = {}) {
  const ResponseReading reading = Read(response, asked);
  if (reading.fault != ResponseFault::kNone) {
    EXPECT_EQ(reading.status, Status(NetworkFailure::kBadResponse));
  }
  return reading.fault;
}

std::string Chunked(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

TEST(ResponseParser, ReadsACountedResponse) {
  const ResponseReading reading =
      Read("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\nETag: \"a b\"\r\n\r\nhello");
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.code, 200U);
  EXPECT_EQ(reading.reason, "OK");
  EXPECT_THAT(reading.fields, ElementsAre("Server=x", "Content-Length=5", "ETag=\"a b\""));
  EXPECT_EQ(reading.body, "hello");
  EXPECT_TRUE(reading.done);
  EXPECT_TRUE(reading.keep_alive);
  EXPECT_EQ(reading.surplus, 0U);
}

TEST(ResponseParser, HandsHeaderLinesOverAsReceived) {
  const ResponseReading reading = Read(
      "HTTP/1.1 200 \r\nX-A:1\r\nx-a:  2 \t\r\nEmpty:\r\nX-B: \xE4\tb:c\r\nContent-Length: "
      "0\r\n\r\n");
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.reason, "");
  EXPECT_THAT(reading.fields,
              ElementsAre("X-A=1", "x-a=2", "Empty=", "X-B=\xE4\tb:c", "Content-Length=0"));
}

TEST(ResponseParser, FindsAndCountsFieldsInAnyCase) {
  const HeaderFields fields("A: 1\r\nb: 2\r\na: 3\r\n");
  EXPECT_EQ(fields.Find("a"), "1");
  EXPECT_EQ(fields.Find("B"), "2");
  EXPECT_EQ(fields.Find("c"), std::nullopt);
  EXPECT_EQ(fields.Count("A"), 2U);
  EXPECT_EQ(fields.Count("c"), 0U);
}

TEST(ResponseParser, TakesAStatusLineWithoutReasonAndAResponseWithoutFields) {
  EXPECT_EQ(Read("HTTP/1.1 404\r\n\r\n").code, 404U);
  EXPECT_EQ(Read("HTTP/1.1 599 Odd \xFC thing\r\n\r\n").reason, "Odd \xFC thing");
}

TEST(ResponseParser, RefusesAMalformedStatusLine) {
  for (const char* line : {"",
                           "HTTP/1.1",
                           "HTTP/1.1 ",
                           "HTTP/1.1 20",
                           "HTTP/1.1 2000",
                           "HTTP/1.1 200OK",
                           "HTTP/1.1  200 OK",
                           "HTTP/1.1\t200 OK",
                           "HTTP/2.0 200 OK",
                           "HTTP/0.9 200 OK",
                           "HTTP/11 200 OK",
                           "HTTP/1.10 200 OK",
                           "http/1.1 200 OK",
                           " HTTP/1.1 200 OK",
                           "HTTP/1.1 099 OK",
                           "HTTP/1.1 600 OK",
                           "HTTP/1.1 2x0 OK",
                           "HTTP/1.1 -20 OK",
                           "HTTP/1.1 200 a\x01",
                           "ICY 200 OK",
                           "SSH-2.0-OpenSSH",
                           "HTTP/1.1 200 a\rb"}) {
    EXPECT_EQ(FaultOf(std::string(line) + "\r\nContent-Length: 0\r\n\r\n"),
              ResponseFault::kStatusLine)
        << line;
  }
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), ResponseFault::kStatusLine);
  EXPECT_EQ(FaultOf(std::string("HTTP/1.1 200 \0OK\r\n\r\n", 20)), ResponseFault::kStatusLine);
}

TEST(ResponseParser, RefusesAMalformedHeaderLine) {
  for (const std::string& line :
       {std::string("no colon"), std::string(": no name"), std::string("Name : x"),
        std::string("Na me: x"), std::string("N\xE4me: x"), std::string("A(b): x"),
        std::string("A: x\ry"), std::string("A: x\x01"), std::string("A: x\x7F"),
        std::string("A: x\0y", 6), std::string("A\0: x", 5), std::string("A: x\n B: y"),
        std::string("\x80: x")}) {
    EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\n" + line + "\r\n\r\n"), ResponseFault::kHeaderLine)
        << line;
  }
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nA: x\n\r\n"), ResponseFault::kHeaderLine);
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nA: x\r\n\n"), ResponseFault::kHeaderLine);
}

TEST(ResponseParser, RefusesFoldedHeaders) {
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nA: x\r\n y\r\n\r\n"), ResponseFault::kFoldedHeader);
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\n\tA: x\r\n\r\n"), ResponseFault::kFoldedHeader);
}

TEST(ResponseParser, RefusesAHeadThatDoesNotFitTheBuffer) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(Read(head + "ab", {.buffer = head.size()}).body, "ab");
  EXPECT_EQ(FaultOf(head + "ab", {.buffer = head.size() - 1}), ResponseFault::kHeaderTooLarge);
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nA: " + std::string(600, 'x')),
            ResponseFault::kHeaderTooLarge);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  EXPECT_EQ(FaultOf(many + "\r\n"), ResponseFault::kHeaderTooLarge);
  EXPECT_EQ(FaultOf(std::string(600, 'x')), ResponseFault::kHeaderTooLarge);
}

TEST(ResponseParser, SkipsInterimResponses) {
  const ResponseReading reading = Read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: "
      "9\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
      {.buffer = 100});
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.code, 200U);
  EXPECT_THAT(reading.fields, ElementsAre("Content-Length=2"));
  EXPECT_EQ(reading.body, "ab");
}

TEST(ResponseParser, LimitsTheNumberOfInterimResponses) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string many;
  for (unsigned i = 0; i < kMaxInterimResponses; ++i) many += interim;
  const std::string last = "HTTP/1.1 204 No\r\n\r\n";
  EXPECT_EQ(Read(many + last).code, 204U);
  EXPECT_EQ(FaultOf(many + interim + last), ResponseFault::kTooManyInterim);
}

TEST(ResponseParser, RefusesASwitchOfProtocols) {
  EXPECT_EQ(FaultOf("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n"),
            ResponseFault::kSwitchedProtocols);
}

TEST(ResponseParser, ExpectsNoBodyWhereNoneCanFollow) {
  const ResponseReading head = Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {.head = true});
  EXPECT_TRUE(head.done);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(Read("HTTP/1.1 204 No Content\r\n\r\n").done);
  EXPECT_TRUE(Read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").done);
  EXPECT_TRUE(Read("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n").done);
  EXPECT_TRUE(Read("HTTP/1.1 200 OK\r\n\r\n", {.head = true}).keep_alive);
  EXPECT_EQ(Read("HTTP/1.1 204 No Content\r\n\r\nxyz").surplus, 3U);
}

TEST(ResponseParser, RefusesAMalformedContentLength) {
  for (const char* value :
       {"", " ", "-1", "+5", "5x", "0x5", "5 5", "5.0", "9223372036854775808",
        "18446744073709551621", "99999999999999999999999", "5,", ",5", "5;6", "\"5\""}) {
    EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nContent-Length: " + std::string(value) + "\r\n\r\nhello"),
              ResponseFault::kContentLength)
        << value;
  }
}

TEST(ResponseParser, RefusesDifferingContentLengths) {
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            ResponseFault::kContentLengthsDiffer);
  EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello"),
            ResponseFault::kContentLengthsDiffer);
}

TEST(ResponseParser, NeverKeepsAConnectionWhoseFramingIsAmbiguous) {
  const ResponseReading doubled =
      Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello");
  EXPECT_EQ(doubled.body, "hello");
  EXPECT_FALSE(doubled.keep_alive);
  EXPECT_FALSE(Read("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello").keep_alive);
  const ResponseReading both = Read(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(both.body, "hello");
  EXPECT_EQ(both.body_end, BodyEnd::kChunked);
  EXPECT_FALSE(both.keep_alive);
}

TEST(ResponseParser, RefusesTransferEncodingsOtherThanChunked) {
  for (const char* value : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "", "xchunked",
                            "chunked;q=1", "chunked, chunked"}) {
    EXPECT_EQ(FaultOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + std::string(value) + "\r\n\r\n"),
              ResponseFault::kTransferEncoding)
        << value;
  }
  EXPECT_EQ(
      FaultOf(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"),
      ResponseFault::kTransferEncoding);
  EXPECT_EQ(FaultOf("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ResponseFault::kTransferEncoding);
}

TEST(ResponseParser, KeepsTheConnectionByTheRulesOfEachVersion) {
  const auto keeps = [](const std::string& version, const std::string& fields) {
    return Read("HTTP/" + version + " 200 OK\r\nContent-Length: 0\r\n" + fields + "\r\n")
        .keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_TRUE(keeps("1.1", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_TRUE(keeps("1.1", "Connection: closer\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
  EXPECT_FALSE(Read("HTTP/1.1 200 OK\r\n\r\n").keep_alive);
}

TEST(BodyDecoder, TakesABodyUntilThePeerCloses) {
  const ResponseReading reading = Read("HTTP/1.0 200 OK\r\n\r\nhello", {.peer_closes = true});
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.body, "hello");
  EXPECT_TRUE(reading.done);
  EXPECT_FALSE(Read("HTTP/1.0 200 OK\r\n\r\nhello").done);
}

TEST(BodyDecoder, CallsABodyThatEndsEarlyTruncated) {
  const Status truncated(Code::kTruncated, Stage::kFetch);
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", {.peer_closes = true}).status,
            truncated);
  const std::string whole = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(Read(Chunked(whole.substr(0, length)), {.peer_closes = true}).status, truncated)
        << length;
  }
  EXPECT_TRUE(Read(Chunked(whole), {.peer_closes = true}).status.ok());
}

TEST(BodyDecoder, LeavesBytesBehindTheBodyAlone) {
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1").surplus, 8U);
  EXPECT_EQ(Read(Chunked("0\r\n\r\nxyz")).surplus, 3U);
}

TEST(BodyDecoder, JoinsChunks) {
  const ResponseReading reading =
      Read(Chunked("5\r\nhello\r\n1\r\n \r\n00a\r\nwide world\r\n000\r\n\r\n"));
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.body, "hello wide world");
  EXPECT_TRUE(reading.done);
  EXPECT_TRUE(reading.keep_alive);
}

TEST(BodyDecoder, TakesChunksWhoseDataLooksLikeFraming) {
  EXPECT_EQ(Read(Chunked("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n")).body, "0\r\n\r\n\r\n");
}

TEST(BodyDecoder, SkipsExtensionsAndTrailers) {
  const ResponseReading reading =
      Read(Chunked("5;a=b;c=\"d;e\"\r\nhello\r\n0 ; last\r\nX-Sum: 1\r\nEmpty:\r\n\r\n"));
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.body, "hello");
  EXPECT_TRUE(reading.done);
}

TEST(BodyDecoder, RefusesMalformedAndOverflowingChunkSizes) {
  for (const char* size :
       {"", "g", "-5", "+5", "0x5", " 5", "5 5", "\t", ";a", "8000000000000000", "FFFFFFFFFFFFFFFF",
        "10000000000000005", "100000000000000000000000000000005", "5\n", "5\rx", "5;a\n",
        "5;a\x01"}) {
    EXPECT_EQ(FaultOf(Chunked(std::string(size) + "\r\nhello\r\n0\r\n\r\n")),
              ResponseFault::kChunkSize)
        << size;
  }
  EXPECT_EQ(FaultOf(Chunked(std::string("5;\0\r\nhello\r\n", 12))), ResponseFault::kChunkSize);
}

TEST(BodyDecoder, TakesTheLargestChunkSize) {
  const ResponseReading reading = Read(Chunked("7fffffffffffffff\r\nabc"));
  EXPECT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.body, "abc");
  EXPECT_FALSE(reading.done);
}

TEST(BodyDecoder, LimitsChunkLinesAndTrailers) {
  EXPECT_TRUE(
      Read(Chunked("5;" + std::string(kMaxChunkLine - 3, 'a') + "\r\nhello\r\n0\r\n\r\n")).done);
  ResponseReader line({});
  line.Take(Chunked("5;" + std::string(kMaxChunkLine, 'a') + "\r\nhello\r\n0\r\n\r\n"));
  EXPECT_EQ(line.Finish().fault, ResponseFault::kChunkSize);
  ResponseReader zeros({});
  zeros.Take(Chunked(std::string(kMaxChunkLine, '0') + "5\r\nhello\r\n0\r\n\r\n"));
  EXPECT_EQ(zeros.Finish().fault, ResponseFault::kChunkSize);
  EXPECT_TRUE(Read(Chunked(std::string(15, '0') + "5\r\nhello\r\n0\r\n\r\n")).done);
  EXPECT_EQ(FaultOf(Chunked(std::string(16, '0') + "5\r\nhello\r\n0\r\n\r\n")),
            ResponseFault::kChunkSize);
  std::string trailers = "0\r\n";
  for (std::size_t i = 0; i < kMaxTrailers / 8 + 1; ++i) trailers += "A: bcd\r\n";
  ResponseReader trailer({});
  trailer.Take(Chunked(trailers + "\r\n"));
  EXPECT_EQ(trailer.Finish().fault, ResponseFault::kTrailer);
}

TEST(BodyDecoder, RefusesAChunkThatIsLongerOrShorterThanItsSize) {
  for (const char* body :
       {"4\r\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n",
        "6\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n"}) {
    EXPECT_EQ(FaultOf(Chunked(body)), ResponseFault::kChunkEnd) << body;
  }
}

TEST(BodyDecoder, RefusesMalformedTrailers) {
  for (const char* body :
       {"0\r\n\n", "0\r\n\rx", "0\r\n folded: x\r\n\r\n", "0\r\nno colon\r\n\r\n",
        "0\r\nA: x\n\r\n", "0\r\nA: x\rB: y\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\nA: \x01\r\n\r\n"}) {
    EXPECT_EQ(FaultOf(Chunked(body)), ResponseFault::kTrailer) << body;
  }
}

TEST(BodyDecoder, HandsOutWhatCameBeforeAFaultThenRefuses) {
  BodyDecoder decoder;
  ResponseHead head;
  head.body_end = BodyEnd::kChunked;
  decoder.Start(head);
  std::string raw = "3\r\nabc\r\nx\r\n";
  const MutableBytes bytes(reinterpret_cast<std::uint8_t*>(raw.data()), raw.size());
  const Result<BodyDecoder::Portion> portion = decoder.Decode(bytes);
  ASSERT_TRUE(portion);
  EXPECT_EQ(portion->produced, 3U);
  EXPECT_EQ(raw.substr(0, 3), "abc");
  EXPECT_EQ(decoder.Decode(bytes).error(), Status(NetworkFailure::kBadResponse));
  EXPECT_EQ(decoder.PeerClosed(), Status(NetworkFailure::kBadResponse));
  EXPECT_EQ(decoder.wanted(), 0U);
}

TEST(BodyDecoder, AsksForNoByteBeyondACountedBody) {
  BodyDecoder decoder;
  ResponseHead head;
  head.body_end = BodyEnd::kLength;
  head.content_length = 5;
  decoder.Start(head);
  EXPECT_EQ(decoder.wanted(), 5U);
  std::string raw = "abc";
  ASSERT_TRUE(decoder.Decode({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()}));
  EXPECT_EQ(decoder.wanted(), 2U);
}

}  // namespace
}  // namespace updraft
