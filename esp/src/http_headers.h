// SPDX-License-Identifier: Apache-2.0
// The headers of a request, in the order in which they were set. Used by
// http_exchange.cc and http_client.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace updraft::esp {

class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  // Replaces one of that name, in any case, else appends; without the blanks around
  // it. False, and nothing is changed, for what cannot stand in a header.
  bool Set(std::string_view name, std::string_view value);
  // False when there was none.
  bool Remove(std::string_view name);
  void Clear() { fields_.clear(); }
  // nullptr when there is none; valid until it is changed.
  std::string* Find(std::string_view name);
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field>::iterator Locate(std::string_view name);
  std::vector<Field> fields_;
};

}  // namespace updraft::esp
