// SPDX-License-Identifier: Apache-2.0
// `updraft image encrypt` and `updraft image decrypt`.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/encryption.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/signature_key_file.h"
#include "cli/text.h"

namespace updraft {
namespace {

struct Arguments {
  EncryptionJob job;
  std::string signer;                      // encrypting: a PEM
  std::vector<std::string> header_keys{};  // decrypting: PEMs
  bool json = false;
};

// A file that cannot be read or written is named already, and so is a key.
int Refuse(const Arguments& arguments, const Failure& failure, bool of_key = false) {
  const bool named = of_key || failure.message.starts_with("cannot ");
  const Failure shown = named ? failure : InFile(arguments.job.input, failure);
  RemoveStaleOutput(arguments.job);
  PrintError(shown.message);
  if (arguments.json) {
    PrintJson({{"verdict", "reject"}, {"reason", shown.reason}, {"message", shown.message}});
  }
  return kExitFailed;
}

// What was done; on standard error when the data went to standard output.
void Report(const Arguments& arguments, const EncryptionFacts& facts, std::string_view done) {
  const std::string message =
      fmt::format("{} {} ({}) to {}", done, ExactSizeText(facts.body_size),
                  SchemeName(facts.scheme), PrintableText(arguments.job.output));
  if (arguments.job.output == "-") return;
  if (arguments.json) {
    PrintJson({{"verdict", "accept"},
               {"reason", nullptr},
               {"message", message},
               {"scheme", SchemeName(facts.scheme)},
               {"body_length", facts.body_size}});
  } else {
    PrintLine(message + ".");
  }
}

std::optional<Failure> OpenSigner(const Arguments& arguments, SignatureKey& signer,
                                  EncryptionJob& job) {
  if (arguments.signer.empty()) return std::nullopt;
  auto key = ReadPrivateSignatureKey(arguments.signer);
  if (!key) return key.failure();
  if (const auto point = ReadHeaderKey(arguments.signer); !point) return point.failure();
  signer = std::move(*key);
  job.signer = &signer;
  return std::nullopt;
}

std::optional<Failure> OpenHeaderKeys(const Arguments& arguments, EncryptionJob& job) {
  for (const std::string& path : arguments.header_keys) {
    const auto key = ReadHeaderKey(path);
    if (!key) return key.failure();
    if (!job.trust.keys.Add(*key).ok()) {
      return Failure{"invalid_argument",
                     "--header-key: expected at most three keys, found a fourth; give fewer."};
    }
  }
  job.trust.demanded = !arguments.header_keys.empty();
  return std::nullopt;
}

using Work = Outcome<EncryptionFacts> (*)(const KeyFile& key, const EncryptionJob& job);

int Run(const Arguments& arguments, Work work, std::string_view done) {
  if (arguments.json && arguments.job.output == "-") {
    return FailUsage("--json: expected a file for OUT, found -, standard output; name a file.",
                     true);
  }
  const auto key = LoadKeyFile(arguments.job.key);
  if (!key) return Refuse(arguments, key.failure(), true);
  EncryptionJob job = arguments.job;
  SignatureKey signer;
  if (const auto failure = OpenSigner(arguments, signer, job))
    return Refuse(arguments, *failure, true);
  if (const auto failure = OpenHeaderKeys(arguments, job)) return Refuse(arguments, *failure, true);
  const auto facts = work(**key, job);
  if (!facts) return Refuse(arguments, facts.failure());
  Report(arguments, *facts, done);
  return kExitDone;
}

void AddFiles(CLI::App& command, Arguments& arguments, const std::string& key) {
  command.add_option("IN", arguments.job.input, "The file, - for standard input")->required();
  command.add_option("KEY", arguments.job.key, key)->required();
  command.add_option("OUT", arguments.job.output, "The result, - for standard output")->required();
  command
      .add_option("--tmpdir", arguments.job.spool_folder,
                  "Where an unnamed file waits when OUT cannot seek (default: TMPDIR, else /tmp)")
      ->type_name("DIR");
  command.add_flag("--json", arguments.json, "Print one JSON object");
}

}  // namespace

void AddImageEncrypt(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "encrypt", "Encrypts an image for the devices that have the key.",
      "updraft image encrypt firmware.bin rsa_pub_key.pem firmware_secure.bin\n"
      "updraft image encrypt firmware.bin rsa_pub_key.pem firmware_secure.bin --sign-key "
      "signing.pem\n"
      "updraft image encrypt - device_pub_key.pem - < firmware.bin > firmware_secure.bin");
  const auto arguments = std::make_shared<Arguments>();
  AddFiles(*command, *arguments,
           "The devices' key: RSA-3072 or P-256 (PEM, public or private), or the 32-byte HMAC key");
  command
      ->add_option("--sign-key", arguments->signer,
                   "Sign the header with this private P-256 key, so that devices can tell who "
                   "encrypted the image")
      ->type_name("PEM");
  command->callback(
      [arguments, &exit_code] { exit_code = Run(*arguments, &EncryptFile, "encrypted"); });
}

void AddImageDecrypt(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "decrypt", "Decrypts an image and proves it. Nothing is left of one that is refused.",
      "updraft image decrypt firmware_secure.bin rsa_priv_key.pem firmware.bin\n"
      "updraft image decrypt firmware_secure.bin device_hmac_key.bin firmware.bin");
  const auto arguments = std::make_shared<Arguments>();
  AddFiles(*command, *arguments,
           "The device's key: RSA-3072 or P-256 (PEM, private, or pkcs11:...), or the 32-byte HMAC "
           "key");
  command->add_flag("--unsafe-stream", arguments->job.unsafe_stream,
                    "With OUT -, print what is not proven yet; the exit code tells");
  command
      ->add_option("--header-key", arguments->header_keys,
                   "Take only a header signed by this P-256 key; may be given three times")
      ->type_name("PEM")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->callback(
      [arguments, &exit_code] { exit_code = Run(*arguments, &DecryptFile, "decrypted"); });
}

}  // namespace updraft
