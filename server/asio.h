// SPDX-License-Identifier: Apache-2.0
// Boost.Asio as this room uses it: coroutines on one thread, errors as values.
// Included by the files that do I/O, never by the room's public headers.
#pragma once

// clang-format off: Asio 1.18 uses std::exchange without including it
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace updraft {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
template <typename T>
using Awaitable = asio::awaitable<T>;

// co_await x.async_y(..., Into(error)): errors land in `error`, nothing throws.
inline auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace updraft
