// SPDX-License-Identifier: Apache-2.0
#include "ports/host/socket_bio.h"

#include <openssl/bio.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace updraft {
namespace {

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

TlsSocket& SocketOf(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

// True: not a failure but nothing to be had at once.
bool MayRetry(TlsSocket& socket) {
  if (errno == EAGAIN || errno == EINTR) return true;
  socket.error = errno;
  return false;
}

int Write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = send(SocketOf(bio).number, data, size, MSG_NOSIGNAL);
  *written = count > 0 ? static_cast<std::size_t>(count) : 0;
  if (count >= 0) return 1;
  if (MayRetry(SocketOf(bio))) BIO_set_retry_write(bio);
  return -1;
}

std::size_t TakeAhead(TlsSocket& socket, char* data, std::size_t size) {
  const std::size_t count = std::min(size, socket.ahead_size);
  std::memcpy(data, socket.ahead.data(), count);
  socket.ahead_size -= count;
  std::memmove(socket.ahead.data(), socket.ahead.data() + count, socket.ahead_size);
  return count;
}

int Read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  TlsSocket& socket = SocketOf(bio);
  if (socket.ahead_size > 0) {
    *got = TakeAhead(socket, data, size);
    return 1;
  }
  const bool is_body = size > socket.ahead.size();
  const iovec places[] = {{data, size}, {socket.ahead.data(), socket.ahead.size()}};
  const ssize_t count = readv(socket.number, places, is_body ? 2 : 1);
  *got = count > 0 ? std::min(size, static_cast<std::size_t>(count)) : 0;
  if (count > 0) {
    socket.ahead_size = static_cast<std::size_t>(count) - *got;
    return 1;
  }
  if (count == 0) {
    socket.ended = true;
    return 0;
  }
  if (MayRetry(socket)) BIO_set_retry_read(bio);
  return -1;
}

long Control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_EOF: return SocketOf(bio).ended ? 1 : 0;
    case BIO_CTRL_FLUSH: return 1;
    default: return 0;
  }
}

const BIO_METHOD* Method() {
  static const auto method = [] {
    std::unique_ptr<BIO_METHOD, FreeMethod> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "updraft socket"));
    if (made != nullptr) {
      BIO_meth_set_write_ex(made.get(), &Write);
      BIO_meth_set_read_ex(made.get(), &Read);
      BIO_meth_set_ctrl(made.get(), &Control);
    }
    return made;
  }();
  return method.get();
}

}  // namespace

BIO* NewSocketBio(TlsSocket& socket) {
  const BIO_METHOD* const method = Method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace updraft
