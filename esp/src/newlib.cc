// SPDX-License-Identifier: Apache-2.0
// The functions of newlib that glibc 2.36 lacks. Weak: a program, or a later C
// library, may bring its own.
#include <algorithm>
#include <cstddef>
#include <cstring>

extern "C" {
std::size_t strlcpy(char* destination, const char* source, std::size_t size) __attribute__((weak));
std::size_t strlcat(char* destination, const char* source, std::size_t size) __attribute__((weak));

std::size_t strlcpy(char* destination, const char* source, std::size_t size) {
  const std::size_t length = std::strlen(source);
  if (size > 0) {
    const std::size_t count = std::min(length, size - 1);
    std::memcpy(destination, source, count);
    destination[count] = '\0';
  }
  return length;
}

std::size_t strlcat(char* destination, const char* source, std::size_t size) {
  const std::size_t used = strnlen(destination, size);
  if (used == size) return size + std::strlen(source);
  return used + strlcpy(destination + used, source, size - used);
}
}
