// SPDX-License-Identifier: Apache-2.0
// How deep the stack is at a place, and by which calls it was reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace updraft {

// Beginning with the next NoteDepth() each way down to it is kept. Finding it out takes
// stack itself: what is measured of that otherwise is of no use then.
void KeepStackWays();

// Called by a port's stub with the address of its own frame, where the core or the HTTP
// client hands over to it. No heap.
void NoteDepth(const void* frame);

// The lowest address that was noted; nullptr before.
const unsigned char* DeepestNoted();

// Prints the `count` deepest ways that were kept, a line each: "way DEPTH", in bytes
// below `top`, and for each call from the outermost one "ADDRESS:FRAME", the place in
// the program (hexadecimal) and the size of the frame there in bytes.
void PrintStackWays(const unsigned char* top, std::size_t count);

}  // namespace updraft
