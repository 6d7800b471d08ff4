// SPDX-License-Identifier: Apache-2.0
// URLs and references, and libcurl's parser as a second opinion: what is taken
// here, curl takes too and leads to the same host, port and path.
#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "updraft/port/state_sizes.h"

#include "fuzz/fuzz.h"
#include "src/http/grammar.h"
#include "src/http/url.h"

namespace updraft {
namespace {

using fuzz::Require;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, FreeUrl>;

std::string Part(const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(url.get(), part, &text, CURLU_DEFAULT_PORT);
  if (code != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool SameText(std::string_view left, std::string_view right) {
  return http::EqualsIgnoringCase(left, right);
}

// curl reads any number as an address ("http://1/" is 0.0.0.1) and is asked only
// for hosts that are names with a letter.
bool IsName(const http::Url& url) {
  const auto letter = [](char c) { return http::IsAlpha(c); };
  return !url.is_ipv6 && std::ranges::any_of(url.host, letter);
}

void AskCurl(std::string_view text, const http::Url& url) {
  const CurlUrl other(curl_url());
  const std::string copy(text);
  // curl limits a URL to 8 MB only, but takes no URL with a blank or a control
  // character; here neither is taken.
  const CURLUcode code = curl_url_set(other.get(), CURLUPART_URL, copy.c_str(), CURLU_PATH_AS_IS);
  Require(code == CURLUE_OK, "curl takes what is taken here");
  Require(SameText(Part(other, CURLUPART_SCHEME), url.tls ? "https" : "http"), "the same scheme");
  Require(Part(other, CURLUPART_PORT) == std::to_string(url.port), "the same port");
  if (IsName(url)) Require(SameText(Part(other, CURLUPART_HOST), url.host), "the same host");
  const std::string path = Part(other, CURLUPART_PATH);
  Require(path == (url.path.empty() ? std::string_view("/") : url.path), "the same path");
  Require(Part(other, CURLUPART_QUERY) == url.query, "the same query");
}

void Run(Bytes bytes) {
  const std::string_view both = fuzz::AsText(bytes);
  const std::size_t end = both.find('\n');
  const std::string_view text = both.substr(0, end);
  const auto url = http::ParseUrl(text);
  if (!url) return;
  Require(!url->host.empty() && url->host.size() <= kMaxHostLength, "a host of its length");
  Require(url->port != 0, "a port");
  Require(http::SameOrigin(*url, *url), "an origin is its own");
  AskCurl(text, *url);

  const std::string_view reference =
      end == std::string_view::npos ? std::string_view() : both.substr(end + 1);
  std::array<std::uint8_t, 4096> out{};
  const auto resolved = http::ResolveUrl(*url, reference, out);
  if (!resolved) return;
  const auto again = http::ParseUrl(*resolved);
  Require(again.has_value(), "a resolved URL is a URL");
  Require(again->user_info.empty() || again->has_user_info, "user information is told");
  Require(("/" + std::string(again->path) + "/").find("/../") == std::string::npos,
          "dot segments are removed");
  std::array<std::uint8_t, 4096> twice{};
  const auto same = http::ResolveUrl(*url, *resolved, twice);
  Require(same.has_value() && *same == *resolved, "a resolved URL resolves to itself");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
