// SPDX-License-Identifier: Apache-2.0
// The rows of the fault matrix: what the server does wrong, and for which reason an
// update then ends. fault_matrix_test.cc plays each against each column.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "updraft/paced_connection.h"

namespace updraft {

// How an update asks for its file.
enum class Asking {
  kWhole,
  kInParts,
  kResumed,  // a second start, after a first one that was cut
};

struct MatrixColumn {
  const char* name;
  bool encrypted;
  bool ecies;
  Asking asking;

  bool in_parts() const { return asking == Asking::kInParts; }
  // A Range stands in the request.
  bool ranged() const { return asking != Asking::kWhole; }
  // How long the file, or the part that is missing, is known beforehand.
  bool length_told() const { return ranged() || encrypted; }
  bool waits_for_real() const { return !ranged() && !encrypted; }

  friend void PrintTo(const MatrixColumn& column, std::ostream* out) { *out << column.name; }
};

enum class Clock {
  kStill,    // moves by waits only: they take no time
  kHurried,  // moves a second whenever it is looked at
  kReal,     // one row of each kind of time-out, in one column
};

struct FaultRow {
  std::string script;      // keys of a rule: the fault and its parameters
  std::string reason;      // empty: the update succeeds in spite of it
  std::string words = {};  // stand in what was found
  std::string tls = {};    // beside, or in place of, the rule
  // The rule that ends the first connection, so that `tls` strikes the second.
  std::string first_connection = {};
  unsigned max_attempts = 1;
  bool digest_only = false;
  std::string password = "password";
  bool takes_other = false;  // succeeds with the file that was swapped in, whole
  Clock clock = Clock::kStill;
  std::uint64_t max_duration_ms = 0;
  Pace pace{};  // its floor
};

using FaultRows = std::vector<FaultRow>;

FaultRows ConnectionRows(const MatrixColumn& column);
FaultRows WaitingRows(const MatrixColumn& column);
// No byte for long, too few bytes, the deadline, no connection: as time goes.
FaultRows RealWaitingRows();
FaultRows LengthRows(const MatrixColumn& column);
FaultRows FramingRows(const MatrixColumn& column);
FaultRows HeadRows(const MatrixColumn& column);
FaultRows StatusRows(const MatrixColumn& column);
FaultRows RedirectRows(const MatrixColumn& column);
FaultRows AuthenticationRows(const MatrixColumn& column);
FaultRows TlsRows(const MatrixColumn& column);
// Of the connection that the download goes on with.
FaultRows SecondConnectionRows(const MatrixColumn& column);
// Of ranged requests only.
FaultRows RangeRows(const MatrixColumn& column);
FaultRows SwapRows(const MatrixColumn& column);
FaultRows HealedRows(const MatrixColumn& column);

}  // namespace updraft
