// SPDX-License-Identifier: Apache-2.0
// The words of each check's sentence. Only sentence.cc asks for them.
#pragma once

#include <string_view>

#include "updraft/observer.h"
#include "updraft/status.h"

namespace updraft {

// "LEAD: expected EXPECTED, found FOUND; ADVICE." In expected and found a {}
// takes the finding's value; a finding without one gets the plain words.
struct SentenceWords {
  Check check;
  std::string_view lead;
  std::string_view expected;
  std::string_view expected_plain;
  std::string_view found;
  std::string_view found_plain;
  std::string_view advice;
};

const SentenceWords& WordsOf(const Finding& finding);

// What happened and what to do, for a code that came without a finding.
std::string_view CodeSentence(Code code);
std::string_view NetworkSentence(NetworkFailure failure);

}  // namespace updraft
