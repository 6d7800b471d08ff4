// SPDX-License-Identifier: Apache-2.0
// esp_http_client over TLS: who is trusted, and what is refused.
#include <esp_crt_bundle.h>
#include <esp_http_client.h>
#include <esp_tls.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <openssl/pem.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <optional>

#include "ports/host/authority_bundle.h"
#include "server/file_server.h"
#include "testing/openssl_server.h"
#include "testing/temporary_folder.h"
#include "testing/test_certificates.h"
#include "tests/facade/http_peer.h"

namespace updraft {
namespace {

class HttpTlsFacade : public Facade {
 protected:
  HttpTlsFacade() {
    std::ofstream(folder_ / "file") << "content";
    Start({});
  }
  ~HttpTlsFacade() override { esp_tls_free_global_ca_store(); }

  void Start(FileServerOptions options) {
    options.root = folder_.path();
    server_.emplace(std::move(options));
    ASSERT_TRUE(server_->Start().ok());
    url_ = server_->url() + "file";
  }
  // What perform says of a client that is made so.
  esp_err_t Perform(esp_http_client_config_t config) {
    if (config.url == nullptr) config.url = url_.c_str();
    const HttpClientOnTest client(config);
    const esp_err_t error = esp_http_client_perform(client.handle());
    tls_error_ = esp_http_client_get_and_clear_last_tls_error(client.handle(), &code_, &flags_);
    int code = 1;
    int flags = 1;
    EXPECT_EQ(esp_http_client_get_and_clear_last_tls_error(client.handle(), &code, &flags), ESP_OK)
        << "it is said once";
    EXPECT_TRUE(code == 0 && flags == 0);
    EXPECT_EQ(client.body(), error == ESP_OK ? "content" : "");
    return error;
  }
  std::vector<std::uint8_t> Der(const std::string& pem) {
    std::string text = pem.substr(pem.find('\n') + 1);
    text.resize(text.find("-----END"));
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    std::vector<std::uint8_t> der;
    std::uint32_t bits = 0;
    int count = 0;
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (const char c : text) {
      if (c == '=') break;
      bits = bits << 6U | static_cast<std::uint32_t>(kDigits.find(c));
      if ((count += 6) >= 8) der.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
    }
    return der;
  }
  // That key as PKCS #8, encrypted.
  static std::string Locked(const std::string& pem, const std::string& password) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    EXPECT_EQ(
        PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), password.data(),
                                      static_cast<int>(password.size()), nullptr, nullptr),
        1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  // ESP-IDF's form of a bundle with this authority.
  static std::vector<std::uint8_t> BundleOf(const std::string& pem) {
    std::string fault;
    const auto made = MakeAuthorityBundle(pem, fault);
    EXPECT_TRUE(made) << fault;
    const Bytes entry = Bytes(made->bytes).subspan(2);
    std::vector<std::uint8_t> bundle{4, 0, 0, 0, entry[1], entry[0], entry[3], entry[2]};
    bundle.insert(bundle.end(), entry.begin() + 4, entry.end());
    return bundle;
  }

  TemporaryFolder folder_;
  std::optional<FileServer> server_;
  std::string url_;
  esp_err_t tls_error_ = ESP_OK;
  int code_ = 0;
  int flags_ = 0;
};

TEST_F(HttpTlsFacade, TrustsTheCertificateThatItIsGiven) {
  const std::string pem = server_->ca_pem();
  EXPECT_EQ(Perform({.cert_pem = pem.c_str()}), ESP_OK);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .cert_len = pem.size() + 1}), ESP_OK)
      << "as EMBED_TXTFILES counts it, with its NUL";
  const auto der = Der(pem);
  EXPECT_EQ(
      Perform({.cert_pem = reinterpret_cast<const char*>(der.data()), .cert_len = der.size()}),
      ESP_OK);
}

TEST_F(HttpTlsFacade, ConnectsToNobodyWhenNobodyIsTrusted) {
  EXPECT_EQ(Perform({}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(tls_error_, ESP_ERR_MBEDTLS_SSL_SETUP_FAILED);
  EXPECT_EQ(Perform({.cert_pem = "no certificate"}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(tls_error_, ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED);
}

TEST_F(HttpTlsFacade, RefusesAServerOfAnotherAuthority) {
  const TestAuthority other;
  EXPECT_EQ(Perform({.cert_pem = other.certificate_pem().c_str()}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(tls_error_, ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED);
  EXPECT_EQ(
      Perform({.cert_pem = other.certificate_pem().c_str(), .skip_cert_common_name_check = true}),
      ESP_ERR_HTTP_CONNECT)
      << "only the name is not checked";
}

// The numbers are Mbed TLS's, which applications compare and look up.
TEST_F(HttpTlsFacade, SaysInMbedTlssNumbersWhyAServerIsRefused) {
  const auto say = [&](const esp_http_client_config_t& config, esp_err_t error, int code, int flags,
                       const char* what) {
    EXPECT_NE(Perform(config), ESP_OK) << what;
    EXPECT_EQ(tls_error_, error) << what;
    EXPECT_EQ(code_, code) << what;
    EXPECT_EQ(flags_, flags) << what;
  };
  const auto serve = [&](const TestAuthority& authority, const CertificateRequest& request) {
    FileServerOptions options;
    const CertifiedKey issued = authority.Issue(request);
    options.identity = {.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem};
    Start(std::move(options));
  };
  constexpr esp_err_t kHandshake = ESP_ERR_MBEDTLS_SSL_HANDSHAKE_FAILED;
  const TestAuthority authority;
  const TestAuthority other;
  const std::string& pem = authority.certificate_pem();
  const esp_http_client_config_t trusting{.cert_pem = pem.c_str()};
  serve(authority, {});
  say({.cert_pem = other.certificate_pem().c_str()}, kHandshake, 0x2700, 0x08, "not trusted");
  say({.crt_bundle_attach = esp_crt_bundle_attach}, kHandshake, 0x3000, -1, "not in the bundle");
  say({.cert_pem = "no certificate"}, ESP_ERR_MBEDTLS_X509_CRT_PARSE_FAILED, 0x2180, 0, "no PEM");
  serve(authority, {.valid_from = -7200, .valid_until = -3600});
  say(trusting, kHandshake, 0x2700, 0x01, "expired");
  serve(authority, {.valid_from = 3600, .valid_until = 7200});
  say(trusting, kHandshake, 0x2700, 0x0200, "of the future");
  serve(authority, {.common_name = "other", .names = {"DNS:other"}});
  say(trusting, kHandshake, 0x2700, 0x04, "another name");

  FileServerOptions plain;
  plain.plain_http = true;
  Start(std::move(plain));
  const std::string as_tls = "https" + url_.substr(4);
  say({.url = as_tls.c_str(), .cert_pem = pem.c_str()}, kHandshake, 0x7200, 0, "not TLS");
  say({.url = "http://127.0.0.1:1/"}, ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST, 0, 0, "nobody");
}

TEST_F(HttpTlsFacade, LogsTheHandshakeThatFailedInEspTlssWords) {
  const TestAuthority other;
  testing::internal::CaptureStdout();
  EXPECT_EQ(Perform({.cert_pem = other.certificate_pem().c_str()}), ESP_ERR_HTTP_CONNECT);
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, testing::HasSubstr("mbedtls_ssl_handshake returned -0x2700"));
  EXPECT_THAT(log, testing::HasSubstr("Failed to verify peer certificate!"));
}

TEST_F(HttpTlsFacade, ChecksTheNameUnlessToldNotTo) {
  const TestAuthority authority;
  FileServerOptions options;
  const CertifiedKey issued = authority.Issue({.common_name = "other", .names = {"DNS:other"}});
  options.identity = {.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem};
  Start(std::move(options));
  const std::string pem = authority.certificate_pem();
  EXPECT_EQ(Perform({.cert_pem = pem.c_str()}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .skip_cert_common_name_check = true}), ESP_OK);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .common_name = "other"}), ESP_OK);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .common_name = "another"}), ESP_ERR_HTTP_CONNECT);
}

TEST_F(HttpTlsFacade, TakesAnAddressThatIsOnlyTheCommonName) {
  FileServerOptions options;
  const CertifiedKey made = SelfSigned({.common_name = "127.0.0.1", .names = {}});
  options.identity = {.certificate_pem = made.certificate_pem, .key_pem = made.key_pem};
  Start(std::move(options));
  EXPECT_EQ(Perform({.cert_pem = made.certificate_pem.c_str()}), ESP_OK);
}

TEST_F(HttpTlsFacade, TrustsTheGlobalStore) {
  EXPECT_EQ(Perform({.use_global_ca_store = true}), ESP_ERR_HTTP_CONNECT) << "there is none";
  const std::string pem = server_->ca_pem();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(pem.c_str());
  EXPECT_EQ(esp_tls_get_global_ca_store(), nullptr);
  ASSERT_EQ(esp_tls_set_global_ca_store(bytes, static_cast<unsigned>(pem.size() + 1)), ESP_OK);
  EXPECT_NE(esp_tls_get_global_ca_store(), nullptr);
  EXPECT_EQ(Perform({.use_global_ca_store = true}), ESP_OK);
  const std::string partly = pem + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
  const auto* const damaged = reinterpret_cast<const unsigned char*>(partly.c_str());
  EXPECT_EQ(esp_tls_set_global_ca_store(damaged, static_cast<unsigned>(partly.size() + 1)),
            ESP_ERR_MBEDTLS_CERT_PARTLY_OK);
  EXPECT_EQ(esp_tls_set_global_ca_store(nullptr, 1), ESP_ERR_INVALID_ARG);
  const unsigned char nothing[] = "nothing";
  EXPECT_EQ(esp_tls_set_global_ca_store(nothing, sizeof nothing), ESP_FAIL);
  EXPECT_EQ(esp_tls_get_global_ca_store(), nullptr) << "it is gone then";
}

TEST_F(HttpTlsFacade, TrustsABundleThatIsSet) {
  const esp_http_client_config_t config{.crt_bundle_attach = esp_crt_bundle_attach};
  EXPECT_EQ(Perform(config), ESP_ERR_HTTP_CONNECT) << "the system does not know the server";
  const auto bundle = BundleOf(server_->ca_pem());
  ASSERT_EQ(esp_crt_bundle_set(bundle.data(), bundle.size()), ESP_OK);
  EXPECT_EQ(Perform(config), ESP_OK);
  const TestAuthority other;
  const auto strangers = BundleOf(other.certificate_pem());
  ASSERT_EQ(esp_crt_bundle_set(strangers.data(), strangers.size()), ESP_OK);
  EXPECT_EQ(Perform(config), ESP_ERR_HTTP_CONNECT);
  esp_crt_bundle_detach(nullptr);
}

TEST_F(HttpTlsFacade, RefusesABundleThatIsNone) {
  auto bundle = BundleOf(server_->ca_pem());
  EXPECT_EQ(esp_crt_bundle_set(nullptr, 4), ESP_ERR_INVALID_ARG);
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    EXPECT_EQ(esp_crt_bundle_set(bundle.data(), size), ESP_ERR_INVALID_ARG) << size;
  }
  for (const int first : {0, 3, 8, 255}) {
    bundle[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(esp_crt_bundle_set(bundle.data(), bundle.size()), ESP_ERR_INVALID_ARG) << first;
  }
  EXPECT_FALSE(esp_crt_bundle_in_use(nullptr));
}

TEST_F(HttpTlsFacade, C8SpeaksTheVersionThatIsAskedFor) {
  const std::string pem = server_->ca_pem();
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .tls_version = ESP_HTTP_CLIENT_TLS_VER_TLS_1_2}),
            ESP_OK);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .tls_version = ESP_HTTP_CLIENT_TLS_VER_TLS_1_3}),
            ESP_OK);
  ASSERT_TRUE(server_->SetScript({.tls = TlsFault::kVersion11}).ok());
  EXPECT_EQ(Perform({.cert_pem = pem.c_str()}), ESP_ERR_HTTP_CONNECT);
}

TEST_F(HttpTlsFacade, K14DoesNotGoFromHttpsToHttp) {
  const HttpPeer plain(OkAnswer("content"));
  FaultRule rule;
  rule.fault = Fault::kRedirect;
  rule.to = plain.url();
  ASSERT_TRUE(server_->SetScript({.rules = {rule}}).ok());
  const std::string pem = server_->ca_pem();
  const HttpClientOnTest client({.url = url_.c_str(), .cert_pem = pem.c_str()});
  ASSERT_EQ(esp_http_client_open(client.handle(), 0), ESP_OK);
  ASSERT_GE(esp_http_client_fetch_headers(client.handle()), 0);
  EXPECT_EQ(esp_http_client_set_redirection(client.handle()), ESP_ERR_HTTP_REDIRECT_DOWNGRADE);
  char url[128];
  ASSERT_EQ(esp_http_client_get_url(client.handle(), url, sizeof url), ESP_OK);
  EXPECT_EQ(url, url_) << "nothing has changed";
  EXPECT_THAT(plain.requests(), testing::IsEmpty());
}

TEST_F(HttpTlsFacade, FollowsNoSpellingOfHttpFromHttps) {
  const std::string pem = server_->ca_pem();
  for (const char* to :
       {"HTTP://127.0.0.1/x", "http:/x", "http:x", "ftp://127.0.0.1/x", " http://h/"}) {
    FaultRule rule;
    rule.fault = Fault::kRedirect;
    rule.to = to;
    ASSERT_TRUE(server_->SetScript({.rules = {rule}}).ok());
    const HttpClientOnTest client({.url = url_.c_str(), .cert_pem = pem.c_str()});
    EXPECT_NE(esp_http_client_perform(client.handle()), ESP_OK) << to;
    char url[128];
    ASSERT_EQ(esp_http_client_get_url(client.handle(), url, sizeof url), ESP_OK);
    EXPECT_TRUE(std::string_view(url).starts_with("https://")) << to << " became " << url;
  }
}

TEST_F(HttpTlsFacade, SaysThatAnAsynchronousClientIsNotDone) {
  const std::string pem = server_->ca_pem();
  const HttpClientOnTest client({.url = url_.c_str(), .cert_pem = pem.c_str(), .is_async = true});
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_ERR_HTTP_EAGAIN);
  EXPECT_EQ(esp_http_client_perform(client.handle()), ESP_OK);
  const HttpClientOnTest opened({.url = url_.c_str(), .cert_pem = pem.c_str(), .is_async = true});
  EXPECT_EQ(esp_http_client_open(opened.handle(), 0), ESP_ERR_HTTP_CONNECTING);
}

TEST_F(HttpTlsFacade, ShowsItsOwnCertificateToAServerThatAsks) {
  const TestAuthority authority;
  const CertifiedKey client = authority.Issue({.common_name = "device", .names = {}});
  const TemporaryFolder folder;
  WriteFile(folder / "ca.pem", authority.certificate_pem());
  OpensslServer server(authority.Issue({}), {"-WWW", "-Verify", "1", "-verify_return_error",
                                             "-CAfile", (folder / "ca.pem").string()});
  WriteFile(server.folder() / "file", "content");
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/file";
  const esp_http_client_config_t anonymous{.url = url.c_str(),
                                           .cert_pem = authority.certificate_pem().c_str()};
  EXPECT_NE(Perform(anonymous), ESP_OK);
  auto named = anonymous;
  named.client_cert_pem = client.certificate_pem.c_str();
  named.client_key_pem = client.key_pem.c_str();
  EXPECT_EQ(Perform(named), ESP_OK);
  const auto der = Der(client.key_pem);
  named.client_key_pem = reinterpret_cast<const char*>(der.data());
  named.client_key_len = der.size();
  EXPECT_EQ(Perform(named), ESP_OK) << "the key as DER";
  const esp_key_config_t buffer{
      .source = ESP_KEY_SOURCE_BUFFER,
      .buffer = {.data = client.key_pem.c_str(), .len = client.key_pem.size() + 1}};
  named.client_key_pem = nullptr;
  named.client_key = &buffer;
  EXPECT_EQ(Perform(named), ESP_OK) << "the key in a key configuration";
  const std::string locked = Locked(client.key_pem, "secret");
  named.client_key = nullptr;
  named.client_key_pem = locked.c_str();
  named.client_key_len = 0;
  EXPECT_EQ(Perform(named), ESP_ERR_HTTP_CONNECT) << "no password";
  named.client_key_password = "wrong!";
  named.client_key_password_len = 6;
  EXPECT_EQ(Perform(named), ESP_ERR_HTTP_CONNECT);
  named.client_key_password = "secret and more";
  EXPECT_EQ(Perform(named), ESP_OK) << "the first six of it";
  const auto locked_der = Der(locked);
  named.client_key_pem = reinterpret_cast<const char*>(locked_der.data());
  named.client_key_len = locked_der.size();
  EXPECT_EQ(Perform(named), ESP_OK) << "encrypted, as DER";
}

TEST_F(HttpTlsFacade, UsesTheInterfaceTheFamilyAndTheProtocolsThatItIsTold) {
  const std::string pem = server_->ca_pem();
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name);
  ifreq absent{};
  std::strncpy(absent.ifr_name, "absent0", sizeof absent.ifr_name);
  const char* protocols[] = {"http/1.1", nullptr};
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(),
                     .keep_alive_enable = true,
                     .if_name = &loopback,
                     .alpn_protos = protocols,
                     .addr_type = HTTP_ADDR_TYPE_INET}),
            ESP_OK);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .if_name = &absent}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .addr_type = HTTP_ADDR_TYPE_INET6}),
            ESP_ERR_HTTP_CONNECT)
      << "127.0.0.1 is no address of IPv6";
}

TEST_F(HttpTlsFacade, RefusesKeysThatAreNotThere) {
  const std::string pem = server_->ca_pem();
  const esp_key_config_t psa{.source = ESP_KEY_SOURCE_PSA, .psa = {.key_id = 1}};
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .client_key = &psa}), ESP_ERR_HTTP_CONNECT);
  EXPECT_EQ(tls_error_, ESP_ERR_MBEDTLS_PK_PARSE_KEY_FAILED);
  EXPECT_EQ(Perform({.cert_pem = pem.c_str(), .client_cert_pem = "x", .client_key_pem = "y"}),
            ESP_ERR_HTTP_CONNECT);
}

}  // namespace
}  // namespace updraft
