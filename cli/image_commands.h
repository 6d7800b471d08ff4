// SPDX-License-Identifier: Apache-2.0
// The commands below `updraft image`, each in a file of its own; image.cc puts
// them together. What several of them need stands here too.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "updraft/chip.h"
#include "updraft/image.h"

#include "cli/failure.h"

namespace updraft {

// Updraft's own chips take segments of 1 GiB.
inline constexpr std::uint64_t kLargestImageFile = (1ULL << 30) + (16ULL << 20);

// Where an application lies unless the caller says otherwise: the first place
// behind a usual partition table.
inline constexpr std::uint64_t kUsualSlotOffset = 0x10000;

void AddImageMake(CLI::App& group, int& exit_code);
void AddImageInfo(CLI::App& group, int& exit_code);
void AddImageVerify(CLI::App& group, int& exit_code);
void AddImageExtract(CLI::App& group, int& exit_code);
void AddImageExplain(CLI::App& group, int& exit_code);
void AddImageEncrypt(CLI::App& group, int& exit_code);
void AddImageDecrypt(CLI::App& group, int& exit_code);
void AddImageSign(CLI::App& group, int& exit_code);

// A chip's name as esptool spells it, or "native" for this machine's own.
Outcome<const ChipFamily*> ChipOfName(const std::string& name);
// "esp32c3", or "0x001f" for an id without a name.
std::string ChipText(std::uint16_t id);
std::string AllChipNames();

// Puts the file's name before the failure's sentence.
Failure InFile(const std::string& path, const Failure& failure);

// An app or bootloader, by the description at the front of its first segment;
// an app where there is neither.
ImageKind KindOf(Bytes image);

}  // namespace updraft
