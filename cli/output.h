// SPDX-License-Identifier: Apache-2.0
// Where the tool's words go: data on standard output, everything else on
// standard error. With --json one object is all that standard output gets.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/failure.h"

namespace updraft {

// One line of data or of a report, on standard output.
void PrintLine(std::string_view line);
// The one object of --json; strings that are not UTF-8 are printed with U+FFFD.
void PrintJson(const nlohmann::ordered_json& object);
// "updraft: SENTENCE" on standard error.
void PrintError(std::string_view sentence);
// "updraft: warning: SENTENCE" on standard error.
void PrintWarning(std::string_view sentence);
// "updraft: SENTENCE" on standard error, of something that goes on.
void PrintNote(std::string_view sentence);

// Says why on standard error, with `json` also as an object on standard output,
// and returns kExitFailed.
int Fail(const Failure& failure, bool json = false);
// The same of a command line that cannot be meant: kExitUsage.
int FailUsage(std::string_view sentence, bool json = false);

// All of standard output has reached its file or pipe. False after a failed
// write, which the caller has not noticed yet: a full disk, a closed pipe.
bool FlushOutput();

// Whether the descriptor is a terminal that wants colours: NO_COLOR unset or
// empty, TERM not "dumb".
bool IsTerminal(int descriptor);
bool WantsColor(int descriptor);
// Columns of the terminal; 80 where that is unknown.
std::size_t TerminalWidth(int descriptor);

}  // namespace updraft
