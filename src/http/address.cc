// SPDX-License-Identifier: Apache-2.0
#include "src/http/address.h"

#include "src/http/grammar.h"

namespace updraft::http {

bool IsIpv4(std::string_view text) {
  int labels = 0;
  while (true) {
    const std::size_t dot = Find(text, '.');
    const std::string_view label = http::Piece(text, 0, dot);
    const auto number = ParseDecimal(label);
    if (!number || *number > 255 || label.size() > 3 || (label.size() > 1 && label[0] == '0')) {
      return false;
    }
    ++labels;
    if (dot == std::string_view::npos) return labels == 4;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace updraft::http
