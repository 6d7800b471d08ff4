// SPDX-License-Identifier: Apache-2.0
// `updraft key bundle`: the authorities that a device trusts, as it keeps them.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/key_commands.h"
#include "cli/output.h"
#include "cli/text.h"
#include "ports/host/authority_bundle.h"

namespace updraft {
namespace {

constexpr std::uint64_t kLargestFile = 16 << 20;

struct BundleArguments {
  std::vector<std::string> certificates;
  std::string out;
  bool json = false;
};

Failure CannotBundle(Status status, const std::string& path, const std::string& subject) {
  const std::string name = PrintableText(path);
  switch (status.code()) {
    case Code::kNotFound:
      return {"not_found",
              fmt::format("{}: expected certificates as PEM (-----BEGIN CERTIFICATE-----), found "
                          "none; convert with 'openssl x509 -inform der -in FILE'.",
                          name)};
    case Code::kBadFormat:
      return {"bad_format", fmt::format("{}: expected certificates, found one that is damaged; get "
                                        "the file anew.",
                                        name)};
    case Code::kUnsupported:
      return {"unsupported",
              fmt::format("{}: expected keys that devices accept (RSA from 2048 bits, elliptic "
                          "curves from 256), found another in {}; leave it out.",
                          name, PrintableText(subject))};
    default:
      return {"no_space",
              fmt::format("{}: expected at most 65535 certificates, each with a subject "
                          "and a key below 64 KiB, found more; leave some out.",
                          name)};
  }
}

int WriteBundle(const BundleArguments& arguments) {
  std::string all;
  std::string fault;
  for (const std::string& path : arguments.certificates) {
    const auto file = ReadWholeFile(path, kLargestFile);
    if (!file) return Fail(file.failure(), arguments.json);
    const std::string text(file->begin(), file->end());
    // Each by itself, so that a failure names its file.
    const auto part = MakeAuthorityBundle(text, fault);
    if (!part) return Fail(CannotBundle(part.error(), path, fault), arguments.json);
    all += text + "\n";
  }
  const auto bundle = MakeAuthorityBundle(all, fault);
  if (!bundle) return Fail(CannotBundle(bundle.error(), arguments.out, fault), arguments.json);
  if (const auto failure = WriteWholeFile(arguments.out, bundle->bytes)) {
    return Fail(*failure, arguments.json);
  }
  if (arguments.json) {
    PrintJson(
        {{"file", arguments.out}, {"authorities", bundle->count}, {"size", bundle->bytes.size()}});
  } else if (arguments.out != "-") {
    PrintLine(fmt::format("{}: {} {}, {} bytes", PrintableText(arguments.out), bundle->count,
                          bundle->count == 1 ? "authority" : "authorities", bundle->bytes.size()));
  }
  return kExitDone;
}

}  // namespace

void AddKeyBundle(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "bundle",
      "Makes the certificate bundle of a device, in ESP-IDF's format, from PEM certificates:\n"
      "of each authority its subject and public key.",
      "updraft key bundle ca.pem --out bundle.bin");
  const auto arguments = std::make_shared<BundleArguments>();
  command->add_option("PEM", arguments->certificates, "Files with certificates")->required();
  command->add_option("--out", arguments->out, "The bundle; -: standard output")->required();
  command->add_flag("--json", arguments->json, "Print what was made as one JSON object");
  command->callback([arguments, &exit_code] { exit_code = WriteBundle(*arguments); });
}

}  // namespace updraft
