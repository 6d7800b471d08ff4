// SPDX-License-Identifier: Apache-2.0
#include "server/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace updraft {
namespace {

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

ExplainedStatus ReplaceFile(const std::string& path, std::string_view content, mode_t mode) {
  std::string draft = path + ".XXXXXX";
  const int fd = mkostemp(draft.data(), O_CLOEXEC);  // 0600
  bool written = fd >= 0 && WriteAll(fd, content) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
  int error = written ? 0 : errno;
  if (fd >= 0 && close(fd) != 0 && written) {
    written = false;
    error = errno;
  }
  if (written && std::rename(draft.c_str(), path.c_str()) == 0) return {};
  if (written) error = errno;
  if (fd >= 0) unlink(draft.c_str());
  return {error == ENOSPC || error == EDQUOT ? Code::kNoSpace : Code::kNotFound,
          fmt::format("{} should be written, but cannot be ({}); name a place that can be written "
                      "to.",
                      path, std::strerror(error)),
          error};
}

}  // namespace updraft
