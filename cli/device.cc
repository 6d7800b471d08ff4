// SPDX-License-Identifier: Apache-2.0
// `updraft device`: puts its commands together.
#include "cli/commands.h"
#include "cli/device_commands.h"

namespace updraft {

void AddDeviceCommands(CLI::App& app, int& exit_code) {
  CLI::App* const group = AddCommand(
      app, "device", "Virtual devices: a folder with flash, eFuse and what the device is.",
      "updraft device new mydevice\nupdraft device install mydevice firmware.bin\n"
      "updraft boot mydevice");
  group->require_subcommand(1);
  AddDeviceNew(*group, exit_code);
  AddDeviceInfo(*group, exit_code);
  AddDeviceInstall(*group, exit_code);
  AddDeviceUpdate(*group, exit_code);
  AddDeviceLog(*group, exit_code);
  AddDeviceFlash(*group, exit_code);
  AddDeviceSelection(*group, exit_code);
  AddDeviceEfuse(*group, exit_code);
}

}  // namespace updraft
