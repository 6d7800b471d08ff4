// SPDX-License-Identifier: Apache-2.0
// `updraft image sign`: puts the sector of Secure Boot v2 signatures behind an
// image, with keys at hand or with signatures that were made elsewhere.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "updraft/image.h"
#include "updraft/signature.h"

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/read_only_flash.h"
#include "cli/sentence.h"
#include "cli/signature_key_file.h"
#include "cli/text.h"
#include "cli/token_key.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

struct SignArguments {
  std::string file;
  std::string out;
  std::vector<std::string> keys;
  std::vector<std::string> public_keys;
  std::vector<std::string> signatures;
  bool append = false;
  bool replace = false;
  bool message_only = false;
  bool allow_legacy = false;
};

Failure FailureWith(Code code, std::string message) {
  return {std::string(CodeName(code)), std::move(message)};
}

// A device looks behind the last segment: a sector anywhere else is never found.
std::optional<Failure> JudgePlace(Bytes file, Bytes message) {
  if (message[0] != kImageMagic) return std::nullopt;
  ReadOnlyFlash flash(file.size());
  flash.Show(0, file);
  const auto length = MeasureImage(flash, 0, file.size());
  if (!length) return std::nullopt;
  const std::uint64_t expected = AlignUp(*length, kSignatureAlignment);
  if (expected == message.size()) return std::nullopt;
  return FailureWith(
      Code::kBadFormat,
      fmt::format("expected the image to end with the file, at most {} after padding, found {}; a "
                  "device would look for the signature at {:#x}: cut the file, or give the image "
                  "as it was built.",
                  ExactSizeText(expected), ExactSizeText(message.size()), expected));
}

Failure OpeningFailure(Status status) {
  switch (status.code()) {
    case Code::kInvalidArgument:
      return FailureWith(Code::kInvalidArgument,
                         "expected something to sign, found an empty file; check the name.");
    case Code::kInvalidState:
      return FailureWith(Code::kInvalidState,
                         "expected an image that is not signed, found one that is; --append adds a "
                         "signature, --replace puts it in the place of all others.");
    case Code::kBadSignature:
      return FailureWith(Code::kBadSignature,
                         "expected the signatures that are there to be of this image, found them "
                         "made for other bytes; sign it anew with --replace.");
    default: return FailureOf(status);
  }
}

std::optional<Failure> AddingFailure(Status status, const std::string& path) {
  if (status.ok()) return std::nullopt;
  switch (status.code()) {
    case Code::kNoSpace:
      return FailureWith(Code::kNoSpace,
                         "expected at most 3 signatures, found a fourth; --replace drops the ones "
                         "that are there.");
    case Code::kBadFormat:
    case Code::kBadSignature:
      return InFile(KeyNameText(path),
                    FailureWith(Code::kBadSignature,
                                "expected a signature of this image by the given key (RSA: "
                                "PSS, SHA-256, salt of 32 bytes; ECDSA: DER or r and s), "
                                "found something else; sign what --message-only writes."));
    default: return FailureOf(status);
  }
}

std::optional<Failure> JudgeCurve(const SignatureKey& key, const SignArguments& arguments) {
  if (key.scheme() != SignatureScheme::kEcdsaP192 || arguments.allow_legacy) return std::nullopt;
  return FailureWith(Code::kUnsupported,
                     "expected a curve that is still safe, found P-192; sign with another key, or "
                     "give --allow-legacy.");
}

std::optional<Failure> AddAll(const SignArguments& arguments, ImageSigning& signing) {
  for (const std::string& path : arguments.keys) {
    const auto key = ReadPrivateSignatureKey(path);
    if (!key) return key.failure();
    if (const auto failure = JudgeCurve(*key, arguments))
      return InFile(KeyNameText(path), *failure);
    if (const auto failure = AddingFailure(signing.Add(*key), path)) return failure;
  }
  for (std::size_t i = 0; i < arguments.public_keys.size(); ++i) {
    const auto key = ReadSignatureKey(arguments.public_keys[i]);
    if (!key) return key.failure();
    if (const auto failure = JudgeCurve(*key, arguments)) {
      return InFile(arguments.public_keys[i], *failure);
    }
    const auto signature = ReadWholeFile(arguments.signatures[i], kSignatureSectorSize);
    if (!signature) return signature.failure();
    const Status status = signing.Add(*key, *signature);
    if (const auto failure = AddingFailure(status, arguments.signatures[i])) return failure;
  }
  return std::nullopt;
}

int Sign(const SignArguments& arguments) {
  const bool signs = !arguments.keys.empty() || !arguments.public_keys.empty();
  if (signs == arguments.message_only) {
    return FailUsage(
        "expected one of --key, --pub-key with --signature, and --message-only; see --help.");
  }
  if (arguments.public_keys.size() != arguments.signatures.size()) {
    return FailUsage("expected a --signature for each --pub-key, in the same order; see --help.");
  }
  const auto file = ReadWholeFile(arguments.file, kLargestImageFile);
  if (!file) return Fail(file.failure());
  OpensslCrypto crypto;
  const auto existing = arguments.append    ? ImageSigning::Existing::kKeep
                        : arguments.replace ? ImageSigning::Existing::kReplace
                                            : ImageSigning::Existing::kRefuse;
  auto signing = ImageSigning::Open(*file, existing, crypto);
  if (!signing) return Fail(InFile(arguments.file, OpeningFailure(signing.error())));
  if (const auto failure = JudgePlace(*file, signing->message())) {
    return Fail(InFile(arguments.file, *failure));
  }
  for (const std::string& key : arguments.keys) {
    if (const auto failure = JudgeNotKey(arguments.out, key)) return Fail(*failure);
  }
  if (const auto failure = AddAll(arguments, *signing)) return Fail(*failure);
  const std::vector<std::uint8_t> signed_file = signing->Finish();
  const Bytes out = arguments.message_only ? signing->message() : Bytes(signed_file);
  if (const auto failure = WriteWholeFile(arguments.out, out)) return Fail(*failure);
  if (arguments.out != "-" && signs) {
    PrintLine(fmt::format("{}: {} bytes signed, {} of 3 signatures", PrintableText(arguments.out),
                          signing->message().size(), signing->blocks()));
  }
  return kExitDone;
}

CLI::Option* AddRepeated(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                         const std::string& description) {
  return app.add_option(name, values, description)
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

void AddImageSign(CLI::App& group, int& exit_code) {
  CLI::App* const sign = AddCommand(
      group, "sign",
      "Signs an image with Secure Boot v2: pads it to 4 KiB and puts a sector of up to three "
      "signatures behind it. The key's type decides the scheme.",
      "updraft image sign app.bin signed.bin --key signing.pem\n"
      "updraft image sign signed.bin both.bin --key other.pem --append\n"
      "updraft image sign app.bin signed.bin --key 'pkcs11:token=build;object=signing'\n"
      "updraft image sign app.bin to-sign.bin --message-only\n"
      "updraft image sign app.bin signed.bin --pub-key signing.pub.pem --signature signature.bin");
  const auto arguments = std::make_shared<SignArguments>();
  sign->add_option("FILE", arguments->file, "What is signed, - for standard input")->required();
  sign->add_option("OUT", arguments->out, "The signed file, - for standard output")->required();
  AddRepeated(*sign, "--key", arguments->keys,
              "A private key, PEM or pkcs11:...; may be given three times");
  AddRepeated(*sign, "--pub-key", arguments->public_keys,
              "The public key of a signature that was made elsewhere");
  AddRepeated(*sign, "--signature", arguments->signatures,
              "That signature: RSA big-endian, ECDSA in DER or r and s");
  CLI::Option* const append =
      sign->add_flag("--append", arguments->append, "Keep the signatures that are there");
  sign->add_flag("--replace", arguments->replace, "Drop the signatures that are there")
      ->excludes(append);
  sign->add_flag("--message-only", arguments->message_only,
                 "Write the bytes that a signature is over, for a key that is elsewhere");
  sign->add_flag("--allow-legacy", arguments->allow_legacy, "Sign with P-192 too");
  sign->callback([arguments, &exit_code] { exit_code = Sign(*arguments); });
}

}  // namespace updraft
