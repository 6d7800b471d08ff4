// SPDX-License-Identifier: Apache-2.0
// Comparing chip revisions, major * 100 + minor. Macros only.
#pragma once

#define ESP_CHIP_REV_ABOVE(rev, min_rev) ((min_rev) <= (rev))
#define ESP_CHIP_REV_BETWEEN(rev, min_rev, max_rev) (((min_rev) <= (rev)) && ((rev) <= (max_rev)))
#define ESP_CHIP_REV_MAJOR_AND_ABOVE(rev, min_rev) \
  (((rev) / 100 == (min_rev) / 100) && ((rev) >= (min_rev)))
