// SPDX-License-Identifier: Apache-2.0
#include "ports/host/curl_library.h"

#include <dlfcn.h>

#include <optional>

namespace updraft {
namespace {

constexpr const char* kFile = "libcurl.so.4";  // its ABI since 2006

struct Loaded {
  std::optional<CurlLibrary> library{};
  std::string fault{};
};

template <typename Function>
bool Find(void* file, const char* name, Function& found) {
  found = reinterpret_cast<Function>(dlsym(file, name));
  return found != nullptr;
}

Loaded Load() {
  // Never unloaded: libcurl does not take back what it sets up for a process.
  void* const file = dlopen(kFile, RTLD_LAZY | RTLD_LOCAL);
  CurlLibrary curl;
  if (file == nullptr || !Find(file, "curl_global_init", curl.global_init) ||
      !Find(file, "curl_easy_init", curl.easy_init) ||
      !Find(file, "curl_easy_cleanup", curl.easy_cleanup) ||
      !Find(file, "curl_easy_reset", curl.easy_reset) ||
      !Find(file, "curl_easy_setopt", curl.easy_setopt) ||
      !Find(file, "curl_easy_getinfo", curl.easy_getinfo) ||
      !Find(file, "curl_easy_send", curl.easy_send) ||
      !Find(file, "curl_easy_recv", curl.easy_recv) ||
      !Find(file, "curl_easy_strerror", curl.easy_strerror) ||
      !Find(file, "curl_multi_init", curl.multi_init) ||
      !Find(file, "curl_multi_cleanup", curl.multi_cleanup) ||
      !Find(file, "curl_multi_add_handle", curl.multi_add_handle) ||
      !Find(file, "curl_multi_remove_handle", curl.multi_remove_handle) ||
      !Find(file, "curl_multi_perform", curl.multi_perform) ||
      !Find(file, "curl_multi_poll", curl.multi_poll) ||
      !Find(file, "curl_multi_info_read", curl.multi_info_read) ||
      !Find(file, "curl_slist_append", curl.slist_append) ||
      !Find(file, "curl_slist_free_all", curl.slist_free_all)) {
    const char* const why = dlerror();
    return {.fault = why == nullptr ? kFile : why};
  }
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return {.fault = std::string(kFile) + " does not start"};
  }
  return {.library = curl};
}

}  // namespace

const CurlLibrary* LoadCurl(std::string& fault) {
  static const Loaded loaded = Load();
  fault = loaded.fault;
  return loaded.library ? &*loaded.library : nullptr;
}

}  // namespace updraft
