// SPDX-License-Identifier: Apache-2.0
// `updraft image make`: an image from given segments or an ELF file, for any chip.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/image_commands.h"
#include "cli/image_plan.h"
#include "cli/output.h"
#include "cli/sentence.h"
#include "cli/text.h"
#include "ports/host/crypto_openssl.h"
#include "src/image/image_proof.h"

namespace updraft {
namespace {

struct MakeArguments {
  std::string out;
  ImageArguments image;
};

// Writes the file and lets the proof see it pass, so that the maker learns at
// once what a bootloader would say.
class ProvenFile final : public Sink {
 public:
  ProvenFile(NewFile& file, ImageProof& proof) : file_(&file), proof_(&proof) {}

  Status Write(Bytes data) override {
    if (verdict_.ok()) verdict_ = proof_->Write(data);
    return file_->Write(data);
  }
  Status Finish() override { return file_->Finish(); }

  Status verdict() const { return verdict_; }

 private:
  NewFile* file_;
  ImageProof* proof_;
  Status verdict_;
};

ImageRules RulesFor(const OwnedImagePlan& plan, bool bootloader) {
  ImageRules rules;
  rules.kind = bootloader ? ImageKind::kBootloader : ImageKind::kApp;
  rules.chip.family = plan.family;
  rules.chip.revision = plan.header.minimum_revision;
  rules.chip.ignore_maximum_revision = true;
  rules.chip.ignore_maximum_block_revision = true;
  if (plan.app_description) {
    rules.chip.efuse_block_revision = plan.app_description->minimum_efuse_block_revision;
  }
  rules.flash_offset = bootloader ? plan.family->bootloader_offset : kUsualSlotOffset;
  rules.slot_size = ~std::uint64_t{0};
  return rules;
}

Failure NotBuildable(const OwnedImagePlan& plan, Status status) {
  if (plan.segments.size() > kMaxSegments) {
    FindingCollector findings;
    return FailureOf(Judge(findings, Stage::kImage, Code::kInvalidArgument,
                           {Check::kSegmentCount, false, Value::Number(kMaxSegments),
                            Value::Number(plan.segments.size())}),
                     findings);
  }
  if (status.code() == Code::kNoSpace) {
    return {std::string(CheckReason(Check::kSegmentLength)),
            fmt::format("expected segments that {} can load, found one that is too long; split or "
                        "shrink it.",
                        plan.family->name)};
  }
  return FailureOf(status);
}

// No part of the image: erased bytes behind it.
Status PadFile(Sink& file, std::uint64_t length, std::optional<std::uint64_t> unit) {
  if (!unit) return kOk;
  const std::uint64_t rest = length % *unit;
  const std::vector<std::uint8_t> erased(rest == 0 ? 0 : *unit - rest, 0xFF);
  return file.Write(erased);
}

int Write(const MakeArguments& arguments, const OwnedImagePlan& owned) {
  const ImagePlan plan = owned.plan();
  const auto length = ImageLength(plan);
  if (!length) return Fail(NotBuildable(owned, length.error()));
  OpensslCrypto crypto;
  FindingCollector findings;
  const ImageRules rules = RulesFor(owned, arguments.image.bootloader);
  std::array<std::uint8_t, kKeptBlockSize> room{};
  ImageProof proof(rules, crypto, room, findings);
  NewFile file(arguments.out);
  ProvenFile sink(file, proof);
  Status status = BuildImage(plan, crypto, sink);
  if (status.ok()) status = PadFile(file, *length, arguments.image.pad_to_size);
  if (status.ok()) status = sink.Finish();
  if (!status.ok()) return Fail(file.FailureOf(status));
  if (!sink.verdict().ok()) {
    PrintWarning(fmt::format("a bootloader would refuse this image: {}",
                             FailureOf(sink.verdict(), findings).message));
  }
  if (arguments.out != "-") {
    PrintLine(fmt::format("{}: {} for {}, {} segments, {} bytes", PrintableText(arguments.out),
                          arguments.image.bootloader ? "bootloader" : "application",
                          owned.family->name, owned.segments.size(), *length));
  }
  return kExitDone;
}

int Make(const MakeArguments& arguments) {
  OwnedImagePlan plan;
  if (const auto problem = PlanImage(arguments.image, plan)) {
    const int failed = Fail(problem->failure);
    return problem->usage ? kExitUsage : failed;
  }
  return Write(arguments, plan);
}

void AddText(CLI::App& app, const std::string& name, std::optional<std::string>& text,
             const std::string& description, const char* type = "TEXT") {
  app.add_option_function<std::string>(
         name, [&text](const std::string& value) { text = value; }, description)
      ->type_name(type);
}

void AddHeaderOptions(CLI::App& make, ImageArguments& image) {
  AddNumber(make, "--entry", image.entry,
            "Where it starts (default: the ELF file's, or the first segment's address)");
  AddText(make, "--flash-mode", image.flash_mode, "qio, qout, dio, dout... (default dio)");
  AddText(make, "--flash-freq", image.flash_frequency, "80m, 40m... as the chip has them");
  AddText(make, "--flash-size", image.flash_size, "1MB to 128MB (default 4MB)", "SIZE");
  AddNumber(make, "--wp-pin", image.wp_pin, "Write-protect pin (default 0xee: none)", 0xFF);
  AddText(make, "--pin-drive", image.pin_drive, "Drive strengths of the flash pins", "A,B,C");
  AddNumber(make, "--min-rev", image.minimum_revision_legacy, "Old field of the minimum revision",
            0xFF);
  AddNumber(make, "--min-rev-full", image.minimum_revision,
            "Lowest chip revision, major * 100 + minor (default 0)", 0xFFFF);
  AddNumber(make, "--max-rev-full", image.maximum_revision,
            "Highest chip revision (default 65535: any)", 0xFFFF);
  make.add_flag("--no-hash", image.no_hash, "Append no SHA-256");
  make.add_flag("--secure-pad-v2", image.secure_pad,
                "Fill the last page with zeros, for a signature of Secure Boot v2");
  AddSize(make, "--pad-to-size", image.pad_to_size,
          "Fill the file with 0xff up to a multiple of this");
}

void AddDescriptionOptions(CLI::App& make, ImageArguments& image) {
  AddText(make, "--version", image.version, "Version; a number in a bootloader");
  AddText(make, "--project-name", image.project_name, "Name of the project");
  AddNumber(make, "--secure-version", image.secure_version, "For anti-rollback (default 0)");
  AddText(make, "--date", image.date, "Date of the build: Jan 15 2026");
  AddText(make, "--time", image.time, "Time of the build: 12:34:56");
  AddText(make, "--idf-version", image.idf_version, "Version of ESP-IDF");
  AddText(make, "--elf-sha256", image.elf_sha256, "SHA-256 of the ELF file", "HEX");
  AddNumber(make, "--min-efuse-block-revision", image.minimum_block_revision,
            "Lowest eFuse block revision (default 0)", 0xFFFF);
  AddNumber(make, "--max-efuse-block-revision", image.maximum_block_revision,
            "Highest eFuse block revision (default 65535: any)", 0xFFFF);
  AddText(make, "--mmu-page-size", image.mmu_page_size, "8K to 256K (default 64K)", "SIZE");
  AddText(make, "--description-flash-mode", image.description_flash_mode,
          "qio, qout, dio, dout, opi (default unknown)");
  make.add_flag("--no-description", image.no_description, "Leave the first segment as it is given");
}

}  // namespace

void AddImageMake(CLI::App& group, int& exit_code) {
  CLI::App* const make = AddCommand(
      group, "make",
      "Makes an application or bootloader image. The description is laid at the front of the first "
      "segment, unless that begins with one: then the options change that one.",
      "updraft image make app.bin --chip esp32c3 --segment 0x3c000020:rodata.bin \\\n"
      "    --segment 0x40380000:iram.bin --version 1.0.0 --project-name hello\n"
      "updraft image make app.bin --chip esp32c3 --elf build/app.elf --flash-freq 80m\n"
      "updraft image make firmware.bin --chip native --executable hello --version 1.0.0");
  const auto arguments = std::make_shared<MakeArguments>();
  ImageArguments& image = arguments->image;
  make->add_option("OUT", arguments->out, "The image to write, - for standard output")->required();
  make->add_option("--chip", image.chip, "esp32, esp32c3, ..., or native for this machine")
      ->required()
      ->type_name("NAME");
  make->add_option("--segment", image.segments,
                   "Load address and content, in the order of the image; without FILE it holds the "
                   "description only")
      ->type_name("ADDRESS:FILE");
  make->add_option("--executable", image.executable,
                   "A Linux program as the last segment, for the virtual device")
      ->type_name("FILE");
  make->add_option("--elf", image.elf,
                   "A linked program for an ESP chip: its segments, laid out as the chip maps "
                   "flash, its entry, and its SHA-256 in the description that it has")
      ->type_name("FILE");
  make->add_flag("--bootloader", image.bootloader, "Make a bootloader, with its description");
  AddHeaderOptions(*make, image);
  AddDescriptionOptions(*make, image);
  make->callback([arguments, &exit_code] { exit_code = Make(*arguments); });
}

}  // namespace updraft
