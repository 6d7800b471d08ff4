// SPDX-License-Identifier: Apache-2.0
// `updraft key new sign-...` and `updraft key digest`: keys that sign images, and
// what eFuse holds of them.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/key_commands.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/signature_key_file.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

struct NewArguments {
  std::string file;
  std::string public_file;
  bool force = false;
  bool allow_legacy = false;
};

struct DigestArguments {
  std::string key;
  std::string out;
};

int NewKey(SignatureScheme scheme, const NewArguments& arguments) {
  if (scheme == SignatureScheme::kEcdsaP192 && !arguments.allow_legacy) {
    return FailUsage(
        "expected a curve that is still safe, found P-192; choose sign-p256, or give "
        "--allow-legacy.");
  }
  const auto key = SignatureKey::Generate(scheme);
  if (!key) return Fail(FailureOf(key.error()));
  std::string pem = key->PrivatePem();
  const auto failure = WriteKeyPair(arguments.file, AsBytes(pem), arguments.public_file,
                                    key->PublicPem(), arguments.force);
  Wipe({reinterpret_cast<std::uint8_t*>(pem.data()), pem.size()});
  if (failure) return Fail(*failure);
  OpensslCrypto crypto;
  const auto digest = KeyDigest(crypto, key->block_key());
  if (!digest) return Fail(FailureOf(digest.error()));
  PrintLine(fmt::format("{}: {}, digest {}", PrintableText(arguments.file),
                        SignatureSchemeName(scheme), HexText(*digest)));
  return kExitDone;
}

void AddNew(CLI::App& group, const std::string& name, SignatureScheme scheme,
            const std::string& description, int& exit_code) {
  CLI::App* const command =
      AddCommand(group, name, description, "updraft key new " + name + " signing.pem");
  const auto arguments = std::make_shared<NewArguments>();
  command->add_option("OUT", arguments->file, "The new private key, PEM")->required();
  command->add_option("--public", arguments->public_file, "Write the public key too")
      ->type_name("PEM");
  command->add_flag("--force", arguments->force, "Overwrite a key that is there");
  if (scheme == SignatureScheme::kEcdsaP192) {
    command->add_flag("--allow-legacy", arguments->allow_legacy,
                      "Make it all the same, for devices that know nothing better");
  }
  command->callback([scheme, arguments, &exit_code] { exit_code = NewKey(scheme, *arguments); });
}

int Digest(const DigestArguments& arguments) {
  const auto key = ReadSignatureKey(arguments.key);
  if (!key) return Fail(key.failure());
  OpensslCrypto crypto;
  const auto digest = KeyDigest(crypto, key->block_key());
  if (!digest) return Fail(FailureOf(digest.error()));
  if (!arguments.out.empty()) {
    if (const auto failure = WriteWholeFile(arguments.out, *digest)) return Fail(*failure);
    return kExitDone;
  }
  PrintLine(HexText(*digest));
  return kExitDone;
}

}  // namespace

void AddSigningKeyCommands(CLI::App& key, int& exit_code) {
  CLI::App* const group = key.get_subcommand("new");
  AddNew(*group, "sign-rsa-3072", SignatureScheme::kRsa3072, "Signs images with RSA-3072.",
         exit_code);
  AddNew(*group, "sign-p256", SignatureScheme::kEcdsaP256, "Signs images with ECDSA, P-256.",
         exit_code);
  AddNew(*group, "sign-p384", SignatureScheme::kEcdsaP384, "Signs images with ECDSA, P-384.",
         exit_code);
  AddNew(*group, "sign-p192", SignatureScheme::kEcdsaP192,
         "Signs images with ECDSA, P-192: for old devices only.", exit_code);

  CLI::App* const digest =
      AddCommand(key, "digest", "Prints the digest of a signature key, as eFuse holds it.",
                 "updraft key digest signing.pem\nupdraft key digest signing.pem --out digest.bin");
  const auto arguments = std::make_shared<DigestArguments>();
  digest->add_option("PEM", arguments->key, "The key, private or public")->required();
  digest->add_option("--out", arguments->out, "Write the 32 bytes to a file instead")
      ->type_name("FILE");
  digest->callback([arguments, &exit_code] { exit_code = Digest(*arguments); });
}

}  // namespace updraft
