// SPDX-License-Identifier: Apache-2.0
// One update as a device makes it, in fixed memory, and what it took: Mbed TLS's pool,
// stack, and the objects that are ours. Run by tools/device_profile.py, which starts
// the server.
//   profile image FILE              a plain image of 1 MiB
//   profile encrypted FILE          the same, encrypted (ECIES) for the profile's key
//   profile update PORT CA.DER NAME RANGE_SIZE LIMIT
//                                   prints a line "key value" for each figure
//   profile ways PORT CA.DER NAME RANGE_SIZE LIMIT
//                                   prints the deepest ways down to the ports' doors
//   profile handshakes PORT CA.DER COUNT
//   profile starved PORT CA.DER     a handshake in every pool that is too small
#include <arpa/inet.h>
#include <mbedtls/gcm.h>
#include <mbedtls/sha256.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/encrypted_image.h"

#include "bench/device_profile/stack_ways.h"
#include "ports/host/linux_system.h"
#include "ports/mbedtls/connection_mbedtls.h"
#include "ports/mbedtls/crypto_mbedtls.h"
#include "ports/mbedtls/device_update.h"
#include "ports/mbedtls/linux_entropy.h"
#include "ports/mbedtls/mbedtls_memory.h"
#include "testing/test_device.h"
#include "testing/test_encryption.h"
#include "testing/test_image.h"

// The names are glibc's.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
}
// NOLINTEND(readability-identifier-naming)

namespace {

std::atomic<std::uint64_t> g_heap_calls{0};

}  // namespace

extern "C" {
void* malloc(std::size_t size) {
  ++g_heap_calls;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++g_heap_calls;
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  ++g_heap_calls;
  return __libc_realloc(block, size);
}
}

namespace updraft {
namespace {

constexpr std::size_t kImageSize = std::size_t{1} << 20U;
constexpr std::size_t kPoolSize = std::size_t{96} * 1024;
constexpr std::size_t kStackSize = std::size_t{256} * 1024;
constexpr std::uint32_t kSlotSize = 0x180000;
constexpr std::size_t kWays = 12;

std::array<std::uint8_t, kPoolSize> g_room;
MemoryPool g_pool(g_room);
alignas(16) std::array<unsigned char, kStackSize> g_stack;
// A socket to the server on loopback; nothing is resolved, so that only what a device
// has too is measured.
class LoopbackStream final : public TcpStream {
 public:
  Status Open(std::string_view, std::uint16_t port, std::uint32_t) override {
    Close();
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
               ? kOk
               : Status(NetworkFailure::kConnect);
  }
  Result<std::size_t> Send(Bytes data, std::uint32_t) override {
    return Checked(send(socket_, data.data(), data.size(), MSG_NOSIGNAL));
  }
  Result<std::size_t> Receive(MutableBytes out, std::uint32_t) override {
    return Checked(recv(socket_, out.data(), out.size(), 0));
  }
  void Close() override {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  static Result<std::size_t> Checked(ssize_t count) {
    return count >= 0 ? Result<std::size_t>(static_cast<std::size_t>(count))
                      : Status(NetworkFailure::kReset);
  }
  int socket_ = -1;
};

// Notes how deep our stack is, and what the heap was asked for since the first byte.
class WatchedConnection final : public Connection {
 public:
  explicit WatchedConnection(MbedtlsConnection& inner) : inner_(&inner) {}
  Status Connect(const Endpoint& endpoint) override {
    NoteDepth(__builtin_frame_address(0));
    return inner_->Connect(endpoint);
  }
  Status Send(Bytes data) override {
    NoteDepth(__builtin_frame_address(0));
    return inner_->Send(data);
  }
  Result<std::size_t> Receive(MutableBytes out) override {
    NoteDepth(__builtin_frame_address(0));
    const Result<std::size_t> count = inner_->Receive(out);
    if (first_ == 0) first_ = g_heap_calls + 1;
    last_ = g_heap_calls + 1;
    return count;
  }
  void Close() override { inner_->Close(); }
  bool is_open() const override { return inner_->is_open(); }
  std::string_view failure_text() const override { return inner_->failure_text(); }
  std::uint64_t heap_calls() const { return last_ - first_; }

 private:
  MbedtlsConnection* inner_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

std::vector<std::uint8_t> ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int Misused() {
  std::fprintf(stderr,
               "expected image, encrypted, update, ways, handshakes or starved; run ./dev "
               "device-profile\n");
  return 2;
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool whole = error == std::errc{} && end == word.data() + word.size();
  return whole ? std::optional<Number>(number) : std::nullopt;
}

void Say(const char* key, std::size_t value) { std::printf("%s %zu\n", key, value); }

// Subject and key of the one authority.
std::vector<std::uint8_t> BundleOf(const std::vector<std::uint8_t>& der) {
  mbedtls_x509_crt authority;
  mbedtls_x509_crt_init(&authority);
  std::vector<std::uint8_t> bundle;
  if (mbedtls_x509_crt_parse_der(&authority, der.data(), der.size()) == 0) {
    const auto number = [&](std::size_t value) {
      bundle.push_back(static_cast<std::uint8_t>(value >> 8U));
      bundle.push_back(static_cast<std::uint8_t>(value));
    };
    number(1);
    number(authority.subject_raw.len);
    number(authority.pk_raw.len);
    bundle.insert(bundle.end(), authority.subject_raw.p,
                  authority.subject_raw.p + authority.subject_raw.len);
    bundle.insert(bundle.end(), authority.pk_raw.p, authority.pk_raw.p + authority.pk_raw.len);
  }
  mbedtls_x509_crt_free(&authority);
  return bundle;
}

constexpr std::array<std::uint8_t, kP256ScalarSize> kScalar{0x42, 0x17};

// What is ours and static; the stack and Mbed TLS's pool come on top.
struct Session {
  explicit Session(const MbedtlsConnectionOptions& options)
      : connection(options, stream, system, random), watched(connection) {}

  LinuxSystem system;
  LoopbackStream stream;
  MbedtlsRandom random{&LinuxEntropy};
  MbedtlsCrypto crypto{random};
  MbedtlsConnection connection;
  WatchedConnection watched;
};

std::vector<std::uint8_t> MakeImage(Crypto& crypto) {
  return TestImage{.version = "2.0.0"}.WithRamSegment(kImageSize - 2048, 2).Build(crypto);
}

// Flash in static memory: RamFlash keeps a log on the heap. Notes how deep our stack is
// where it is reached.
class StaticFlash final : public Flash {
 public:
  explicit StaticFlash(Bytes content) { std::ranges::copy(content, bytes_.begin()); }
  FlashGeometry geometry() const override { return {.size = bytes_.size()}; }

 private:
  Status DoRead(std::uint64_t address, MutableBytes out) override {
    NoteDepth(__builtin_frame_address(0));
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), out.size(), out.begin());
    return kOk;
  }
  Status DoErase(std::uint64_t address, std::uint64_t length) override {
    NoteDepth(__builtin_frame_address(0));
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), length, 0xFF);
    return kOk;
  }
  Status DoProgram(std::uint64_t address, Bytes data) override {
    NoteDepth(__builtin_frame_address(0));
    for (const std::uint8_t byte : data) bytes_[address++] &= byte;
    return kOk;
  }
  Status DoSync() override { return kOk; }

  std::array<std::uint8_t, std::size_t{4} << 20U> bytes_{};
};

struct UpdateRun {
  DeviceUpdate* update;
  Status status{};
  const unsigned char* top = nullptr;  // where our stack begins
};

void* RunUpdate(void* run) {
  auto* is = static_cast<UpdateRun*>(run);
  is->top = static_cast<const unsigned char*>(__builtin_frame_address(0));
  is->status = is->update->Run();
  return nullptr;
}

std::size_t StackUsed() {
  const auto first =
      std::find_if(g_stack.begin(), g_stack.end(), [](unsigned char b) { return b != 0xA5; });
  return static_cast<std::size_t>(g_stack.end() - first);
}

int ProfileUpdate(char** words, bool ways) {
  const auto range_size = NumberOf<std::uint64_t>(words[5]);
  if (!range_size) return Misused();
  const std::vector<std::uint8_t> bundle = BundleOf(ReadFile(words[3]));
  MbedtlsConnectionOptions options;
  options.authority_bundle = bundle;
  options.record_limit = std::string_view(words[6]) == "none"
                             ? MbedtlsConnectionOptions::kWholeRecords
                             : std::uint16_t{0};
  auto* session = new Session(options);
  auto* target = new TestDevice(session->crypto, {.slot_size = kSlotSize});
  target->Install("ota_0", TestImage{.version = "1.0.0"}.Build(session->crypto));
  target->SetRunning("ota_0");
  auto* flash = new StaticFlash(target->flash().bytes());
  Device device = target->device();
  device.flash = flash;
  ScalarKey key(session->crypto, kScalar);
  const std::string url =
      "https://127.0.0.1:" + std::string(words[2]) + "/" + std::string(words[4]);
  DeviceUpdateOptions update_options;
  update_options.url = url;
  update_options.range_size = *range_size;
  update_options.retry.max_attempts = 1;
  update_options.keys.ecies = &key;
  auto* update = new DeviceUpdate(device, session->watched, update_options);

  UpdateRun run{update};
  if (ways) KeepStackWays();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  std::fill(g_stack.begin(), g_stack.end(), 0xA5);
  pthread_attr_setstack(&attributes, g_stack.data(), g_stack.size());
  pthread_t thread{};
  // What a thread costs before it does anything.
  pthread_create(
      &thread, &attributes, [](void*) -> void* { return nullptr; }, nullptr);
  pthread_join(thread, nullptr);
  const std::size_t empty_thread = StackUsed();
  std::fill(g_stack.begin(), g_stack.end(), 0xA5);
  g_pool.ForgetPeak();
  pthread_create(&thread, &attributes, &RunUpdate, &run);
  pthread_join(thread, nullptr);
  if (!run.status.ok()) {
    std::printf("failed %s\n", std::string(session->connection.failure_text()).c_str());
    return 1;
  }
  constexpr std::size_t kContexts = sizeof(mbedtls_ssl_config) + sizeof(mbedtls_ssl_context) +
                                    2 * sizeof(mbedtls_x509_crt) + sizeof(mbedtls_pk_context) +
                                    sizeof(mbedtls_ssl_session);
  // Of the cipher, of the body's hash and of the proof's: in our objects, and Mbed TLS's.
  constexpr std::size_t kWithin = sizeof(mbedtls_gcm_context) + 2 * sizeof(mbedtls_sha256_context);
  if (ways) {
    PrintStackWays(run.top, kWays);
    return 0;
  }
  Say("contexts_within", kWithin);
  Say("peak_heap", g_pool.peak());
  Say("block_heads", g_pool.peak_blocks() * MemoryPool::kHeadSize);
  Say("contexts", kContexts + sizeof(MbedtlsRandom) + sizeof(MemoryPool));
  Say("connection", sizeof(MbedtlsConnection) - kContexts);
  Say("update", sizeof(Update) - kWithin);
  Say("http", sizeof(DeviceUpdate) - sizeof(Update));
  Say("stack", StackUsed() - empty_thread);
  Say("our_stack", static_cast<std::size_t>(run.top - DeepestNoted()));
  Say("heap_calls", session->watched.heap_calls());
  Say("received", update->bytes_received());
  return 0;
}

int ProfileHandshakes(char** words) {
  const std::vector<std::uint8_t> bundle = BundleOf(ReadFile(words[3]));
  MbedtlsConnectionOptions options;
  options.authority_bundle = bundle;
  const auto port = NumberOf<std::uint16_t>(words[2]);
  const auto count = NumberOf<std::uint32_t>(words[4]);
  if (!port || !count || *count == 0) return Misused();
  for (const bool resumed : {false, true}) {
    std::vector<double> times;
    auto session = std::make_unique<Session>(options);
    for (std::uint32_t i = 0; i <= *count; ++i) {
      if (!resumed) session = std::make_unique<Session>(options);
      const auto start = std::chrono::steady_clock::now();
      if (!session->connection.Connect({"127.0.0.1", *port, true}).ok()) {
        std::printf("failed %s\n", std::string(session->connection.failure_text()).c_str());
        return 1;
      }
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - start;
      session->connection.Close();
      if (i > 0) times.push_back(took.count());
    }
    std::ranges::sort(times);
    Say(resumed ? "resumed_us" : "handshake_us", static_cast<std::size_t>(times[times.size() / 2]));
    // What is left of it on a machine that does nothing else.
    if (!resumed) Say("handshake_least_us", static_cast<std::size_t>(times.front()));
  }
  return 0;
}

// A handshake in every size of pool up to the one that serves: what is too small is told
// as such, and nothing stays behind.
int ProfileStarvation(char** words) {
  const std::vector<std::uint8_t> bundle = BundleOf(ReadFile(words[3]));
  MbedtlsConnectionOptions options;
  options.authority_bundle = bundle;
  const auto port = NumberOf<std::uint16_t>(words[2]);
  if (!port) return Misused();
  constexpr std::size_t kStep = 40;
  for (std::size_t left = kStep; left < kPoolSize / 2; left += kStep) {
    void* const taken = g_pool.Allocate(kPoolSize - left);
    const std::size_t before = g_pool.used();
    auto session = std::make_unique<Session>(options);
    const Status status = session->connection.Connect({"127.0.0.1", *port, true});
    const std::string text(session->connection.failure_text());
    session.reset();
    const bool told = status == Status(Code::kNoSpace, Stage::kFetch) &&
                      text.find("no memory") != std::string::npos;
    if (taken == nullptr || g_pool.used() != before || (!status.ok() && !told)) {
      std::printf("failed with %zu bytes, of which %zu stay taken: %s\n", left,
                  g_pool.used() - before, text.c_str());
      return 1;
    }
    g_pool.Free(taken);
    if (status.ok()) {
      Say("least_pool", left);
      return 0;
    }
    if (left == kStep) std::printf("starved: %s\n", text.c_str());
  }
  return 1;
}

int MakeFile(const char* path, bool encrypted) {
  MbedtlsRandom random(&LinuxEntropy);
  MbedtlsCrypto crypto(random);
  std::vector<std::uint8_t> image = MakeImage(crypto);
  if (encrypted) {
    P256Point point{};
    if (!crypto.P256PublicKey(kScalar, point).ok()) return 1;
    image = EncryptForTest(crypto, point, image);
  }
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
  return file ? 0 : 1;
}

}  // namespace
}  // namespace updraft

int main(int count, char** words) {
  using namespace updraft;
  if (!GiveToMbedtls(g_pool)) return 2;
  const std::string_view command = count > 1 ? words[1] : "";
  if (command == "image" && count == 3) return MakeFile(words[2], false);
  if (command == "encrypted" && count == 3) return MakeFile(words[2], true);
  if (command == "update" && count == 7) return ProfileUpdate(words, false);
  if (command == "ways" && count == 7) return ProfileUpdate(words, true);
  if (command == "handshakes" && count == 5) return ProfileHandshakes(words);
  if (command == "starved" && count == 4) return ProfileStarvation(words);
  return Misused();
}
