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
  std::array<std::string_view, kOtadataKinds> selected;
};

// clang-format off
inline constexpr std::array<OtadataPairsTable, 18> kOtadataPairs{{
  {1, false, false, false, {{
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
  {2, false, false, false, {{
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
  {3, false, false, false, {{
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
  {1, true, false, false, {{
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
  {2, true, false, false, {{
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
  {3, true, false, false, {{
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
  {1, false, true, false, {{
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
  {2, false, true, false, {{
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
  {3, false, true, false, {{
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
  {1, true, true, false, {{
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
  {2, true, true, false, {{
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
  {3, true, true, false, {{
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
  {1, false, true, true, {{
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
  {2, false, true, true, {{
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
  {3, false, true, true, {{
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
  {1, true, true, true, {{
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
  {2, true, true, true, {{
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
  {3, true, true, true, {{
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
}};
// clang-format on

}  // namespace updraft
