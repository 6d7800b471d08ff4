// SPDX-License-Identifier: Apache-2.0
#include "esp/src/http_headers.h"

#include <algorithm>

#include "src/http/grammar.h"

namespace updraft::esp {

std::vector<HttpHeaders::Field>::iterator HttpHeaders::Locate(std::string_view name) {
  return std::find_if(fields_.begin(), fields_.end(), [name](const Field& field) {
    return http::EqualsIgnoringCase(field.first, name);
  });
}

bool HttpHeaders::Set(std::string_view name, std::string_view value) {
  name = http::Trim(name);
  value = http::Trim(value);
  if (!http::IsToken(name) || !http::IsFieldText(value)) return false;
  const auto found = Locate(name);
  // `value` may be a view of what is replaced.
  std::string text(value);
  if (found != fields_.end()) {
    found->second = std::move(text);
  } else {
    fields_.emplace_back(name, std::move(text));
  }
  return true;
}

bool HttpHeaders::Remove(std::string_view name) {
  const auto found = Locate(http::Trim(name));
  if (found == fields_.end()) return false;
  fields_.erase(found);
  return true;
}

std::string* HttpHeaders::Find(std::string_view name) {
  const auto found = Locate(name);
  return found != fields_.end() ? &found->second : nullptr;
}

}  // namespace updraft::esp
