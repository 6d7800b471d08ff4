// SPDX-License-Identifier: Apache-2.0
// A disk that fails, for a process that is started with this preloaded: it stands
// before the calls of libc that change files below one folder, counts them, and at
// the n-th either fails it and all later ones, as a full or broken disk does, or
// sends the process a signal first. tests/e2e/failing_disk.h sets its variables:
//   FAILING_DISK_FOLDER  only files below this folder count
//   FAILING_DISK_CALL    from this call on (from 1); 0 or none: never
//   FAILING_DISK_ERRNO   what fails them; the first write is done by half
//   FAILING_DISK_SIGNAL  instead: sent once, at that call
//   FAILING_DISK_COUNT   a file that gets the number of calls at the end
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long g_calls;

static long NumberOf(const char* name) {
  const char* const text = getenv(name);
  return text == NULL ? 0 : strtol(text, NULL, 10);
}

static int IsBelow(const char* path) {
  const char* const folder = getenv("FAILING_DISK_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int IsFileBelow(int file) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return IsBelow(path);
}

enum Fate { kWorks, kFailsFirst, kFails };

// Of a call that counts.
static enum Fate Next(void) {
  const long call = atomic_fetch_add(&g_calls, 1) + 1;
  const long from = NumberOf("FAILING_DISK_CALL");
  if (from == 0 || call < from) return kWorks;
  const int signal_number = (int)NumberOf("FAILING_DISK_SIGNAL");
  if (signal_number != 0) {
    if (call == from) kill(getpid(), signal_number);
    return kWorks;
  }
  errno = (int)NumberOf("FAILING_DISK_ERRNO");
  return call == from ? kFailsFirst : kFails;
}

// ISO C has no way from an object pointer to a function pointer but through bytes.
#define NEXT(type, variable, name)                \
  type variable;                                  \
  do {                                            \
    void* const found = dlsym(RTLD_NEXT, (name)); \
    memcpy(&variable, &found, sizeof(found));     \
  } while (0)

typedef ssize_t (*PwriteCall)(int, const void*, size_t, off_t);
typedef int (*SyncCall)(int);
typedef int (*RenameCall)(const char*, const char*);

ssize_t pwrite(int file, const void* data, size_t size, off_t offset);
ssize_t pwrite64(int file, const void* data, size_t size, off_t offset);

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  NEXT(PwriteCall, next, "pwrite");
  const enum Fate fate = IsFileBelow(file) ? Next() : kWorks;
  if (fate == kWorks) return next(file, data, size, offset);
  if (fate == kFailsFirst && size > 1) return next(file, data, size / 2, offset);
  return -1;
}

ssize_t pwrite64(int file, const void* data, size_t size, off_t offset) {
  return pwrite(file, data, size, offset);
}

int fsync(int file) {
  NEXT(SyncCall, next, "fsync");
  return IsFileBelow(file) && Next() != kWorks ? -1 : next(file);
}

int fdatasync(int file) {
  NEXT(SyncCall, next, "fdatasync");
  return IsFileBelow(file) && Next() != kWorks ? -1 : next(file);
}

int rename(const char* from, const char* to) {
  NEXT(RenameCall, next, "rename");
  return IsBelow(to) && Next() != kWorks ? -1 : next(from, to);
}

__attribute__((destructor)) static void TellCount(void) {
  const char* const path = getenv("FAILING_DISK_COUNT");
  if (path == NULL) return;
  FILE* const file = fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", atomic_load(&g_calls));
  fclose(file);
}
