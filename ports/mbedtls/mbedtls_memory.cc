// SPDX-License-Identifier: Apache-2.0
#include "ports/mbedtls/mbedtls_memory.h"

#include <mbedtls/platform.h>

#include <cstdint>

namespace updraft {
namespace {

MemoryPool* g_pool = nullptr;

void* Allocate(std::size_t count, std::size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  return g_pool->Allocate(count * size);
}

void Free(void* block) { g_pool->Free(block); }

}  // namespace

bool GiveToMbedtls(MemoryPool& pool) {
  g_pool = &pool;
  return mbedtls_platform_set_calloc_free(&Allocate, &Free) == 0;
}

}  // namespace updraft
