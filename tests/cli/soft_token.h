// SPDX-License-Identifier: Apache-2.0
// A token of SoftHSM in a temporary folder, for tests of keys that stay in one.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "testing/temporary_folder.h"
#include "tests/cli/run_tool.h"

namespace updraft {

class SoftToken {
 public:
  static constexpr const char* kPin = "913752";

  // Whether this machine has what it takes.
  static bool Available() {
    return std::filesystem::exists(kModule) &&
           std::system(
               "command -v softhsm2-util >/dev/null && command -v pkcs11-tool >/dev/null "
               "&& ls $(openssl version -e | cut -d'\"' -f2)/pkcs11.so >/dev/null 2>&1") == 0;
  }

  // An empty token named "updraft-test".
  SoftToken() {
    std::filesystem::create_directory(folder_ / "tokens");
    WriteText(folder_ / "softhsm2.conf",
              "directories.tokendir = " + (folder_ / "tokens").string() + "\n");
    made_ = Run(std::string("softhsm2-util --init-token --free --label updraft-test --so-pin 0815 "
                            "--pin ") +
                kPin);
  }
  bool made() const { return made_; }

  // The private key of a PEM under that label.
  bool Import(const std::string& pem, const std::string& label, bool derives = false) {
    const std::string id = std::to_string(10 + ++keys_);
    const std::string der = (folder_ / (label + ".der")).string();
    const std::string tool = std::string("pkcs11-tool --module ") + kModule +
                             " --token-label updraft-test --login --pin " + kPin + " --id " + id +
                             " --label " + label + " --write-object '" + der + "' --type ";
    return Run("openssl pkcs8 -topk8 -nocrypt -in '" + pem + "' -outform DER -out '" + der + "'") &&
           Run(tool + "privkey --usage-sign" + (derives ? " --usage-derive" : "")) &&
           Run("openssl pkey -in '" + pem + "' -pubout -outform DER -out '" + der + "'") &&
           Run(tool + "pubkey");
  }

  static std::string Uri(const std::string& label) {
    return "pkcs11:token=updraft-test;object=" + label;
  }

  std::map<std::string, std::string> Environment() const {
    return {{"SOFTHSM2_CONF", (folder_ / "softhsm2.conf").string()},
            {"PKCS11_MODULE_PATH", kModule}};
  }

 private:
  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";

  bool Run(const std::string& command) {
    const std::string all = "SOFTHSM2_CONF='" + (folder_ / "softhsm2.conf").string() + "' " +
                            command + " >/dev/null 2>&1";
    return std::system(all.c_str()) == 0;
  }

  TemporaryFolder folder_;
  bool made_ = false;
  int keys_ = 0;
};

}  // namespace updraft
