// SPDX-License-Identifier: Apache-2.0
// `updraft serve` as a process of its own: what it prints, writes and returns.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "server/certificate.h"
#include "server/file_server.h"

namespace updraft {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The command in a child, as main runs it: usage errors end with 2.
class ServeProcess {
 public:
  explicit ServeProcess(std::vector<std::string> arguments) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe(out.data()) != 0 || pipe(err.data()) != 0) std::abort();
    arguments.insert(arguments.begin(), {"updraft", "serve"});
    std::fflush(nullptr);  // or the child would print what this process has yet to
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(out[1], STDOUT_FILENO);
      dup2(err[1], STDERR_FILENO);
      for (const int fd : {out[0], out[1], err[0], err[1]}) close(fd);
      const int exit_code = RunCommand(arguments);
      std::fflush(stdout);  // as main does
      std::_Exit(exit_code);
    }
    close(out[1]);
    close(err[1]);
    out_ = fdopen(out[0], "r");
    err_ = fdopen(err[0], "r");
  }
  ~ServeProcess() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::fclose(out_);
    std::fclose(err_);
  }
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;

  std::string Line() { return LineOf(out_); }
  std::string ErrorLine() { return LineOf(err_); }
  void Signal(int number) const { kill(pid_, number); }
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static int RunCommand(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    CLI::App app;
    int exit_code = 0;
    AddServeCommand(app, exit_code);
    try {
      app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? 0 : 2;
    }
    return exit_code;
  }

  static std::string LineOf(std::FILE* file) {
    std::array<char, 1024> line{};
    if (std::fgets(line.data(), line.size(), file) == nullptr) return {};
    std::string text = line.data();
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }

  pid_t pid_ = 0;
  std::FILE* out_ = nullptr;
  std::FILE* err_ = nullptr;
};

class ServeCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "serve_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(folder_ / "files");
    std::ofstream(folder_ / "files" / "app.bin") << "firmware";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string files() const { return folder_ / "files"; }
  std::string path(const char* name) const { return folder_ / name; }
  int Curl(const std::string& options, const std::string& url) const {
    const std::string command = "curl -sSf --noproxy '*' -o '" + path("got") + "' " + options +
                                " '" + url + "' 2>'" + path("curl.err") + "'";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // "https://127.0.0.1:1234/" out of "serving https://127.0.0.1:1234/ from DIR".
  static std::string UrlOf(const std::string& line) {
    const std::size_t begin = line.find(' ') + 1;
    return line.substr(begin, line.find(' ', begin) - begin);
  }

  fs::path folder_;
};

TEST_F(ServeCommand, AnswersByAScript) {
  std::ofstream(folder_ / "faults.json")
      << R"({"requests": [{"path": "/app.bin", "times": 1, "fault": "status", "status": 503}]})";
  ServeProcess serve({files(), "--http", "--script", path("faults.json")});
  const std::string url = UrlOf(serve.Line()) + "app.bin";
  EXPECT_EQ(Curl("", url), 22);
  EXPECT_THAT(serve.ErrorLine(), testing::EndsWith("- script: status"));
  EXPECT_EQ(Curl("", url), 0);
  EXPECT_EQ(ReadText(path("got")), "firmware");
}

TEST_F(ServeCommand, RefusesABadScriptAndSaysWhere) {
  std::ofstream(folder_ / "faults.json") << R"({"requests": [{"fault": "reset", "at": "x"}]})";
  ServeProcess bad({files(), "--http", "--script", path("faults.json")});
  EXPECT_THAT(bad.ErrorLine(), AllOf(HasSubstr("faults.json: requests[0].at: expected a number"),
                                     HasSubstr("found \"x\"")));
  EXPECT_EQ(bad.Wait(), 1);
  ServeProcess none({files(), "--http", "--script", path("none.json")});
  EXPECT_THAT(none.ErrorLine(), HasSubstr("none.json: expected a script"));
  EXPECT_EQ(none.Wait(), 1);
}

TEST_F(ServeCommand, PrintsNginxsPartOnlyBesideAScriptThatItCanRead) {
  std::ofstream(folder_ / "bad.json") << R"({"requests": [{"fault": "reset", "at": "x"}]})";
  ServeProcess bad({files(), "--print-nginx", "--script", path("bad.json")});
  EXPECT_THAT(bad.ErrorLine(), HasSubstr("bad.json: requests[0].at: expected a number"));
  EXPECT_EQ(bad.Wait(), 1);
  std::ofstream(folder_ / "good.json") << R"({"requests": [{"fault": "status", "status": 503}]})";
  ServeProcess good({files(), "--print-nginx", "--script", path("good.json")});
  EXPECT_THAT(good.Line(), StartsWith("# made by 'updraft serve --print-nginx'"));
  EXPECT_THAT(good.Line(), StartsWith("# without the faults of --script"));
  EXPECT_EQ(good.Wait(), 0);
}

TEST_F(ServeCommand, SaysWhereItListensAndEndsWithZeroOnSigterm) {
  ServeProcess serve({files(), "--ca-out", path("ca.pem"), "--port-file", path("port")});
  const std::string line = serve.Line();
  ASSERT_THAT(line, AllOf(MatchesRegex("serving https://127.0.0.1:[0-9]+/ from .*"),
                          testing::EndsWith(" from " + files())));
  EXPECT_THAT(UrlOf(line), "https://127.0.0.1:" +
                               ReadText(path("port")).substr(0, ReadText(path("port")).find('\n')) +
                               "/");
  ASSERT_EQ(Curl("--cacert '" + path("ca.pem") + "'", UrlOf(line) + "app.bin"), 0);
  EXPECT_EQ(ReadText(path("got")), "firmware");
  EXPECT_THAT(serve.ErrorLine(), HasSubstr("\"GET /app.bin\" 200 8"));
  serve.Signal(SIGTERM);
  EXPECT_EQ(serve.Wait(), 0);
}

TEST_F(ServeCommand, EndsWithZeroOnSigint) {
  ServeProcess serve({files()});
  EXPECT_THAT(serve.Line(), StartsWith("serving https://"));
  serve.Signal(SIGINT);
  EXPECT_EQ(serve.Wait(), 0);
}

TEST_F(ServeCommand, SpeaksPlainHttpOnlyWhenAsked) {
  ServeProcess serve({files(), "--http"});
  const std::string url = UrlOf(serve.Line());
  EXPECT_THAT(url, StartsWith("http://"));
  EXPECT_EQ(Curl("", url + "app.bin"), 0);
}

TEST_F(ServeCommand, ListensOnTheGivenAddress) {
  ServeProcess serve({files(), "--host", "127.0.0.2", "--ca-out", path("ca.pem")});
  const std::string url = UrlOf(serve.Line());
  EXPECT_THAT(url, StartsWith("https://127.0.0.2:"));
  EXPECT_EQ(Curl("--cacert '" + path("ca.pem") + "'", url + "app.bin"), 0);
}

TEST_F(ServeCommand, TakesAFolderWithCaCertAndCaKeyAsEspressifsServer) {
  CertificateAuthority authority;
  ASSERT_TRUE(authority.Create().ok());
  TlsIdentity identity;
  ASSERT_TRUE(authority.Issue({}, identity).ok());
  std::ofstream(path("ca_cert.pem")) << identity.certificate_pem;
  std::ofstream(path("ca_key.pem")) << identity.key_pem;
  ServeProcess serve({files(), "--certs", folder_.string()});
  // The certificate itself is what such a client trusts.
  EXPECT_EQ(Curl("--cacert '" + path("ca_cert.pem") + "'", UrlOf(serve.Line()) + "app.bin"), 0);
}

TEST_F(ServeCommand, DoesNotServeItsOwnPrivateKey) {
  CertificateAuthority authority;
  ASSERT_TRUE(authority.Create().ok());
  TlsIdentity identity;
  ASSERT_TRUE(authority.Issue({}, identity).ok());
  const std::string folder = files();
  std::ofstream(folder + "/ca_cert.pem") << identity.certificate_pem;
  std::ofstream(folder + "/ca_key.pem") << identity.key_pem;
  ServeProcess serve({folder, "--certs", folder});
  const std::string url = UrlOf(serve.Line());
  const std::string trust = "--cacert '" + folder + "/ca_cert.pem'";
  EXPECT_EQ(Curl(trust, url + "ca_cert.pem"), 0);
  EXPECT_EQ(Curl(trust, url + "ca_key.pem"), 22);
  EXPECT_THAT(ReadText(path("curl.err")), HasSubstr("403"));
}

TEST_F(ServeCommand, RefusesADirectoryThatIsNotThere) {
  ServeProcess serve({path("missing")});
  EXPECT_THAT(serve.ErrorLine(), AllOf(HasSubstr("missing"), HasSubstr("No such file")));
  EXPECT_EQ(serve.Wait(), 1);
}

TEST_F(ServeCommand, RefusesAPortInUse) {
  ServeProcess first({files(), "--port-file", path("port")});
  ASSERT_THAT(first.Line(), StartsWith("serving"));
  std::string port = ReadText(path("port"));
  port.pop_back();
  ServeProcess second({files(), "--port", port});
  EXPECT_THAT(second.ErrorLine(), AllOf(HasSubstr("port " + port), HasSubstr("in use")));
  EXPECT_EQ(second.Wait(), 1);
}

TEST_F(ServeCommand, RefusesACertificateThatCannotBeRead) {
  ServeProcess serve({files(), "--cert", path("no.pem"), "--key", path("no.key")});
  EXPECT_THAT(serve.ErrorLine(), AllOf(HasSubstr("no.pem"), HasSubstr("cannot be read")));
  EXPECT_EQ(serve.Wait(), 1);
}

TEST_F(ServeCommand, RefusesAFolderWithoutCertificates) {
  ServeProcess serve({files(), "--certs", files()});
  EXPECT_THAT(serve.ErrorLine(), HasSubstr("ca_cert.pem"));
  EXPECT_EQ(serve.Wait(), 1);
}

TEST_F(ServeCommand, RefusesToLeaveThePortFileUnwritten) {
  ServeProcess serve({files(), "--port-file", path("no/such/folder/port")});
  EXPECT_THAT(serve.ErrorLine(), HasSubstr("no/such/folder/port"));
  EXPECT_EQ(serve.Wait(), 1);
}

TEST_F(ServeCommand, EndsWithTwoOnWrongUsage) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {files(), "--no-such-flag"},
      {files(), "--port", "65536"},
      {files(), "--port", "many"},
      {files(), "--cert", "a.pem"},
      {files(), "--key", "a.pem"},
      {files(), "--certs", "a", "--cert", "b", "--key", "c"},
      {files(), "--http", "--certs", "a"},
      {files(), "--throttle", "fast"},
      {files(), "--throttle", "0"},
      {files(), "--throttle", "99999999999999999999"},
      {files(), "--throttle", "1kk"},
  };
  for (const auto& arguments : wrong) {
    ServeProcess serve(arguments);
    EXPECT_EQ(serve.Wait(), 2) << testing::PrintToString(arguments);
  }
}

}  // namespace
}  // namespace updraft
