// SPDX-License-Identifier: Apache-2.0
#include "src/http/request_writer.h"

#include <algorithm>
#include <cstring>

#include "src/http/grammar.h"
#include "src/http/url.h"

namespace updraft {

// A length that is known needs no code to find it out.
using namespace std::string_view_literals;

namespace {

using http::EqualsIgnoringCase;

bool Has(const HttpRequest& request, std::string_view name) {
  for (const auto& fields : {request.headers, request.more_headers}) {
    for (const HeaderField& field : fields) {
      if (EqualsIgnoringCase(field.name, name)) return true;
    }
  }
  return false;
}

Status CheckFields(std::span<const HeaderField> fields, std::size_t& hosts) {
  constexpr Status kRefused{Code::kInvalidArgument, Stage::kFetch};
  for (const HeaderField& field : fields) {
    if (!http::IsToken(field.name) || !http::IsFieldText(field.value)) return kRefused;
    if (EqualsIgnoringCase(field.name, "content-length"sv) ||
        EqualsIgnoringCase(field.name, "transfer-encoding"sv)) {
      return kRefused;
    }
    if (EqualsIgnoringCase(field.name, "host"sv)) ++hosts;
  }
  return kOk;
}

bool AlwaysHasLength(std::string_view method) {
  return method == "POST"sv || method == "PUT"sv || method == "PATCH"sv;
}

// Gathers pieces in the buffer and hands them on when it is full.
class Gatherer {
 public:
  Gatherer(MutableBytes buffer, Sink& sink) : buffer_(buffer), sink_(sink) {}
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;
  ~Gatherer() { Wipe(buffer_.first(most_)); }

  void Add(Bytes data) {
    while (!data.empty() && status_.ok()) {
      const std::size_t length = std::min(data.size(), buffer_.size() - size_);
      std::memcpy(buffer_.data() + size_, data.data(), length);
      size_ += length;
      most_ = std::max(most_, size_);
      data = data.subspan(length);
      if (size_ == buffer_.size()) Flush();
    }
  }
  void Add(std::string_view text) { Add(AsBytes(text)); }
  void AddField(std::string_view name, std::string_view value) {
    Add(name);
    Add(": "sv);
    Add(value);
    Add("\r\n"sv);
  }
  Status Finish() {
    Flush();
    return status_;
  }

 private:
  void Flush() {
    if (status_.ok() && size_ > 0) status_ = sink_.Write(buffer_.first(size_));
    size_ = 0;
  }

  MutableBytes buffer_;
  Sink& sink_;
  std::size_t size_ = 0;
  std::size_t most_ = 0;
  Status status_;
};

void AddHost(const http::Url& url, Gatherer& out) {
  out.Add("Host: "sv);
  if (url.is_ipv6) out.Add("["sv);
  out.Add(url.host);
  if (url.is_ipv6) out.Add("]"sv);
  if (!url.has_default_port()) {
    out.Add(":"sv);
    out.Add(http::Decimal(url.port).text());
  }
  out.Add("\r\n"sv);
}

// Request line and host: nothing else needs the URL taken apart.
[[gnu::noinline]] Status AddTarget(const HttpRequest& request, Gatherer& out) {
  const Result<http::Url> url = http::ParseUrl(request.url);
  if (!url) return url.error();
  out.Add(request.method);
  out.Add(" "sv);
  out.Add(url->path.empty() ? "/"sv : url->path);
  if (url->has_query) {
    out.Add("?"sv);
    out.Add(url->query);
  }
  out.Add(" HTTP/1.1\r\n"sv);
  if (!Has(request, "host"sv)) AddHost(*url, out);
  return kOk;
}

[[gnu::noinline]] void AddLength(std::size_t length, Gatherer& out) {
  out.AddField("Content-Length"sv, http::Decimal(length).text());
}

}  // namespace

Status CheckRequest(const HttpRequest& request) {
  std::size_t hosts = 0;
  UPDRAFT_TRY(CheckFields(request.headers, hosts));
  UPDRAFT_TRY(CheckFields(request.more_headers, hosts));
  const bool sound = http::IsToken(request.method) && request.method != "CONNECT"sv && hosts <= 1;
  return sound ? kOk : Status(Code::kInvalidArgument, Stage::kFetch);
}

Status CheckUrl(std::string_view url) {
  const Result<http::Url> parsed = http::ParseUrl(url);
  return parsed ? kOk : parsed.error();
}

namespace http {

Status WriteRequest(const HttpRequest& request, MutableBytes buffer, Sink& sink) {
  Gatherer out(buffer, sink);
  UPDRAFT_TRY(AddTarget(request, out));
  for (const auto& fields : {request.headers, request.more_headers}) {
    for (const HeaderField& field : fields) out.AddField(field.name, Trim(field.value));
  }
  if (!request.body.empty() || AlwaysHasLength(request.method)) {
    AddLength(request.body.size(), out);
  }
  out.Add("\r\n"sv);
  out.Add(request.body);
  return out.Finish();
}

}  // namespace http
}  // namespace updraft
