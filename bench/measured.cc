// SPDX-License-Identifier: Apache-2.0
// measured FILE COMMAND...: runs the command and writes its CPU time in
// microseconds and its peak memory in KiB to FILE; ends as the command does. A
// process is charged with the memory of whoever starts it until it executes its
// program: Python would hide what a small program takes, this one hardly.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measured FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    std::perror("measured");
    return 1;
  }
  const long micros = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                      usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  std::FILE* out = std::fopen(argv[1], "w");
  if (out == nullptr || std::fprintf(out, "%ld %ld\n", micros, usage.ru_maxrss) < 0 ||
      std::fclose(out) != 0) {
    std::perror(argv[1]);
    return 1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
