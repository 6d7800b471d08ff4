// SPDX-License-Identifier: Apache-2.0
// In place of src/fetch/part.cc: whole files only.
#include "updraft/fetch.h"

namespace updraft {
namespace {

constexpr Status kWholeOnly{Code::kUnsupported, Stage::kFetch};

}  // namespace

Status Fetch::AskForPart(OwnHeaders& /*headers*/) { return kWholeOnly; }

Status Fetch::TakePart(const ResponseHead& /*head*/) { return kWholeOnly; }

Status Fetch::JudgeReceived(std::size_t /*count*/) { return kWholeOnly; }

}  // namespace updraft
