// SPDX-License-Identifier: Apache-2.0
#include "server/authenticate.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/beast/http/field.hpp>
#include <charconv>
#include <map>

namespace updraft {
namespace {

constexpr std::string_view kRealm = R"(updraft \"test\")";  // as it stands between quotes

std::string Sum(bool sha256, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, sha256 ? EVP_sha256() : EVP_md5(),
             nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string Base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// name="value", ... with backslashes taken out of the values.
std::map<std::string, std::string> ParametersOf(std::string_view text) {
  std::map<std::string, std::string> parameters;
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    std::string& value = parameters[std::string(text.substr(0, equals))];
    text.remove_prefix(equals + 1);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    while (!text.empty() && text.front() != (quoted ? '"' : ',')) {
      if (quoted && text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
      value += text.front();
      text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
  }
  return parameters;
}

std::string Unquoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\\') out += c;
  }
  return out;
}

std::string DigestChallenge(const FaultRule& rule, std::uint64_t nonce, bool stale) {
  std::string text = fmt::format("Digest realm=\"{}\", nonce=\"{}\", opaque=\"o\"", kRealm, nonce);
  if (!rule.algorithm.empty()) text += ", algorithm=" + rule.algorithm;
  if (!rule.qop.empty()) text += ", qop=\"" + rule.qop + "\"";
  if (stale) text += ", stale=true";
  return text;
}

std::uint64_t NumberOf(const std::string& text, int base) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

std::string ResponseOf(const FaultRule& rule, const std::string& method,
                       std::map<std::string, std::string>& given) {
  const bool sha256 = rule.algorithm.starts_with("SHA-256");
  std::string key = Sum(sha256, rule.user + ":" + Unquoted(kRealm) + ":" + rule.password);
  if (rule.algorithm.ends_with("-sess")) {
    key = Sum(sha256, key + ":" + given["nonce"] + ":" + given["cnonce"]);
  }
  const std::string target = Sum(sha256, method + ":" + given["uri"]);
  std::string middle = given["nonce"];
  if (!rule.qop.empty()) middle += ":" + given["nc"] + ":" + given["cnonce"] + ":auth";
  return Sum(sha256, key + ":" + middle + ":" + target);
}

}  // namespace

std::optional<std::string> ChallengeFor(const FaultRule& rule, const Request& request) {
  const std::string_view field(request[boost::beast::http::field::authorization].data(),
                               request[boost::beast::http::field::authorization].size());
  if (rule.basic) {
    if (field == "Basic " + Base64(rule.user + ":" + rule.password)) return std::nullopt;
    return fmt::format("Basic realm=\"{}\"", kRealm);
  }
  if (!field.starts_with("Digest ")) return DigestChallenge(rule, 1, false);
  auto given = ParametersOf(field.substr(7));
  const std::string target(request.target());
  const std::string method(request.method_string());
  const bool right = given["username"] == rule.user && given["uri"] == target &&
                     given["opaque"] == "o" && given["realm"] == Unquoted(kRealm) &&
                     (given["qop"] == "auth") == !rule.qop.empty() &&
                     given["response"] == ResponseOf(rule, method, given);
  const std::uint64_t nonce = NumberOf(given["nonce"], 10);
  if (right && NumberOf(given["nc"], 16) <= rule.stale_after) return std::nullopt;
  return DigestChallenge(rule, nonce + 1, right);
}

}  // namespace updraft
