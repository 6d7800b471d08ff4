// SPDX-License-Identifier: Apache-2.0
// A whole HTTP response: in whatever pieces it comes, it reads the same.
#include "fuzz/fuzz.h"
#include "testing/response_reader.h"

namespace updraft {
namespace {

using fuzz::Require;

void Run(fuzz::Input input) {
  const std::uint8_t flags = input.Byte();
  const ResponseAsked asked{.head = (flags & 1) != 0,
                            .buffer = std::size_t{64} << (flags >> 5),
                            .peer_closes = (flags & 2) != 0};
  fuzz::Chunking chunking(input.Byte());

  ResponseReader whole(asked);
  whole.Take(fuzz::AsText(input.rest()));
  const ResponseReading reading = whole.Finish();
  ResponseReader pieces(asked);
  chunking.Feed(input.rest(), [&](Bytes piece) {
    pieces.Take(fuzz::AsText(piece));
    return true;
  });
  Require(pieces.Finish() == reading, "pieces change nothing");

  if (!reading.done) return;
  Require(reading.code >= 200 && reading.code <= 599, "a final status");
  Require(!asked.head || reading.body.empty(), "no body answers HEAD");
  Require(reading.status.ok(), "what is done has no fault");
  Require(reading.surplus == 0 || reading.body_end != BodyEnd::kClose, "all belongs to the body");
}

}  // namespace
}  // namespace updraft

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::Run({data, size});
  return 0;
}
