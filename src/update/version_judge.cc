// SPDX-License-Identifier: Apache-2.0
#include "updraft/version_judge.h"

namespace updraft {

Status VersionJudge::JudgeOffer(const AppDescription& offered, Observer& observer) {
  const bool same = offered.version() == running_.version();
  UPDRAFT_TRY(Judge(observer, Stage::kUpdate, Code::kInvalidState,
                    {Check::kVersionPolicy, !same, Value::Text("another version than the running"),
                     Value::Text(offered.version())}));
  const bool failed_before = given_up_.has_value() && offered.version() == given_up_->version();
  return Judge(observer, Stage::kUpdate, Code::kDowngrade,
               {Check::kVersionPolicy, !failed_before,
                Value::Text("another version than the one that was rolled back"),
                Value::Text(offered.version())});
}

}  // namespace updraft
