// SPDX-License-Identifier: Apache-2.0
#include "testing/openssl_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

namespace updraft {
namespace {

constexpr int kPatienceMs = 20000;

std::array<int, 2> NewPipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

}  // namespace

void WriteFile(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

OpensslServer::OpensslServer(const CertifiedKey& identity, std::vector<std::string> arguments) {
  WriteFile(folder_ / "server.pem", identity.certificate_pem + identity.key_pem);
  std::vector<std::string> words = {"openssl", "s_server",   "-accept", "127.0.0.1:0",
                                    "-cert",   "server.pem", "-key",    "server.pem"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const std::array<int, 2> input = NewPipe();
  const std::array<int, 2> output = NewPipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  posix_spawn_file_actions_adddup2(&actions, output[1], 2);
  posix_spawn_file_actions_addchdir_np(&actions, folder_.path().c_str());
  const int failed = posix_spawnp(&process_, "openssl", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  input_ = input[1];
  output_ = output[0];
  if (failed != 0) throw std::runtime_error("cannot start openssl s_server");

  const std::string_view announcement = "ACCEPT 127.0.0.1:";
  WaitFor(announcement);
  const std::size_t number = printed_.find(announcement) + announcement.size();
  while (printed_.find('\n', number) == std::string::npos) ReadMore();
  port_ = static_cast<std::uint16_t>(std::stoi(printed_.substr(number)));
}

OpensslServer::~OpensslServer() {
  Kill();
  close(input_);
  close(output_);
}

void OpensslServer::Kill() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void OpensslServer::Say(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  if (write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("openssl s_server does not listen to us");
  }
}

void OpensslServer::WaitFor(std::string_view text) {
  while (printed_.find(text) == std::string::npos) ReadMore();
}

void OpensslServer::ReadMore() {
  pollfd waiting{output_, POLLIN, 0};
  std::array<char, 4096> bytes{};
  const bool ready = poll(&waiting, 1, kPatienceMs) > 0;
  const ssize_t count = ready ? read(output_, bytes.data(), bytes.size()) : -1;
  if (count <= 0) throw std::runtime_error("openssl s_server only printed: " + printed_);
  printed_.append(bytes.data(), static_cast<std::size_t>(count));
}

}  // namespace updraft
