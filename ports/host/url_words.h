// SPDX-License-Identifier: Apache-2.0
// What people are told of URLs and of the request that they asked for: a URL
// without its secrets, and what of the options no request can be made of. Used
// where options come from people: the tool and the gateway's configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/host/url_update.h"

namespace updraft {

// The URL as it may stand in a log: "user:password@" and what follows '?', which
// may be a signature, are an ellipsis each. Takes what is no URL too.
std::string UrlForPeople(std::string_view url);

// Which option is wrong, and how. Holds no secret.
struct WrongOption {
  enum class Which { kUrl, kHeaders, kProxy };
  Which which{};
  std::string expected;
  std::string found;
};

// The first of URL, headers and proxy that no request can be made of.
std::optional<WrongOption> JudgeRequestOptions(const UrlUpdateOptions& options);

}  // namespace updraft
