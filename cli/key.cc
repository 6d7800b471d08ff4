// SPDX-License-Identifier: Apache-2.0
// Makes keys and writes them, private ones for their owner only.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "updraft/key_derivation.h"

#include "cli/encryption.h"
#include "cli/files.h"
#include "cli/key_commands.h"
#include "cli/text.h"
#include "cli/unfinished_file.h"
#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"

namespace updraft {
namespace {

Failure CannotWrite(const std::string& path) {
  const int error = errno;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return {"invalid_argument",
            fmt::format("cannot write {}: expected the name of a file, found a folder; name a file "
                        "in it.",
                        PrintableText(path))};
  }
  if (error == EEXIST) {
    return {"invalid_state",
            fmt::format("{}: expected no file of that name, found one, which may be a key in use; "
                        "name another, or move it away first.",
                        PrintableText(path))};
  }
  return {error == ENOSPC ? "no_space" : "invalid_argument",
          fmt::format("cannot write {}: expected to create the file, found: {}; check the path and "
                      "its permissions.",
                      PrintableText(path), std::strerror(error))};
}

Failure NoKeyMade() {
  return {"invalid_state", "expected OpenSSL to make a key, found that it failed; try again."};
}

bool WriteAll(int descriptor, Bytes data) {
  while (!data.empty()) {
    const ssize_t count = write(descriptor, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return fsync(descriptor) == 0 || errno == EINVAL;
}

// Also of files that are not there yet.
bool IsOnePlace(const std::string& one, const std::string& other) {
  std::error_code error;
  const auto first = std::filesystem::weakly_canonical(one, error);
  return !error && first == std::filesystem::weakly_canonical(other, error) && !error;
}

// The name appears when the content is whole.
std::optional<Failure> WritePrivateFile(std::string path, Bytes data, bool force) {
  std::error_code error;
  const auto there = std::filesystem::status(path, error);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there) &&
      !std::filesystem::is_directory(there)) {
    return Failure{"invalid_argument",
                   fmt::format("cannot write {}: expected the name of a file, found a device or a "
                               "pipe; a private key is only kept in a file of its own.",
                               PrintableText(path))};
  }
  // A link stays; what it leads to is replaced.
  const auto target = std::filesystem::canonical(path, error);
  if (force && !error) path = target.string();
  UnfinishedFile file;
  const int descriptor = file.Create(path);
  if (descriptor < 0) return CannotWrite(path);
  bool done = WriteAll(descriptor, data);
  done = close(descriptor) == 0 && done;
  done = done && renameat2(AT_FDCWD, file.name().c_str(), AT_FDCWD, path.c_str(),
                           force ? 0 : RENAME_NOREPLACE) == 0;
  if (!done) return CannotWrite(path);
  file.Release();
  return std::nullopt;
}

}  // namespace

std::optional<Failure> WriteKeyPair(const std::string& private_path, Bytes private_data,
                                    const std::string& public_path, const std::string& public_pem,
                                    bool force) {
  if (public_path.empty()) return WritePrivateFile(private_path, private_data, force);
  if (IsOnePlace(private_path, public_path)) {
    return Failure{"invalid_argument",
                   fmt::format("cannot write {}: expected two files for the two keys, found one "
                               "name for both; name another for the public key.",
                               PrintableText(public_path))};
  }
  // What cannot be written is told before there is half a pair.
  NewFile file(public_path);
  const Result<bool> is_file = file.CanRewrite();
  Status status = is_file.error();
  if (status.ok() && *is_file) status = file.Write(AsBytes(public_pem));
  if (!status.ok()) return file.FailureOf(status);
  if (auto failure = WritePrivateFile(private_path, private_data, force)) return failure;
  if (!*is_file) status = file.Write(AsBytes(public_pem));
  if (status.ok()) status = file.Finish();
  if (status.ok()) return std::nullopt;
  if (!force) unlink(private_path.c_str());  // nobody has it yet
  return file.FailureOf(status);
}

std::optional<Failure> MakeRsaKey(const std::string& private_path, const std::string& public_path,
                                  bool force) {
  auto pair = NewRsa3072Pair();
  if (!pair) return NoKeyMade();
  auto failure =
      WriteKeyPair(private_path, AsBytes(pair->private_pem), public_path, pair->public_pem, force);
  Wipe({reinterpret_cast<std::uint8_t*>(pair->private_pem.data()), pair->private_pem.size()});
  return failure;
}

std::optional<Failure> MakeEciesKey(const std::string& hmac_path, const std::string& public_path,
                                    bool force) {
  OpensslCrypto crypto;
  KeyFile key;
  key.kind = KeyKind::kHmac;
  if (!crypto.Random(key.secret.mutable_bytes()).ok()) return NoKeyMade();
  const auto point = PointOf(key, crypto);
  if (!point) return point.failure();
  const auto pem = PublicPem(*point);
  if (!pem) return NoKeyMade();
  return WriteKeyPair(hmac_path, key.secret.bytes(), public_path, *pem, force);
}

}  // namespace updraft
