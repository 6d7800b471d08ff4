// SPDX-License-Identifier: Apache-2.0
// `updraft key`: the group and its commands new and public.
#include "cli/key_commands.h"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/encryption.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/token_key.h"
#include "ports/host/crypto_openssl.h"

namespace updraft {
namespace {

struct NewArguments {
  std::string private_path;
  std::string public_path;
  bool force = false;
};

using MakeKey = std::optional<Failure> (*)(const std::string& private_path,
                                           const std::string& public_path, bool force);

void AddKind(CLI::App& parent, int& exit_code, const std::string& kind,
             const std::string& description, const std::string& example, MakeKey make) {
  CLI::App* const command = AddCommand(parent, kind, description, example);
  const auto arguments = std::make_shared<NewArguments>();
  command->add_option("OUT", arguments->private_path, "The new private key")->required();
  command->add_option("--public", arguments->public_path, "Write the public key too")
      ->type_name("PEM");
  command->add_flag("--force", arguments->force, "Overwrite a key that is there");
  command->callback([arguments, &exit_code, make] {
    const auto failure = make(arguments->private_path, arguments->public_path, arguments->force);
    exit_code = failure ? Fail(*failure) : kExitDone;
  });
}

struct PublicArguments {
  std::string key;
  std::string out = "-";
};

int WritePublic(const PublicArguments& arguments) {
  const auto key = LoadKeyFile(arguments.key);
  if (!key) return Fail(key.failure());
  OpensslCrypto crypto;
  std::optional<std::string> pem;
  if ((*key)->is_rsa()) {
    pem = PublicPem((*key)->rsa_public);
  } else {
    const auto point = PointOf(**key, crypto);
    if (!point) return Fail(point.failure());
    pem = PublicPem(*point);
  }
  if (!pem) {
    return Fail({"bad_format", fmt::format("{}: expected a key whose public half is sound, found "
                                           "one that OpenSSL refuses; give another.",
                                           KeyNameText(arguments.key))});
  }
  const auto failure = WriteWholeFile(arguments.out, AsBytes(*pem));
  return failure ? Fail(*failure) : kExitDone;
}

}  // namespace

void AddKeyNew(CLI::App& group, int& exit_code) {
  CLI::App* const make = AddCommand(group, "new", "Makes a key; only its owner may read it.",
                                    "updraft key new rsa-3072 rsa_priv_key.pem");
  make->require_subcommand(1);
  AddKind(*make, exit_code, "rsa-3072", "An RSA key of 3072 bits (PEM, PKCS#1).",
          "updraft key new rsa-3072 rsa_priv_key.pem --public rsa_pub_key.pem", &MakeRsaKey);
  AddKind(*make, exit_code, "ecies",
          "The 32-byte HMAC key for a device's eFuse; its public key is a P-256 key.",
          "updraft key new ecies device_hmac_key.bin --public device_pub_key.pem", &MakeEciesKey);
}

void AddKeyPublic(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "public", "Prints the public key (PEM) of a key: of an HMAC key, the device's.",
      "updraft key public device_hmac_key.bin device_pub_key.pem");
  const auto arguments = std::make_shared<PublicArguments>();
  command->add_option("KEY", arguments->key, "PEM, or the 32-byte HMAC key")->required();
  command->add_option("OUT", arguments->out, "The public key, default: standard output");
  command->callback([arguments, &exit_code] { exit_code = WritePublic(*arguments); });
}

void AddKeyCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group = AddCommand(app, "key", "Keys that encrypt and sign images.",
                                     "updraft key new rsa-3072 rsa_priv_key.pem");
  group->require_subcommand(1);
  AddKeyNew(*group, exit_code);
  AddKeyPublic(*group, exit_code);
  AddKeyBundle(*group, exit_code);
  AddSigningKeyCommands(*group, exit_code);
}

}  // namespace updraft
