// SPDX-License-Identifier: Apache-2.0
#include "ports/host/tls_client.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <vector>

#include "ports/host/posix_file.h"

namespace updraft {
namespace {

struct FreeParts {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Text = std::unique_ptr<BIO, FreeParts>;
using Certificate = std::unique_ptr<X509, FreeParts>;
using Key = std::unique_ptr<EVP_PKEY, FreeParts>;

int GivePassword(char* buffer, int size, int, void* user) {
  const auto& password = *static_cast<const std::string*>(user);
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  return static_cast<int>(password.copy(buffer, password.size()));
}

class TlsClient {
 public:
  TlsClient(const HostConnectionOptions& options, std::string& fault)
      : options_(options), fault_(fault), context_(SSL_CTX_new(TLS_client_method())) {}

  std::unique_ptr<SSL_CTX, FreeTls> Make() {
    ERR_clear_error();
    if (context_ == nullptr || !SetVersions() || !SetCiphers() || !SetProtocols()) {
      if (fault_.empty()) fault_ = "OpenSSL does not start: " + TakeTlsError();
      return nullptr;
    }
    SSL_CTX_set_mode(context_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    if (!SetTrust() || !SetCertificate()) return nullptr;
    return std::move(context_);
  }

 private:
  bool Fail(std::string text) {
    const std::string reason = TakeTlsError();
    fault_ = reason.empty() ? std::move(text) : fmt::format("{}: {}", text, reason);
    return false;
  }
  bool SetVersions();
  bool SetCiphers();
  bool SetProtocols();
  bool SetTrust();
  bool TrustText();
  bool SetCertificate();
  bool SetCertificateText();
  bool SetKeyText();

  const HostConnectionOptions& options_;
  std::string& fault_;
  std::unique_ptr<SSL_CTX, FreeTls> context_;
};

bool TlsClient::SetVersions() {
  using Versions = HostConnectionOptions::TlsVersions;
  const bool only_13 = options_.tls_versions == Versions::kOnly13;
  const bool only_12 = options_.tls_versions == Versions::kOnly12;
  return SSL_CTX_set_min_proto_version(context_.get(), only_13 ? TLS1_3_VERSION : TLS1_2_VERSION) ==
             1 &&
         SSL_CTX_set_max_proto_version(context_.get(), only_12 ? TLS1_2_VERSION : 0) == 1;
}

// Of what the system's configuration allows, AES-128 goes first: it spares both ends
// time in every byte, and SHA-384 in the handshake.
bool TlsClient::SetCiphers() {
  const STACK_OF(SSL_CIPHER)* const allowed = SSL_CTX_get_ciphers(context_.get());
  std::string first;
  std::string others;
  for (int i = 0; i < sk_SSL_CIPHER_num(allowed); ++i) {
    const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(allowed, i);
    if (SSL_CIPHER_get_protocol_id(cipher) >> 8 != 0x13) break;  // those of TLS 1.3 lead
    const bool is_first = SSL_CIPHER_get_id(cipher) == TLS1_3_CK_AES_128_GCM_SHA256;
    (is_first ? first : others).append(SSL_CIPHER_get_name(cipher)) += ':';
  }
  if (first.empty() || others.empty()) return true;
  others.pop_back();
  return SSL_CTX_set_ciphersuites(context_.get(), (first + others).c_str()) == 1;
}

bool TlsClient::SetProtocols() {
  std::vector<unsigned char> list;
  const auto add = [&list](std::string_view protocol) {
    list.push_back(static_cast<unsigned char>(protocol.size()));
    list.insert(list.end(), protocol.begin(), protocol.end());
  };
  for (const std::string& protocol : options_.protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      return Fail("expected ALPN protocols of 1 to 255 bytes, found another");
    }
    add(protocol);
  }
  if (list.empty()) add("http/1.1");
  return SSL_CTX_set_alpn_protos(context_.get(), list.data(), static_cast<unsigned>(list.size())) ==
         0;
}

bool TlsClient::SetTrust() {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // Who is trusted need not be a root: a server's own certificate, too.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  if (!options_.ca_pem.empty()) {
    if (!TrustText()) return false;
  } else if (!options_.ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context, options_.ca_file.c_str()) != 1) {
      return Fail(fmt::format("expected certificates in PEM at {}", options_.ca_file));
    }
  } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
    return Fail("the system's certificates cannot be read");
  }
  return options_.authorities.empty() || TrustAuthorities(*context, options_.authorities) ||
         Fail("out of memory");
}

bool TlsClient::TrustText() {
  const Text text(
      BIO_new_mem_buf(options_.ca_pem.data(), static_cast<int>(options_.ca_pem.size())));
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.get());
  std::size_t count = 0;
  while (
      const Certificate certificate{PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return Fail("out of memory");
    ++count;
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended || count == 0) return Fail("expected certificates in PEM of whom to trust");
  ERR_clear_error();
  return true;
}

bool TlsClient::SetCertificate() {
  SSL_CTX* const context = context_.get();
  SetKeyPassword(*context, options_.key_password);
  if (!options_.certificate_pem.empty()) {
    if (!SetCertificateText()) return false;
  } else if (options_.certificate_file.empty()) {
    return true;
  } else if (SSL_CTX_use_certificate_chain_file(context, options_.certificate_file.c_str()) != 1) {
    return Fail(fmt::format("expected the client's certificate at {}", options_.certificate_file));
  }
  if (!options_.key_pem.empty()) {
    if (!SetKeyText()) return false;
  } else {
    // As one file may hold both.
    const std::string& file =
        options_.key_file.empty() ? options_.certificate_file : options_.key_file;
    if (SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) != 1) {
      return Fail(fmt::format("expected the client's private key at {}", file));
    }
  }
  return SSL_CTX_check_private_key(context) == 1 ||
         Fail("expected the private key of the client's certificate, found another");
}

bool TlsClient::SetCertificateText() {
  const std::string& pem = options_.certificate_pem;
  const Text text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate certificate(PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr || SSL_CTX_use_certificate(context_.get(), certificate.get()) != 1) {
    return Fail("expected the client's certificate in PEM");
  }
  while ((certificate = Certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr))) !=
         nullptr) {
    if (SSL_CTX_add1_chain_cert(context_.get(), certificate.get()) != 1) {
      return Fail("out of memory");
    }
  }
  ERR_clear_error();
  return true;
}

bool TlsClient::SetKeyText() {
  const Text text(
      BIO_new_mem_buf(options_.key_pem.data(), static_cast<int>(options_.key_pem.size())));
  const Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, &GivePassword,
                                        const_cast<std::string*>(&options_.key_password)));
  return (key != nullptr && SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) ||
         Fail("expected the client's private key in PEM");
}

}  // namespace

void SetKeyPassword(SSL_CTX& context, const std::string& password) {
  SSL_CTX_set_default_passwd_cb(&context, &GivePassword);
  SSL_CTX_set_default_passwd_cb_userdata(&context, const_cast<std::string*>(&password));
}

std::string TakeTlsError() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return {};
  // A system's error has no words there.
  if (ERR_SYSTEM_ERROR(error)) return ErrnoText(ERR_GET_REASON(error));
  const char* const reason = ERR_reason_error_string(error);
  return reason == nullptr ? fmt::format("OpenSSL's error {:#x}", error) : std::string(reason);
}

std::unique_ptr<SSL_CTX, FreeTls> MakeTlsClient(const HostConnectionOptions& options,
                                                std::string& fault) {
  return TlsClient(options, fault).Make();
}

}  // namespace updraft
