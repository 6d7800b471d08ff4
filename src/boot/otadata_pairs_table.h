// SPDX-License-Identifier: Apache-2.0
// What the bootloader selects, for the kind of the row in the first sector of otadata
// and the kind of the column in the second. Printed by tools/otadata_pairs.py, which
// reads the specification on its own; not to be changed by hand.
//   F  factory             f  factory, and what starts is recorded (a first boot)
//   x  ota_0, by no record y  the same, and what starts is recorded
//   a b c  ota_0, ota_1, ota_2 by the first record, A B C by the second
#pragma once

#include <array>
#include <string_view>

namespace updraft {

inline constexpr std::size_t kOtadataKinds = 22;

struct OtadataPairsTable {
  int slots;
  bool factory;
  bool rollback;
  bool anti_rollback;
  int too_old;  // the slot whose image is below the eFuse's secure version, or -1
  std::array<std::string_view, kOtadataKinds> selected;
};

// clang-format off
inline constexpr std::array<OtadataPairsTable, 22> kOtadataPairs{{
  {1, false, false, false, -1, {{
    "yyAAAAxxAAFFAAAxAAFAAA",  // erased
    "yyAAAAxxAAFFAAAxAAFAAA",  // no sequence
    "aaaAAAaaAAaaAAAaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 new
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 pending
    "xxAAAAxxAAFFAAAxAAFAAA",  // 1 invalid
    "xxAAAAxxAAFFAAAxAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 illegal state
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 valid, bad CRC
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 pending
    "xxAAAAxxAAFFAAAxAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "FFAAAAFFAAFFAAAFAAFAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, false, false, false, -1, {{
    "yyBAAAxxAAFFBBBxBBFBBB",  // erased
    "yyBAAAxxAAFFBBBxBBFBBB",  // no sequence
    "bbbAAAbbAAbbBBBbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 new
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 pending
    "xxBAAAxxAAFFBBBxBBFBBB",  // 1 invalid
    "xxBAAAxxAAFFBBBxBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 illegal state
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 valid, bad CRC
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 pending
    "xxBAAAxxAAFFBBBxBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFBAAAFFAAFFBBBFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, false, false, false, -1, {{
    "yyAAAAxxAAFFBBBxBBFBBB",  // erased
    "yyAAAAxxAAFFBBBxBBFBBB",  // no sequence
    "aaaAAAaaAAaaBBBaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 new
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 pending
    "xxAAAAxxAAFFBBBxBBFBBB",  // 1 invalid
    "xxAAAAxxAAFFBBBxBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 illegal state
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 valid, bad CRC
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 pending
    "xxAAAAxxAAFFBBBxBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFAAAAFFAAFFBBBFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {1, true, false, false, -1, {{
    "FFAAAAFFAAFFAAAFAAFAAA",  // erased
    "FFAAAAFFAAFFAAAFAAFAAA",  // no sequence
    "aaaAAAaaAAaaAAAaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 new
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 pending
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 invalid
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAAaAAaAAA",  // 1 illegal state
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 valid, bad CRC
    "FFAAAAFFAAFFAAAFAAFAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 pending
    "FFAAAAFFAAFFAAAFAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "FFAAAAFFAAFFAAAFAAFAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, true, false, false, -1, {{
    "FFBAAAFFAAFFBBBFBBFBBB",  // erased
    "FFBAAAFFAAFFBBBFBBFBBB",  // no sequence
    "bbbAAAbbAAbbBBBbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 new
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 pending
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 invalid
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 illegal state
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 valid, bad CRC
    "FFBAAAFFAAFFBBBFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 pending
    "FFBAAAFFAAFFBBBFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFBAAAFFAAFFBBBFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, true, false, false, -1, {{
    "FFAAAAFFAAFFBBBFBBFBBB",  // erased
    "FFAAAAFFAAFFBBBFBBFBBB",  // no sequence
    "aaaAAAaaAAaaBBBaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 new
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 pending
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 invalid
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBBaBBaBBB",  // 1 illegal state
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 valid, bad CRC
    "FFAAAAFFAAFFBBBFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 pending
    "FFAAAAFFAAFFBBBFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFAAAAFFAAFFBBBFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {1, false, true, false, -1, {{
    "yyAAAxxxAAFyAAxxAAFAAA",  // erased
    "yyAAAxxxAAFyAAxxAAFAAA",  // no sequence
    "aaaAAaaaAAaaAAaaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 new
    "xxAAAxxxAAFxAAxxAAFAAA",  // 1 pending
    "xxAAAxxxAAFxAAxxAAFAAA",  // 1 invalid
    "xxAAAxxxAAFxAAxxAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 illegal state
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 valid, bad CRC
    "yyAAAxxxAAFyAAxxAAFAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "xxAAAxxxAAFxAAxxAAFAAA",  // 2 pending
    "xxAAAxxxAAFxAAxxAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, false, true, false, -1, {{
    "yyBAAxxxAAFyBBxxBBFBBB",  // erased
    "yyBAAxxxAAFyBBxxBBFBBB",  // no sequence
    "bbbAAbbbAAbbBBbbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "xxBAAxxxAAFxBBxxBBFBBB",  // 1 pending
    "xxBAAxxxAAFxBBxxBBFBBB",  // 1 invalid
    "xxBAAxxxAAFxBBxxBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 valid, bad CRC
    "yyBAAxxxAAFyBBxxBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "xxBAAxxxAAFxBBxxBBFBBB",  // 2 pending
    "xxBAAxxxAAFxBBxxBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, false, true, false, -1, {{
    "yyAAAxxxAAFyBBxxBBFBBB",  // erased
    "yyAAAxxxAAFyBBxxBBFBBB",  // no sequence
    "aaaAAaaaAAaaBBaaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "xxAAAxxxAAFxBBxxBBFBBB",  // 1 pending
    "xxAAAxxxAAFxBBxxBBFBBB",  // 1 invalid
    "xxAAAxxxAAFxBBxxBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 valid, bad CRC
    "yyAAAxxxAAFyBBxxBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "xxAAAxxxAAFxBBxxBBFBBB",  // 2 pending
    "xxAAAxxxAAFxBBxxBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {1, true, true, false, -1, {{
    "FFAAAFFFAAFFAAFFAAFAAA",  // erased
    "FFAAAFFFAAFFAAFFAAFAAA",  // no sequence
    "aaaAAaaaAAaaAAaaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 invalid
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 illegal state
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 valid, bad CRC
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, true, true, false, -1, {{
    "FFBAAFFFAAFFBBFFBBFBBB",  // erased
    "FFBAAFFFAAFFBBFFBBFBBB",  // no sequence
    "bbbAAbbbAAbbBBbbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 valid, bad CRC
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, true, true, false, -1, {{
    "FFAAAFFFAAFFBBFFBBFBBB",  // erased
    "FFAAAFFFAAFFBBFFBBFBBB",  // no sequence
    "aaaAAaaaAAaaBBaaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 valid, bad CRC
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {1, false, true, true, -1, {{
    "ffAAAFFFAAffAAFFAAfAAA",  // erased
    "ffAAAFFFAAffAAFFAAfAAA",  // no sequence
    "aaaAAaaaAAaaAAaaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 invalid
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 illegal state
    "ffAAAFFFAAffAAFFAAfAAA",  // 1 valid, bad CRC
    "ffAAAFFFAAffAAFFAAfAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "ffAAAFFFAAffAAFFAAfAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, false, true, true, -1, {{
    "ffBAAFFFAAffBBFFBBfBBB",  // erased
    "ffBAAFFFAAffBBFFBBfBBB",  // no sequence
    "bbbAAbbbAAbbBBbbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "ffBAAFFFAAffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffBAAFFFAAffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffBAAFFFAAffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, false, true, true, -1, {{
    "ffAAAFFFAAffBBFFBBfBBB",  // erased
    "ffAAAFFFAAffBBFFBBfBBB",  // no sequence
    "aaaAAaaaAAaaBBaaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "ffAAAFFFAAffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffAAAFFFAAffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffAAAFFFAAffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {1, true, true, true, -1, {{
    "ffAAAFFFAAffAAFFAAfAAA",  // erased
    "ffAAAFFFAAffAAFFAAfAAA",  // no sequence
    "aaaAAaaaAAaaAAaaAAaAAA",  // sequence 0
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 valid
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 invalid
    "FFAAAFFFAAFFAAFFAAFAAA",  // 1 aborted
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 undefined
    "aaaaaaaaaaaaAAaaAAaAAA",  // 1 illegal state
    "ffAAAFFFAAffAAFFAAfAAA",  // 1 valid, bad CRC
    "ffAAAFFFAAffAAFFAAfAAA",  // 1 pending, bad CRC
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 valid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 new
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 pending
    "FFAAAFFFAAFFAAFFAAFAAA",  // 2 invalid
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 undefined
    "aaaaaaaaaaaaaaaaaaaAAA",  // 2 illegal state
    "ffAAAFFFAAffAAFFAAfAAA",  // 2 new, bad CRC
    "aaaaaaaaaaaaaaaaaaaaAA",  // half of all sequences
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // last sequence new
  }}},
  {2, true, true, true, -1, {{
    "ffBAAFFFAAffBBFFBBfBBB",  // erased
    "ffBAAFFFAAffBBFFBBfBBB",  // no sequence
    "bbbAAbbbAAbbBBbbBBbBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFBAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "ffBAAFFFAAffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffBAAFFFAAffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFBAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffBAAFFFAAffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, true, true, true, -1, {{
    "ffAAAFFFAAffBBFFBBfBBB",  // erased
    "ffAAAFFFAAffBBFFBBfBBB",  // no sequence
    "aaaAAaaaAAaaBBaaBBaBBB",  // sequence 0
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 valid
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 invalid
    "FFAAAFFFAAFFBBFFBBFBBB",  // 1 aborted
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 undefined
    "aaaaaaaaaaaaBBaaBBaBBB",  // 1 illegal state
    "ffAAAFFFAAffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffAAAFFFAAffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 pending
    "FFAAAFFFAAFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffAAAFFFAAffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {2, false, true, true, 0, {{
    "ffBFFFFFFFffBBFFBBfBBB",  // erased
    "ffBFFFFFFFffBBFFBBfBBB",  // no sequence
    "bbbbbbbbbbbbBBbbBBbBBB",  // sequence 0
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 valid
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 new
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 pending
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 invalid
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 aborted
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 undefined
    "FFBFFFFFFFFFBBFFBBFBBB",  // 1 illegal state
    "ffBFFFFFFFffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffBFFFFFFFffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFBFFFFFFFFFBBFFBBFBBB",  // 2 pending
    "FFBFFFFFFFFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffBFFFFFFFffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {2, false, true, true, 1, {{
    "ffFAAFFFAAffFFFFFFfFFF",  // erased
    "ffFAAFFFAAffFFFFFFfFFF",  // no sequence
    "FFFAAFFFAAFFFFFFFFFFFF",  // sequence 0
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 new
    "FFFAAFFFAAFFFFFFFFFFFF",  // 1 pending
    "FFFAAFFFAAFFFFFFFFFFFF",  // 1 invalid
    "FFFAAFFFAAFFFFFFFFFFFF",  // 1 aborted
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 undefined
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 illegal state
    "ffFAAFFFAAffFFFFFFfFFF",  // 1 valid, bad CRC
    "ffFAAFFFAAffFFFFFFfFFF",  // 1 pending, bad CRC
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 valid
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 new
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 pending
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 invalid
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 undefined
    "FFFAAFFFAAFFFFFFFFFFFF",  // 2 illegal state
    "ffFAAFFFAAffFFFFFFfFFF",  // 2 new, bad CRC
    "FFFAAFFFAAFFFFFFFFFFFF",  // half of all sequences
    "FFFAAFFFAAFFFFFFFFFFFF",  // last sequence valid
    "FFFAAFFFAAFFFFFFFFFFFF",  // last sequence new
  }}},
  {3, false, true, true, 0, {{
    "ffFFFFFFFFffBBFFBBfBBB",  // erased
    "ffFFFFFFFFffBBFFBBfBBB",  // no sequence
    "FFFFFFFFFFFFBBFFBBFBBB",  // sequence 0
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 valid
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 new
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 pending
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 invalid
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 aborted
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 undefined
    "FFFFFFFFFFFFBBFFBBFBBB",  // 1 illegal state
    "ffFFFFFFFFffBBFFBBfBBB",  // 1 valid, bad CRC
    "ffFFFFFFFFffBBFFBBfBBB",  // 1 pending, bad CRC
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 valid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 new
    "FFFFFFFFFFFFBBFFBBFBBB",  // 2 pending
    "FFFFFFFFFFFFBBFFBBFBBB",  // 2 invalid
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 undefined
    "bbbbbbbbbbbbbbbbbbbBBB",  // 2 illegal state
    "ffFFFFFFFFffBBFFBBfBBB",  // 2 new, bad CRC
    "bbbbbbbbbbbbbbbbbbbbBB",  // half of all sequences
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence valid
    "bbbbbbbbbbbbbbbbbbbbbb",  // last sequence new
  }}},
  {3, false, true, true, 1, {{
    "ffAAAFFFAAffFFFFFFfFFF",  // erased
    "ffAAAFFFAAffFFFFFFfFFF",  // no sequence
    "aaaAAaaaAAaaaaaaaaaaaa",  // sequence 0
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 valid
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 new
    "FFAAAFFFAAFFFFFFFFFFFF",  // 1 pending
    "FFAAAFFFAAFFFFFFFFFFFF",  // 1 invalid
    "FFAAAFFFAAFFFFFFFFFFFF",  // 1 aborted
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 undefined
    "aaaaaaaaaaaaaaaaaaaaaa",  // 1 illegal state
    "ffAAAFFFAAffFFFFFFfFFF",  // 1 valid, bad CRC
    "ffAAAFFFAAffFFFFFFfFFF",  // 1 pending, bad CRC
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 valid
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 new
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 pending
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 invalid
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 undefined
    "FFAAAFFFAAFFFFFFFFFFFF",  // 2 illegal state
    "ffAAAFFFAAffFFFFFFfFFF",  // 2 new, bad CRC
    "FFAAAFFFAAFFFFFFFFFFFF",  // half of all sequences
    "FFAAAFFFAAFFFFFFFFFFFF",  // last sequence valid
    "FFAAAFFFAAFFFFFFFFFFFF",  // last sequence new
  }}},
}};
// clang-format on

}  // namespace updraft
