// SPDX-License-Identifier: Apache-2.0
// OpenSSL's way to a socket. Unlike OpenSSL's own it raises no SIGPIPE in a program
// that may not expect it, and keeps what the system said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

struct bio_st;  // OpenSSL's BIO

namespace updraft {

struct TlsSocket {
  int number = -1;     // non-blocking; whose it is closes it
  bool ended = false;  // the peer has sent all
  int error = 0;       // errno of the last failure
  // The head of the next record, received with the body of the one before: OpenSSL
  // asks for the two in turn, and the body goes straight to where it is decrypted.
  std::array<std::uint8_t, 5> ahead{};
  std::size_t ahead_size = 0;
};

// `socket` outlives it. Null: no memory.
bio_st* NewSocketBio(TlsSocket& socket);

}  // namespace updraft
