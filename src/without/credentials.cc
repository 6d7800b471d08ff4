// SPDX-License-Identifier: Apache-2.0
// In place of src/fetch/credentials.cc: nothing is sent, and whoever gives credentials
// is refused, so that nobody believes that they were.
#include "updraft/fetch.h"

namespace updraft {

Status Fetch::PrepareCredentials(std::string_view user_info, MutableBytes& /*room*/) {
  const bool given = !options_->user.empty() || !options_->password.empty() || !user_info.empty() ||
                     options_->authentication != nullptr || options_->digest_only;
  return given ? Status(Code::kUnsupported, Stage::kFetch) : kOk;
}

Result<std::string_view> Fetch::Authorization(bool /*tls*/) { return std::string_view{}; }

bool Fetch::MayAnswerChallenge() const { return false; }

Result<bool> Fetch::AnswerChallenge(const ResponseHead& /*head*/) { return false; }

}  // namespace updraft
