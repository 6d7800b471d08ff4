// SPDX-License-Identifier: Apache-2.0
// The same response for this parser and for libcurl's: what is taken here, curl
// takes too, with the same status and body. Otherwise a proxy or a tool could see
// another answer than the device does.
#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "fuzz/fuzz.h"
#include "testing/response_reader.h"

namespace updraft {
namespace {

using fuzz::Require;

// A socket holds this much without a reader.
constexpr std::size_t kMostBytes = std::size_t{16} * 1024;

struct CurlReading {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string body;
};

std::size_t Keep(char* data, std::size_t one, std::size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, one * size);
  return one * size;
}

// A listening socket without a name in any folder, and curl beside it on one thread.
class Exchange {
 public:
  Exchange() : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const std::string name = "updraft-fuzz-" + std::to_string(getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, &address.sun_path[1]);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const bool listens = bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                         listen(listener_, 1) == 0;
    Require(listens, "there is a socket");
    curl_easy_setopt(easy_, CURLOPT_URL, "http://localhost/");
    curl_easy_setopt(easy_, CURLOPT_ABSTRACT_UNIX_SOCKET, name.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, 30'000L);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, Keep);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    close(listener_);
  }

  CurlReading Read(Bytes response, bool head) {
    CurlReading reading;
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy_, CURLOPT_NOBODY, head ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &reading.body);
    curl_multi_add_handle(multi_, easy_);
    int peer = -1;
    for (int running = 1; running > 0;) {
      Require(curl_multi_perform(multi_, &running) == CURLM_OK, "curl works");
      if (peer < 0) peer = Answer(response);
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    if (peer >= 0) close(peer);
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi_, &left);
    Require(message != nullptr && message->msg == CURLMSG_DONE, "curl comes to an end");
    reading.code = message->data.result;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &reading.status);
    curl_multi_remove_handle(multi_, easy_);
    return reading;
  }

 private:
  // The connected peer, whose answer is whole in its socket; -1 before it is there.
  int Answer(Bytes response) const {
    const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return peer;
    const bool sent =
        write(peer, response.data(), response.size()) == static_cast<ssize_t>(response.size());
    Require(sent && shutdown(peer, SHUT_WR) == 0, "a socket takes a short response");
    return peer;
  }

  int listener_;
  CURL* easy_ = curl_easy_init();
  CURLM* multi_ = curl_multi_init();
};

// HTTP/1.2 to 1.9 is to be read as 1.1 (RFC 9110, section 2.5); curl refuses it.
bool NamesALaterMinor(std::string_view text) {
  constexpr std::string_view kName = "HTTP/1.";
  for (std::size_t at = text.find(kName); at != std::string_view::npos;
       at = text.find(kName, at + 1)) {
    if (at + kName.size() < text.size() && text[at + kName.size()] > '1') return true;
  }
  return false;
}

void Run(fuzz::Input input) {
  const bool head = (input.Byte() & 1) != 0;
  if (input.rest().size() > kMostBytes || NamesALaterMinor(fuzz::AsText(input.rest()))) return;
  ResponseReader reader({.head = head, .buffer = kMostBytes + 1, .peer_closes = true});
  reader.Take(fuzz::AsText(input.rest()));
  const ResponseReading ours = reader.Finish();
  if (!ours.done || !ours.status.ok()) return;
  static Exchange exchange;
  const CurlReading other = exchange.Read(input.rest(), head);
  Require(other.code == CURLE_OK, "curl takes what is taken here, but says: " +
                                      std::string(curl_easy_strerror(other.code)));
  Require(other.status == static_cast<long>(ours.code), "the same status");
  Require(other.body == ours.body, "the same body");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
