// SPDX-License-Identifier: Apache-2.0
// The tool under its second name, esp_enc_img_gen: the arguments, output files,
// messages and exit codes of the Python tool of esp_encrypted_img, so that a
// build script changes nothing but the program's name.
#pragma once

#include <string_view>

namespace updraft {

// Whether a program started as `path` is that one.
bool IsEspEncImgGen(std::string_view path);

// main() of that tool.
int RunEspEncImgGen(int argc, char** argv);

}  // namespace updraft
