// SPDX-License-Identifier: Apache-2.0
// The task that app_main runs in.
#pragma once

namespace updraft::esp {

// Runs `app_main` in the task "main"; the firmware goes on when that has ended.
[[noreturn]] void RunMainTask(void (*app_main)());

}  // namespace updraft::esp
