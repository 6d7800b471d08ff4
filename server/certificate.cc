// SPDX-License-Identifier: Apache-2.0
#include "server/certificate.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/openssl_handle.h"

namespace updraft {
namespace {

constexpr long kVersion3 = 2;

ExplainedStatus OpensslFailure(const char* what) {
  return {Code::kUnsupported,
          fmt::format("OpenSSL should have made {}, but refused ({}).", what, TakeOpensslReason())};
}

template <typename Write>
std::string ToPem(Write write) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return {};
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

TlsIdentity PemOf(X509* certificate, EVP_PKEY* key) {
  return {ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); }),
          ToPem([&](BIO* bio) {
            return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

bool SetSerial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40);  // positive, never zero
  const std::unique_ptr<BIGNUM, OpensslFree<BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetValidity(X509* certificate, const CertificateOptions& options) {
  const int last_day = options.first_day + options.days;
  return X509_time_adj_ex(X509_getm_notBefore(certificate), options.first_day, 0, nullptr) &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), last_day, -1, nullptr);
}

bool SetName(X509_NAME* name, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                    0) == 1;
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string AddressBytes(const std::string& host) {
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool IsHostName(const std::string& host) {
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '*';
  });
}

bool AddHost(GENERAL_NAMES* names, const std::string& host) {
  const std::string address = AddressBytes(host);
  const bool numeric = !address.empty();
  const std::string& bytes = numeric ? address : host;
  std::unique_ptr<GENERAL_NAME, OpensslFree<GENERAL_NAME_free>> name(GENERAL_NAME_new());
  ASN1_STRING* value = numeric ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
  if (!name || value == nullptr) return false;
  GENERAL_NAME_set0_value(name.get(), numeric ? GEN_IPADD : GEN_DNS, value);
  if (ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) != 1 ||
      sk_GENERAL_NAME_push(names, name.get()) <= 0)
    return false;
  static_cast<void>(name.release());
  return true;
}

bool AddHosts(X509* certificate, const std::vector<std::string>& hosts) {
  const NamesHandle names(sk_GENERAL_NAME_new_null());
  if (!names) return false;
  for (const std::string& host : hosts) {
    if (!AddHost(names.get(), host)) return false;
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

CertificateHandle StartCertificate(const CertificateOptions& options, EVP_PKEY* key,
                                   const std::string& subject) {
  CertificateHandle certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), kVersion3) != 1 ||
      !SetSerial(certificate.get()) || !SetValidity(certificate.get(), options) ||
      !SetName(X509_get_subject_name(certificate.get()), subject) ||
      X509_set_pubkey(certificate.get(), key) != 1)
    return nullptr;
  return certificate;
}

bool AddAuthorityExtensions(X509* authority) {
  return AddExtension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         AddExtension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         AddExtension(authority, authority, NID_subject_key_identifier, "hash") &&
         AddExtension(authority, authority, NID_authority_key_identifier, "keyid:always");
}

bool AddServerExtensions(X509* server, X509* authority) {
  return AddExtension(server, authority, NID_basic_constraints, "critical,CA:FALSE") &&
         AddExtension(server, authority, NID_key_usage, "critical,digitalSignature") &&
         AddExtension(server, authority, NID_ext_key_usage, "serverAuth") &&
         AddExtension(server, authority, NID_subject_key_identifier, "hash") &&
         AddExtension(server, authority, NID_authority_key_identifier, "keyid:always");
}

ExplainedStatus CheckHosts(const std::vector<std::string>& hosts) {
  if (hosts.empty())
    return {Code::kInvalidArgument, "A server certificate needs a host name or address; give one."};
  for (const std::string& host : hosts) {
    if (AddressBytes(host).empty() && !IsHostName(host)) {
      return {Code::kInvalidArgument,
              fmt::format("A certificate's host should be a name or an address, but \"{}\" is "
                          "neither.",
                          host)};
    }
  }
  return {};
}

// Two authorities may lie in one trust store: their names must differ.
std::string AuthorityName() {
  std::array<unsigned char, 4> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return fmt::format("Updraft development CA {:02x}{:02x}{:02x}{:02x}", bytes[0], bytes[1],
                     bytes[2], bytes[3]);
}

}  // namespace

ExplainedStatus CertificateAuthority::Create(const CertificateOptions& options) {
  ERR_clear_error();
  const KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key) return OpensslFailure("a key");
  const CertificateHandle authority = StartCertificate(options, key.get(), AuthorityName());
  if (!authority ||
      X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get())) != 1 ||
      !AddAuthorityExtensions(authority.get()) ||
      X509_sign(authority.get(), key.get(), EVP_sha256()) <= 0)
    return OpensslFailure("a certificate");
  identity_ = PemOf(authority.get(), key.get());
  return {};
}

ExplainedStatus CertificateAuthority::Issue(const CertificateOptions& options,
                                            TlsIdentity& server) const {
  if (ExplainedStatus hosts = CheckHosts(options.hosts); !hosts.ok()) return hosts;
  ERR_clear_error();
  const CertificateHandle authority = ParseCertificate(identity_.certificate_pem);
  const KeyHandle authority_key = ParseKey(identity_.key_pem);
  const KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!authority || !authority_key || !key) return OpensslFailure("a key");
  // A common name holds 64 characters at most; clients read the alternative names.
  const CertificateHandle certificate =
      StartCertificate(options, key.get(), options.hosts.front().substr(0, 64));
  if (!certificate ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get())) != 1 ||
      !AddServerExtensions(certificate.get(), authority.get()) ||
      !AddHosts(certificate.get(), options.hosts) ||
      X509_sign(certificate.get(), authority_key.get(), EVP_sha256()) <= 0)
    return OpensslFailure("a certificate");
  server = PemOf(certificate.get(), key.get());
  return {};
}

ExplainedStatus MakeSelfSigned(const CertificateOptions& options, TlsIdentity& server) {
  if (ExplainedStatus hosts = CheckHosts(options.hosts); !hosts.ok()) return hosts;
  ERR_clear_error();
  const KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key) return OpensslFailure("a key");
  const CertificateHandle certificate =
      StartCertificate(options, key.get(), options.hosts.front().substr(0, 64));
  if (!certificate ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1 ||
      !AddServerExtensions(certificate.get(), certificate.get()) ||
      !AddHosts(certificate.get(), options.hosts) ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) <= 0)
    return OpensslFailure("a certificate");
  server = PemOf(certificate.get(), key.get());
  return {};
}

std::vector<std::string> HostsOfThisMachine() {
  std::vector<std::string> hosts;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0 && IsHostName(name.data()))
    hosts.emplace_back(name.data());

  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return hosts;
  const std::unique_ptr<ifaddrs, OpensslFree<freeifaddrs>> owned(first);
  for (const ifaddrs* it = first; it != nullptr; it = it->ifa_next) {
    if (it->ifa_addr == nullptr || (it->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const int family = it->ifa_addr->sa_family;
    const void* address = nullptr;
    if (family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(it->ifa_addr)->sin_addr;
    } else if (family == AF_INET6) {
      address = &reinterpret_cast<const sockaddr_in6*>(it->ifa_addr)->sin6_addr;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address != nullptr && inet_ntop(family, address, text.data(), text.size()) != nullptr)
      hosts.emplace_back(text.data());
  }
  return hosts;
}

}  // namespace updraft
