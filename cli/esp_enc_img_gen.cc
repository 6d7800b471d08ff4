// SPDX-License-Identifier: Apache-2.0
#include "cli/esp_enc_img_gen.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "cli/commands.h"
#include "cli/encryption.h"
#include "cli/files.h"
#include "cli/key_commands.h"
#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestKeyFile = 64 << 10;

struct Arguments {
  EncryptionJob job;
};

int PrintToolError(std::string_view words) {
  std::fflush(stdout);
  std::fputs(fmt::format("Error: {}\n", words).c_str(), stderr);
  return kExitFailed;
}

bool IsPem(Bytes file) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  return std::search(file.begin(), file.end(), kBegin.begin(), kBegin.end()) != file.end();
}

// Its words for a key that it would not take; "" for one that it would.
std::string_view Objection(const KeyFileOrFault& parsed, Bytes file, bool encrypts) {
  if (const auto* const fault = std::get_if<KeyFault>(&parsed)) {
    const bool other = *fault == KeyFault::kUnsupportedType || *fault == KeyFault::kWrongCurve;
    return other ? "Unsupported key type" : "Invalid key file format";
  }
  const KeyKind kind = std::get<std::unique_ptr<KeyFile>>(parsed)->kind;
  if (kind == KeyKind::kHmac) return "Invalid key file format";
  if (!IsPem(file)) return "Please specify encryption key in PEM format";
  const bool is_public = kind == KeyKind::kRsaPublic || kind == KeyKind::kP256Public;
  // It takes a private RSA key to encrypt, but no private EC key.
  const bool fits = encrypts ? kind != KeyKind::kP256Private : !is_public;
  return fits ? "" : "Invalid key file format";
}

// Nothing when it was said why there is none.
std::unique_ptr<KeyFile> LoadKey(const std::string& path, bool encrypts) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    PrintToolError("Key file does not exist");
    return nullptr;
  }
  const auto file = ReadWholeFile(path, kLargestKeyFile);
  if (!file) {
    const bool too_long = file.failure().reason == "no_space";
    PrintToolError(too_long ? "Invalid key file format" : file.failure().message);
    return nullptr;
  }
  auto parsed = ParseKeyFile(*file);
  if (const auto* const fault = std::get_if<KeyFault>(&parsed);
      fault != nullptr && *fault == KeyFault::kWrongSize) {
    // The original takes it and makes a file that nothing can open.
    PrintToolError(FailureOf(*fault, path).message);
    return nullptr;
  }
  const std::string_view objection = Objection(parsed, *file, encrypts);
  if (objection.empty()) return std::move(std::get<std::unique_ptr<KeyFile>>(parsed));
  PrintToolError(objection);
  return nullptr;
}

int Encrypt(const Arguments& arguments) {
  PrintLine("Encrypting image ...");
  const auto key = LoadKey(arguments.job.key, true);
  if (!key) return kExitFailed;
  const auto facts = EncryptFile(*key, arguments.job);
  if (!facts) return PrintToolError(facts.failure().message);
  PrintLine("Done");
  return kExitDone;
}

int Decrypt(Arguments arguments) {
  PrintLine("Decrypting image ...");
  const auto key = LoadKey(arguments.job.key, false);
  if (!key) return kExitFailed;
  bool opened = false;
  arguments.job.opened = [&opened](const EncryptionFacts& facts) {
    opened = true;
    if (facts.scheme == EncryptionScheme::kEciesP256) {
      PrintLine("ECDH key exchange completed successfully");
    }
    PrintLine("Magic verified successfully");
    PrintLine(fmt::format("Binary size: {}", facts.body_size));
  };
  const auto facts = DecryptFile(*key, arguments.job);
  if (!facts) {
    std::error_code error;
    const auto size = std::filesystem::file_size(arguments.job.input, error);
    const bool magic = facts.failure().reason == "bad_encrypted_magic" || (!error && size < 4);
    return PrintToolError(magic && !opened ? "Magic Verification Failed" : facts.failure().message);
  }
  PrintLine("Done");
  return kExitDone;
}

int Generate(std::optional<Failure> (*make)(const std::string&, const std::string&, bool),
             const std::string& private_path, const std::string& public_path) {
  const auto failure = make(private_path, public_path, false);
  return failure ? PrintToolError(failure->message) : kExitDone;
}

CLI::App* AddOperation(CLI::App& app, const std::string& name, const std::string& description,
                       Arguments& arguments) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->add_option("input_file", arguments.job.input)->required();
  command->add_option("key", arguments.job.key, "PEM key file")->required();
  command->add_option("output_file_name", arguments.job.output)->required();
  return command;
}

}  // namespace

bool IsEspEncImgGen(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "esp_enc_img_gen" || name == "esp_enc_img_gen.py";
}

int RunEspEncImgGen(int argc, char** argv) {
  CLI::App app("Encrypts images for esp_encrypted_img, and decrypts them.", "esp_enc_img_gen");
  Arguments arguments;
  bool rsa = false;
  bool ecc = false;
  app.add_flag("--generate_rsa_key", rsa,
               "Write rsa_priv_key.pem and rsa_pub_key.pem; a private key that is there stays");
  app.add_flag("--generate_ecc_key", ecc,
               "Write device_hmac_key.bin and device_pub_key.pem; an HMAC key that is there stays");
  CLI::App* const encrypt = AddOperation(app, "encrypt", "Encrypt an image", arguments);
  CLI::App* const decrypt = AddOperation(app, "decrypt", "Decrypt an image", arguments);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  // To the original a dash is a name like any other.
  for (std::string* const name : {&arguments.job.input, &arguments.job.output}) {
    if (*name == "-") *name = "./-";
  }
  int exit_code = kExitFailed;
  if (rsa) {
    exit_code = Generate(&MakeRsaKey, "rsa_priv_key.pem", "rsa_pub_key.pem");
  } else if (ecc) {
    exit_code = Generate(&MakeEciesKey, "device_hmac_key.bin", "device_pub_key.pem");
  } else if (encrypt->parsed()) {
    exit_code = Encrypt(arguments);
  } else if (decrypt->parsed()) {
    exit_code = Decrypt(arguments);
  } else {
    PrintLine(app.help());
  }
  if (FlushOutput()) return exit_code;
  return PrintToolError(
      "expected to write all of the output, found standard output full or closed");
}

}  // namespace updraft
