// SPDX-License-Identifier: Apache-2.0
#include "ports/host/tls_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "ports/host/posix_file.h"
#include "ports/host/tls_client.h"

namespace updraft {
namespace {

using Which = WrongTlsFile::Which;

bool IsJudged(const std::string& file) { return !file.empty() && !file.starts_with("pkcs11:"); }

const char* ExpectedOf(Which which) {
  switch (which) {
    case Which::kAuthorities:
    case Which::kProxyAuthorities: return "certificates in PEM";
    case Which::kCertificate: return "the client's certificate in PEM";
    case Which::kKey: return "the client's private key in PEM";
  }
  return "";
}

// OpenSSL's own words tell of its insides.
std::string FoundBy(const std::string& error) {
  const bool nothing = error == "no start line" || error == "no certificate or crl found" ||
                       error == "unsupported" || error.empty();
  if (error == "interrupted or cancelled" || error == "bad decrypt") {
    return "one under a password, which is missing or wrong";
  }
  // Against the certificate, which is taken before it.
  if (error == "key values mismatch") return "the key of another certificate";
  return nothing ? "none" : fmt::format("what OpenSSL refuses ({})", error);
}

class Judgement {
 public:
  explicit Judgement(const HostConnectionOptions& options)
      : options_(options), context_(SSL_CTX_new(TLS_client_method())) {}

  std::optional<WrongTlsFile> Make() {
    if (context_ == nullptr) return std::nullopt;  // told by who connects
    SetKeyPassword(*context_, options_.key_password);
    const bool own_text = !options_.certificate_pem.empty() || !options_.key_pem.empty();
    const bool done =
        (!options_.ca_pem.empty() ||
         Judge(Which::kAuthorities, options_.ca_file, SSL_CTX_load_verify_file)) &&
        Judge(Which::kProxyAuthorities, options_.proxy_ca_file, SSL_CTX_load_verify_file) &&
        (own_text || (Judge(Which::kCertificate, options_.certificate_file,
                            SSL_CTX_use_certificate_chain_file) &&
                      Judge(Which::kKey, options_.key_file, TakeKey)));
    ERR_clear_error();
    if (done) return std::nullopt;
    return wrong_;
  }

 private:
  using Take = int (*)(SSL_CTX* context, const char* file);

  static int TakeKey(SSL_CTX* context, const char* file) {
    return SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM);
  }

  bool Fail(Which which, Code code, const std::string& file, std::string found) {
    wrong_ = {which, code, fmt::format("{} in {}", ExpectedOf(which), file), std::move(found)};
    return false;
  }

  bool Judge(Which which, const std::string& file, Take take) {
    if (!IsJudged(file)) return true;
    const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened.is_open()) {
      const bool absent = errno == ENOENT || errno == ENOTDIR;
      return Fail(
          which, absent ? Code::kNotFound : Code::kInvalidArgument, file,
          absent ? "no such file" : fmt::format("that it is not readable ({})", ErrnoText(errno)));
    }
    struct stat about {};
    if (fstat(opened.number(), &about) != 0) return true;
    if (S_ISDIR(about.st_mode)) return Fail(which, Code::kInvalidArgument, file, "a folder");
    if (!S_ISREG(about.st_mode)) return true;
    ERR_clear_error();
    return take(context_.get(), file.c_str()) == 1 ||
           Fail(which, Code::kBadFormat, file, FoundBy(TakeTlsError()));
  }

  const HostConnectionOptions& options_;
  std::unique_ptr<SSL_CTX, FreeTls> context_;
  WrongTlsFile wrong_{};
};

}  // namespace

std::optional<WrongTlsFile> JudgeTlsFiles(const HostConnectionOptions& options) {
  for (const std::string* const file :
       {&options.ca_file, &options.proxy_ca_file, &options.certificate_file, &options.key_file}) {
    if (!file->empty()) return Judgement(options).Make();
  }
  return std::nullopt;
}

}  // namespace updraft
