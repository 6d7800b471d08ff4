// SPDX-License-Identifier: Apache-2.0
// Runs the built tool as a process, as a script would, and keeps what it wrote.
// For tests of the tool; each makes its own folder.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "testing/temporary_folder.h"
#include "tests/project_folders.h"

namespace updraft {

struct ToolRun {
  int exit_code = -1;  // 128 + the signal when one ended it
  std::string out;
  std::string err;
  long peak_rss_kib = 0;  // of the tool, or of the test when it forked
};

inline std::string FileText(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

inline void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct ToolInput {
  std::string input{};                               // on standard input
  std::string input_file{};                          // the same, from this file
  std::map<std::string, std::string> environment{};  // added to the test's own
  std::string program = "updraft";                   // of build/bin, or an absolute path
  std::string folder{};                              // where it runs, else the test's own
};

inline ToolRun RunTool(const std::vector<std::string>& arguments, const ToolInput& given = {}) {
  const TemporaryFolder folder;
  WriteText(folder / "in", given.input);
  const std::string program = std::filesystem::path(kBuildFolder) / "bin" / given.program;
  std::vector<char*> raw{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const std::string from = given.input_file.empty() ? (folder / "in").string() : given.input_file;
    const int in = open(from.c_str(), O_RDONLY);
    const int out = open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open((folder / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (!given.folder.empty() && chdir(given.folder.c_str()) != 0) _exit(126);
    for (const auto& [name, value] : given.environment) setenv(name.c_str(), value.c_str(), 1);
    execv(program.c_str(), raw.data());
    _exit(127);
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, FileText(folder / "out"), FileText(folder / "err"), used.ru_maxrss};
}

}  // namespace updraft
