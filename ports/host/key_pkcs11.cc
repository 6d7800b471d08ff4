// SPDX-License-Identifier: Apache-2.0
// Debian has no PKCS#11 provider for OpenSSL 3, but the engine; engines are
// deprecated as a whole, so all that touches them is in this file.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "ports/host/key_pkcs11.h"

#include <fcntl.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "ports/host/openssl_status.h"
#include "ports/host/posix_file.h"

namespace updraft {
namespace {

constexpr std::string_view kScheme = "pkcs11:";
constexpr Status kNotOnCurve{Code::kBadFormat, Stage::kDevice};

struct FreeKeyContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeKeyContext>;

// A text that wipes itself, in place, when it goes.
class SecretText {
 public:
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

  std::string text;
};

std::optional<char> HexPair(std::string_view digits) {
  unsigned value = 0;
  for (const char digit : digits) {
    value *= 16;
    if (digit >= '0' && digit <= '9') {
      value += static_cast<unsigned>(digit - '0');
    } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
      value += static_cast<unsigned>((digit | 0x20) - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return static_cast<char>(value);
}

// Appends what is percent-encoded; false where it is not well-formed.
bool Decode(std::string_view encoded, std::string& text) {
  text.reserve(encoded.size());
  while (!encoded.empty()) {
    std::size_t used = 1;
    if (encoded[0] == '%') {
      const auto character = encoded.size() < 3 ? std::nullopt : HexPair(encoded.substr(1, 2));
      if (!character) return false;
      text.push_back(*character);
      used = 3;
    } else {
      text.push_back(encoded[0]);
    }
    encoded.remove_prefix(used);
  }
  return true;
}

// A query attribute of the URI, still encoded.
std::optional<std::string_view> QueryOf(std::string_view uri, std::string_view name) {
  const std::size_t begin = uri.find('?');
  if (begin == std::string_view::npos) return std::nullopt;
  std::string_view rest = uri.substr(begin + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view attribute = rest.substr(0, end);
    if (attribute.size() > name.size() && attribute.starts_with(name) &&
        attribute[name.size()] == '=') {
      return attribute.substr(name.size() + 1);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

bool ReadPinFile(std::string_view source, SecretText& pin) {
  SecretText path;
  if (!Decode(source, path.text)) return false;
  constexpr std::string_view kFile = "file:";
  if (path.text.starts_with(kFile)) path.text.erase(0, kFile.size());
  while (path.text.starts_with("//")) path.text.erase(0, 1);
  std::ifstream file(path.text);
  return static_cast<bool>(std::getline(file, pin.text)) && !pin.text.empty();
}

bool FindPin(std::string_view uri, SecretText& pin) {
  if (const auto value = QueryOf(uri, "pin-value")) {
    return Decode(*value, pin.text) && !pin.text.empty();
  }
  if (const auto source = QueryOf(uri, "pin-source")) return ReadPinFile(*source, pin);
  const char* const variable = std::getenv(kPinVariable);
  if (variable == nullptr || *variable == '\0') return false;
  pin.text = variable;
  return true;
}

// While it lives, what anybody in this process writes to standard error is kept
// from the terminal: the engine has much to say there, PINs of URIs included.
class StandardErrorAside {
 public:
  StandardErrorAside() : saved_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::fflush(stderr);
    file_ = Descriptor(memfd_create("updraft-engine", MFD_CLOEXEC));
    if (saved_.is_open() && file_.is_open()) dup2(file_.number(), STDERR_FILENO);
  }
  StandardErrorAside(const StandardErrorAside&) = delete;
  StandardErrorAside& operator=(const StandardErrorAside&) = delete;
  ~StandardErrorAside() {
    std::fflush(stderr);
    if (saved_.is_open()) dup2(saved_.number(), STDERR_FILENO);
  }

  bool Says(std::string_view words) const {
    std::string text(4096, '\0');
    const ssize_t count = pread(file_.number(), text.data(), text.size(), 0);
    return count > 0 &&
           std::string_view(text.data(), static_cast<std::size_t>(count)).find(words) !=
               std::string_view::npos;
  }

 private:
  Descriptor saved_;
  Descriptor file_;
};

// One for the process: keys keep it in use. nullptr where there is none.
ENGINE* Engine(const std::string& module) {
  static ENGINE* const engine = [&]() -> ENGINE* {
    ENGINE_load_dynamic();
    ENGINE* found = ENGINE_by_id("pkcs11");
    if (found == nullptr) return nullptr;
    if (!module.empty()) ENGINE_ctrl_cmd_string(found, "MODULE_PATH", module.c_str(), 0);
    if (ENGINE_init(found) == 1) return found;
    ENGINE_free(found);
    return nullptr;
  }();
  return engine;
}

TokenFault FaultOf(const StandardErrorAside& said) {
  constexpr int kPinIncorrect = 0xA0;  // as PKCS#11 numbers them
  constexpr int kPinLocked = 0xA4;
  for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
    const char* const library = ERR_lib_error_string(error);
    const bool of_module = library != nullptr && std::string_view(library) == "PKCS#11 module";
    const int reason = ERR_GET_REASON(error);
    if (of_module && (reason == kPinIncorrect || reason == kPinLocked)) {
      ERR_clear_error();
      return TokenFault::kWrongPin;
    }
  }
  const bool no_token = said.Says("No matching initialized token") || said.Says("Unable to load") ||
                        said.Says("Failed to enumerate");
  return no_token ? TokenFault::kNoToken : TokenFault::kNoKey;
}

std::string ModuleOf(std::string_view uri) {
  std::string module;
  if (const auto path = QueryOf(uri, "module-path"); path && Decode(*path, module)) return module;
  const char* const variable = std::getenv("PKCS11_MODULE_PATH");
  return variable != nullptr ? variable : "";
}

OpensslKey PeerOf(const P256Point& point) {
  std::array<std::uint8_t, 1 + kP256PointSize> encoded{POINT_CONVERSION_UNCOMPRESSED};
  std::copy(point.begin(), point.end(), encoded.begin() + 1);
  // Legacy keys, as the engine's, agree with legacy keys.
  EC_KEY* const legacy = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  OpensslKey peer(EVP_PKEY_new());
  const bool made = legacy != nullptr && peer != nullptr &&
                    EC_KEY_oct2key(legacy, encoded.data(), encoded.size(), nullptr) == 1 &&
                    EVP_PKEY_set1_EC_KEY(peer.get(), legacy) == 1;
  EC_KEY_free(legacy);
  return made ? std::move(peer) : nullptr;
}

}  // namespace

bool IsTokenUri(std::string_view name) { return name.starts_with(kScheme); }

std::string_view TokenName(std::string_view uri) {
  return uri.substr(0, std::min(uri.find('?'), uri.find("pin-")));
}

std::variant<OpensslKey, TokenFault> LoadTokenKey(std::string_view uri) {
  // An attribute in the path part would go to the engine, which prints it.
  const std::string_view path = uri.substr(0, uri.find('?'));
  if (!IsTokenUri(uri) || path.size() == kScheme.size() || TokenName(uri) != path) {
    return TokenFault::kBadUri;
  }
  const StandardErrorAside said;
  ENGINE* const engine = Engine(ModuleOf(uri));
  if (engine == nullptr) {
    ERR_clear_error();
    return TokenFault::kNoEngine;
  }
  SecretText pin;
  if (!FindPin(uri, pin)) return TokenFault::kNoPin;
  ERR_clear_error();
  const std::string name(path);
  const bool given = ENGINE_ctrl_cmd_string(engine, "PIN", pin.text.c_str(), 0) == 1;
  OpensslKey key(given ? ENGINE_load_private_key(engine, name.c_str(),
                                                 const_cast<UI_METHOD*>(UI_null()), nullptr)
                       : nullptr);
  if (key == nullptr) return FaultOf(said);
  ERR_clear_error();
  return key;
}

OpensslKey PublicHalfOf(const evp_pkey_st& key) {
  unsigned char* encoded = nullptr;
  const int length = i2d_PUBKEY(const_cast<EVP_PKEY*>(&key), &encoded);
  if (length <= 0) return nullptr;
  const unsigned char* at = encoded;
  OpensslKey half(d2i_PUBKEY(nullptr, &at, length));
  OPENSSL_free(encoded);
  ERR_clear_error();
  return half;
}

Status OpensslP256Key::PublicKey(P256Point& point) {
  point = point_;
  return kOk;
}

Status OpensslP256Key::Agree(const P256Point& peer,
                             std::span<std::uint8_t, kP256ScalarSize> secret) {
  const OpensslKey other = PeerOf(peer);
  if (other == nullptr) {
    ERR_clear_error();
    return kNotOnCurve;
  }
  const StandardErrorAside said;
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (context == nullptr) return kNoMemory;
  std::size_t size = secret.size();
  const bool done = EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                    EVP_PKEY_derive(context.get(), secret.data(), &size) == 1 &&
                    size == secret.size();
  return done ? kOk : OpensslFailed();
}

}  // namespace updraft
