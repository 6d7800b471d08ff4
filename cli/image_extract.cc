// SPDX-License-Identifier: Apache-2.0
// `updraft image extract`: the segments of an image as files.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"

namespace updraft {
namespace {

using Json = nlohmann::ordered_json;

struct ExtractArguments {
  std::string file;
  std::string out;
  std::optional<std::uint64_t> segment;
  bool json = false;
};

// Of an image that may be damaged: only its structure counts.
Outcome<ImageFacts> FactsOf(Bytes image) {
  ImageRules rules;
  rules.kind = KindOf(image);
  rules.slot_size = ~std::uint64_t{0};
  rules.available = image.size();
  rules.inspect_only = true;
  OpensslCrypto crypto;
  FindingCollector findings;
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageRecord record;
  ImageProof proof(rules, crypto, room, findings, &record);
  Status status = proof.Write(image);
  if (status.ok()) status = proof.Finish();
  if (!status.ok()) return FailureOf(status, findings);
  return record.facts;
}

Bytes DataOf(Bytes image, const Segment& segment) {
  return image.subspan(static_cast<std::size_t>(segment.data_offset), segment.header.length);
}

std::optional<Failure> WriteOne(const ExtractArguments& arguments, Bytes image,
                                const ImageFacts& facts) {
  if (*arguments.segment >= facts.segment_count) {
    return Failure{
        "not_found",
        fmt::format("{}: expected a segment below {}, found --segment {}; see 'updraft "
                    "image info'.",
                    PrintableText(arguments.file), facts.segment_count, *arguments.segment)};
  }
  return WriteWholeFile(arguments.out, DataOf(image, facts.segments[*arguments.segment]));
}

std::string NameOf(std::size_t index, const Segment& segment) {
  return fmt::format("segment{}_{:#010x}.bin", index, segment.header.load_address);
}

std::optional<Failure> WriteAll(const ExtractArguments& arguments, Bytes image,
                                const ImageFacts& facts) {
  const std::filesystem::path folder = arguments.out;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Failure{"invalid_argument",
                   fmt::format("cannot make {}: expected a folder for the segments, found: {}; "
                               "check the path and its permissions.",
                               PrintableText(arguments.out), error.message())};
  }
  for (std::size_t i = 0; i < facts.segment_count; ++i) {
    const std::string path = folder / NameOf(i, facts.segments[i]);
    if (auto failure = WriteWholeFile(path, DataOf(image, facts.segments[i]))) return failure;
  }
  return std::nullopt;
}

void Report(const ExtractArguments& arguments, const ImageFacts& facts) {
  Json written = Json::array();
  for (std::size_t i = 0; i < facts.segment_count; ++i) {
    if (arguments.segment && *arguments.segment != i) continue;
    const Segment& segment = facts.segments[i];
    const std::string path =
        arguments.segment ? arguments.out
                          : (std::filesystem::path(arguments.out) / NameOf(i, segment)).string();
    written.push_back({{"index", i},
                       {"load_address", segment.header.load_address},
                       {"length", segment.header.length},
                       {"file", path}});
    if (!arguments.json && arguments.out != "-") {
      PrintLine(fmt::format("{}: segment {}, {} bytes for {:#x}", PrintableText(path), i,
                            segment.header.length, segment.header.load_address));
    }
  }
  if (arguments.json) PrintJson({{"segments", written}});
}

int Extract(const ExtractArguments& arguments) {
  const auto image = ReadWholeFile(arguments.file, kLargestImageFile);
  if (!image) return Fail(image.failure(), arguments.json);
  const auto facts = FactsOf(*image);
  if (!facts) return Fail(InFile(arguments.file, facts.failure()), arguments.json);
  const auto failure =
      arguments.segment ? WriteOne(arguments, *image, *facts) : WriteAll(arguments, *image, *facts);
  if (failure) return Fail(*failure, arguments.json);
  Report(arguments, *facts);
  return kExitDone;
}

}  // namespace

void AddImageExtract(CLI::App& group, int& exit_code) {
  CLI::App* const command = AddCommand(
      group, "extract",
      "Writes the segments of an image into a folder, or one of them into a file. An image that "
      "is damaged but whole in its structure is taken too.",
      "updraft image extract app.bin segments\n"
      "updraft image extract app.bin rodata.bin --segment 0");
  const auto arguments = std::make_shared<ExtractArguments>();
  command->add_option("FILE", arguments->file, "The image, - for standard input")->required();
  command
      ->add_option("OUT", arguments->out,
                   "The folder; with --segment the file, - for standard output")
      ->required();
  AddNumber(*command, "--segment", arguments->segment, "Only this one, counted from 0");
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([arguments, &exit_code] {
    if (arguments->out == "-" && (arguments->json || !arguments->segment)) {
      throw CLI::ValidationError(
          "OUT: expected a folder or file, found standard output, which takes one segment and no "
          "--json");
    }
    exit_code = Extract(*arguments);
  });
}

}  // namespace updraft
