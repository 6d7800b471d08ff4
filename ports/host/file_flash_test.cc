// SPDX-License-Identifier: Apache-2.0
#include "ports/host/file_flash.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/loop.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include "testing/recording_observer.h"
#include "testing/temporary_folder.h"

namespace {

std::atomic<int> g_syncs{0};
std::atomic<int> g_sync_error{0};

}  // namespace

// Stands before the C library's for all of this test program, so that a sync
// can be counted and made to fail.
extern "C" int fdatasync(int fildes) {
  ++g_syncs;
  if (const int error = g_sync_error.exchange(0); error != 0) {
    errno = error;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, fildes));
}

namespace updraft {
namespace {

using testing::Each;
using testing::HasSubstr;
using Mode = FileFlash::Mode;

class FileFlashTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(FileFlash::Create(path_, 0x8000), kOk); }

  Result<std::unique_ptr<FileFlash>> Open(const FileFlash::Options& options) {
    return FileFlash::Open(path_, options, observer_);
  }
  std::unique_ptr<FileFlash> OpenToWrite() {
    auto flash = Open({.mode = Mode::kReadWrite});
    EXPECT_TRUE(flash.has_value());
    return flash ? std::move(*flash) : nullptr;
  }
  std::vector<std::uint8_t> Stored(std::uint64_t address, std::size_t length) {
    std::vector<std::uint8_t> bytes(length);
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(address));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(length));
    EXPECT_TRUE(file.good());
    return bytes;
  }
  std::string Found(Check check) {
    const auto record = observer_.Find(check);
    return record.has_value() ? record->found.text : "nothing";
  }
  // Every refusal tells which file it is about.
  void ExpectNamed(Check check) {
    const auto record = observer_.Find(check);
    ASSERT_TRUE(record.has_value());
    EXPECT_FALSE(record->passed);
    EXPECT_THAT(record->expected.text, HasSubstr(path_.string()));
    EXPECT_EQ(observer_.findings().size(), 1U);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "flash.bin";
  RecordingObserver observer_;
};

TEST_F(FileFlashTest, CreatesAnErasedFileOfTheSizeAndNothingElse) {
  EXPECT_EQ(std::filesystem::file_size(path_), 0x8000U);
  EXPECT_THAT(Stored(0, 0x8000), Each(0xFF));
  EXPECT_THAT(folder_.names(), testing::ElementsAre("flash.bin"));
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_GE(about.st_blocks * 512, 0x8000);
}

TEST_F(FileFlashTest, CreatesOverAFileOnlyWhenTold) {
  std::ofstream(path_) << "precious";
  const Status status = FileFlash::Create(path_, 0x4000, FileFlash::Existing::kRefuse, observer_);
  EXPECT_EQ(status.code(), Code::kInvalidState);
  ExpectNamed(Check::kFlash);
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
  EXPECT_EQ(FileFlash::Create(path_, 0x4000, FileFlash::Existing::kReplace), kOk);
  EXPECT_EQ(std::filesystem::file_size(path_), 0x4000U);
  EXPECT_THAT(folder_.names(), testing::ElementsAre("flash.bin"));
}

TEST_F(FileFlashTest, CreatesNoFileOfAnImpossibleSizeOrInAFolderThatIsNotThere) {
  EXPECT_EQ(FileFlash::Create(folder_ / "new", 0).code(), Code::kInvalidArgument);
  EXPECT_EQ(FileFlash::Create(folder_ / "new", 0x1001).code(), Code::kInvalidArgument);
  EXPECT_EQ(FileFlash::Create(folder_ / "no" / "new", 0x1000).code(), Code::kNotFound);
  EXPECT_THAT(folder_.names(), testing::ElementsAre("flash.bin"));
}

TEST_F(FileFlashTest, IsAPlainDumpOfWhatWasProgrammed) {
  const std::array<std::uint8_t, 4> data{1, 2, 3, 4};
  {
    const auto flash = OpenToWrite();
    EXPECT_EQ(flash->geometry().size, 0x8000U);
    EXPECT_EQ(flash->geometry().sector_size, 4096U);
    ASSERT_EQ(flash->Program(0x0FFE, data), kOk);
    ASSERT_EQ(flash->Sync(), kOk);
  }
  EXPECT_EQ(Stored(0x0FFD, 6), (std::vector<std::uint8_t>{0xFF, 1, 2, 3, 4, 0xFF}));
  auto flash = Open({.mode = Mode::kReadOnly});
  ASSERT_TRUE(flash.has_value());
  std::array<std::uint8_t, 4> found{};
  ASSERT_EQ((*flash)->Read(0x0FFE, found), kOk);
  EXPECT_EQ(found, data);
}

TEST_F(FileFlashTest, RefusesToProgramAOneOverAZeroWrittenByAnybody) {
  const std::array<std::uint8_t, 2> zeros{};
  const std::array<std::uint8_t, 1> one{0x01};
  {
    const auto flash = OpenToWrite();
    ASSERT_EQ(flash->Program(0x10, zeros), kOk);
    EXPECT_EQ(flash->Program(0x10, one).code(), Code::kFlash);
    EXPECT_EQ(flash->Program(0x11, one).code(), Code::kFlash);
    EXPECT_EQ(flash->Program(0x12, one), kOk);
  }
  const auto flash = OpenToWrite();
  EXPECT_EQ(flash->Program(0x10, one).code(), Code::kFlash);
  EXPECT_EQ(Stored(0x10, 3), (std::vector<std::uint8_t>{0, 0, 1}));
  ASSERT_EQ(flash->Erase(0, 0x1000), kOk);
  EXPECT_EQ(flash->Program(0x10, one), kOk);
}

// The record of erased bytes must never let a one pass over a zero, whatever
// the order: every pair of programs within two freshly erased sectors.
TEST_F(FileFlashTest, KeepsNorRulesForEveryOrderOfTwoPrograms) {
  const std::array<std::uint64_t, 5> edges{0x0000, 0x0800, 0x1000, 0x1800, 0x2000};
  const auto flash = OpenToWrite();
  const std::vector<std::uint8_t> zeros(0x2000, 0);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 5; ++b) {
      for (std::size_t c = 0; c < 4; ++c) {
        ASSERT_EQ(flash->Erase(0, 0x2000), kOk);
        ASSERT_EQ(flash->Program(edges[a], Bytes(zeros).first(edges[b] - edges[a])), kOk);
        const std::array<std::uint8_t, 1> one{0x01};
        const bool taken = c >= a && c < b;
        EXPECT_EQ(flash->Program(edges[c], one).ok(), !taken) << a << b << c;
        const std::array<std::uint8_t, 1> two{0x02};
        EXPECT_FALSE(flash->Program(edges[c], two).ok()) << a << b << c;
      }
    }
  }
}

TEST_F(FileFlashTest, ErasesTheSectorsAskedForAndNoOthers) {
  const auto flash = OpenToWrite();
  ASSERT_EQ(flash->Program(0, std::vector<std::uint8_t>(0x8000, 0)), kOk);
  ASSERT_EQ(flash->Erase(0x2000, 0x3000), kOk);
  ASSERT_EQ(flash->Sync(), kOk);
  EXPECT_THAT(Stored(0x0000, 0x2000), Each(0));
  EXPECT_THAT(Stored(0x2000, 0x3000), Each(0xFF));
  EXPECT_THAT(Stored(0x5000, 0x3000), Each(0));
}

// Of this process so far, by the kernel.
std::uint64_t BytesWritten() {
  std::ifstream io("/proc/self/io");
  for (std::string name; io >> name;) {
    std::uint64_t number = 0;
    io >> number;
    if (name == "wchar:") return number;
  }
  return 0;
}

// As SlotWriter: the first sector is erased for good, then pieces that end within a
// sector, each after the sectors that it is the first to touch.
TEST_F(FileFlashTest, WritesWhatIsErasedAndProgrammedInOrderOnce) {
  auto flash = OpenToWrite();
  ASSERT_EQ(flash->Erase(0, 0x1000), kOk);
  ASSERT_EQ(flash->Sync(), kOk);
  ASSERT_EQ(flash->Program(32, std::vector<std::uint8_t>(0x200 - 32, 0x11)), kOk);
  const std::uint64_t before = BytesWritten();
  ASSERT_GT(before, 0U);
  ASSERT_EQ(flash->Erase(0x1000, 0x3000), kOk);
  ASSERT_EQ(flash->Program(0x200, std::vector<std::uint8_t>(0x3000, 0x22)), kOk);
  ASSERT_EQ(flash->Erase(0x4000, 0x3000), kOk);
  ASSERT_EQ(flash->Program(0x3200, std::vector<std::uint8_t>(0x3000, 0x33)), kOk);
  EXPECT_EQ(BytesWritten() - before, 0x6000U);
  std::vector<std::uint8_t> read(0x7000);
  ASSERT_EQ(flash->Read(0, read), kOk);
  ASSERT_EQ(flash->Sync(), kOk);
  EXPECT_EQ(Stored(0, 0x7000), read);
  std::vector<std::uint8_t> expected(0x7000, 0xFF);
  std::fill(expected.begin() + 32, expected.begin() + 0x200, std::uint8_t{0x11});
  std::fill(expected.begin() + 0x200, expected.begin() + 0x3200, std::uint8_t{0x22});
  std::fill(expected.begin() + 0x3200, expected.begin() + 0x6200, std::uint8_t{0x33});
  EXPECT_EQ(read, expected);
}

TEST_F(FileFlashTest, ErasesMoreThanOneBlockAtOnce) {
  ASSERT_EQ(FileFlash::Create(path_, 0x100000, FileFlash::Existing::kReplace), kOk);
  const auto flash = OpenToWrite();
  ASSERT_EQ(flash->Program(0, std::vector<std::uint8_t>(0x100000, 0)), kOk);
  ASSERT_EQ(flash->Erase(0x1000, 0xE1000), kOk);
  ASSERT_EQ(flash->Sync(), kOk);
  EXPECT_THAT(Stored(0x0000, 0x1000), Each(0));
  EXPECT_THAT(Stored(0x1000, 0xE1000), Each(0xFF));
  EXPECT_THAT(Stored(0xE2000, 0x1E000), Each(0));
}

// What an update does: the file is written once.
TEST_F(FileFlashTest, PutsErasedBytesIntoTheFileOnlyWhereNothingIsProgrammedNext) {
  const auto flash = OpenToWrite();
  ASSERT_EQ(flash->Program(0, std::vector<std::uint8_t>(0x8000, 0)), kOk);
  ASSERT_EQ(flash->Erase(0x1000, 0x1000), kOk);
  EXPECT_THAT(Stored(0x1000, 0x1000), Each(0));
  ASSERT_EQ(flash->Program(0x1010, std::vector<std::uint8_t>(0x10, 7)), kOk);
  EXPECT_THAT(Stored(0x1000, 0x10), Each(0xFF));
  EXPECT_THAT(Stored(0x1010, 0x10), Each(7));
  EXPECT_THAT(Stored(0x1020, 0x0FE0), Each(0));
  ASSERT_EQ(flash->Erase(0x2000, 0x1000), kOk);
  ASSERT_EQ(flash->Program(0x1020, std::vector<std::uint8_t>(0x1000, 8)), kOk);
  EXPECT_THAT(Stored(0x1020, 0x1000), Each(8));
  EXPECT_THAT(Stored(0x2020, 0x0FE0), Each(0));
}

TEST_F(FileFlashTest, ReadsAsErasedWhatTheFileDoesNotShowYet) {
  const auto flash = OpenToWrite();
  ASSERT_EQ(flash->Program(0, std::vector<std::uint8_t>(0x8000, 0)), kOk);
  ASSERT_EQ(flash->Erase(0x1000, 0x2000), kOk);
  ASSERT_EQ(flash->Program(0x1000, std::vector<std::uint8_t>(0x800, 5)), kOk);
  std::vector<std::uint8_t> all(0x8000);
  ASSERT_EQ(flash->Read(0, all), kOk);
  const auto part = [&](std::size_t from, std::size_t length) {
    return std::vector<std::uint8_t>(all.begin() + static_cast<std::ptrdiff_t>(from),
                                     all.begin() + static_cast<std::ptrdiff_t>(from + length));
  };
  EXPECT_THAT(part(0, 0x1000), Each(0));
  EXPECT_THAT(part(0x1000, 0x800), Each(5));
  EXPECT_THAT(part(0x1800, 0x1800), Each(0xFF));
  EXPECT_THAT(part(0x3000, 0x5000), Each(0));
  std::array<std::uint8_t, 2> edge{};
  ASSERT_EQ(flash->Read(0x2FFF, edge), kOk);
  EXPECT_EQ(edge, (std::array<std::uint8_t, 2>{0xFF, 0}));
}

TEST_F(FileFlashTest, PutsErasedBytesIntoTheFileBeforeAnyOtherWriteAndAtTheEnd) {
  {
    const auto flash = OpenToWrite();
    ASSERT_EQ(flash->Program(0, std::vector<std::uint8_t>(0x8000, 0)), kOk);
    ASSERT_EQ(flash->Erase(0x1000, 0x1000), kOk);
    ASSERT_EQ(flash->Erase(0x4000, 0x1000), kOk);
    EXPECT_THAT(Stored(0x1000, 0x1000), Each(0xFF));
    ASSERT_EQ(flash->Program(0x6000, std::array<std::uint8_t, 1>{0}), kOk);
    EXPECT_THAT(Stored(0x4000, 0x1000), Each(0xFF));
    ASSERT_EQ(flash->Erase(0x2000, 0x1000), kOk);
    ASSERT_EQ(flash->Program(0x2800, std::array<std::uint8_t, 1>{1}), kOk);
    ASSERT_EQ(flash->Erase(0x2000, 0x1000), kOk);
  }
  EXPECT_THAT(Stored(0x1000, 0x2000), Each(0xFF));
}

TEST_F(FileFlashTest, SyncsOnlyWhatHasChanged) {
  const auto flash = OpenToWrite();
  const int before = g_syncs;
  EXPECT_EQ(flash->Sync(), kOk);
  EXPECT_EQ(g_syncs, before);
  ASSERT_EQ(flash->Program(0, std::array<std::uint8_t, 1>{0}), kOk);
  EXPECT_EQ(flash->Sync(), kOk);
  EXPECT_EQ(flash->Sync(), kOk);
  EXPECT_EQ(g_syncs, before + 1);
  ASSERT_EQ(flash->Erase(0, 0x1000), kOk);
  EXPECT_EQ(flash->Sync(), kOk);
  EXPECT_EQ(g_syncs, before + 2);
}

TEST_F(FileFlashTest, NeverSyncsAgainAfterASyncHasFailed) {
  const auto flash = OpenToWrite();
  ASSERT_EQ(flash->Program(0, std::array<std::uint8_t, 1>{0}), kOk);
  g_sync_error = EIO;
  const Status failed{Code::kFlash, Stage::kFlash, EIO};
  EXPECT_EQ(flash->Sync(), failed);
  EXPECT_EQ(flash->Sync(), failed);
  ASSERT_EQ(flash->Program(1, std::array<std::uint8_t, 1>{0}), kOk);
  EXPECT_EQ(flash->Sync(), failed);
}

TEST_F(FileFlashTest, SaysThatTheFileIsMissing) {
  std::filesystem::remove(path_);
  EXPECT_EQ(Open({}).error().code(), Code::kNotFound);
  ExpectNamed(Check::kFlash);
  EXPECT_EQ(Found(Check::kFlash), "No such file or directory");
}

TEST_F(FileFlashTest, SaysThatTheFileIsTooShort) {
  EXPECT_EQ(Open({.minimum_size = 0x8001}).error().code(), Code::kTruncated);
  ExpectNamed(Check::kFlash);
  EXPECT_EQ(Found(Check::kFlash), "32768 bytes");
  EXPECT_TRUE(Open({.minimum_size = 0x8000}).has_value());
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(Open({}).error().code(), Code::kTruncated);
}

TEST_F(FileFlashTest, SaysThatTheFileIsNoWholeNumberOfSectors) {
  std::filesystem::resize_file(path_, 0x7FFF);
  EXPECT_EQ(Open({}).error().code(), Code::kBadFormat);
  ExpectNamed(Check::kFlash);
}

TEST_F(FileFlashTest, SaysThatAFolderOrAPipeIsNoFlashAndDoesNotWaitForIt) {
  std::filesystem::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0644), 0);
  EXPECT_EQ(Open({}).error().code(), Code::kUnsupported);
  ExpectNamed(Check::kFlash);
  EXPECT_EQ(FileFlash::Open(folder_.path(), {}, observer_).error().code(), Code::kUnsupported);
}

TEST_F(FileFlashTest, OpensAReadOnlyFileToReadButNotToWrite) {
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  EXPECT_EQ(Open({.mode = Mode::kReadWrite}).error(), Status(Code::kFlash, Stage::kFlash, EACCES));
  ExpectNamed(Check::kFlash);
  EXPECT_TRUE(Open({.mode = Mode::kReadOnly}).has_value());
}

TEST_F(FileFlashTest, WritesNothingWhenOpenedToRead) {
  auto flash = Open({.mode = Mode::kReadOnly});
  ASSERT_TRUE(flash.has_value());
  EXPECT_EQ((*flash)->Program(0, std::array<std::uint8_t, 1>{0}).code(), Code::kFlash);
  EXPECT_EQ((*flash)->Erase(0, 0x1000).code(), Code::kFlash);
  EXPECT_EQ((*flash)->Sync(), kOk);
  EXPECT_THAT(Stored(0, 0x8000), Each(0xFF));
}

TEST_F(FileFlashTest, SaysThatACharacterDeviceIsNoFlash) {
  EXPECT_EQ(FileFlash::Open("/dev/null", {}, observer_).error().code(), Code::kUnsupported);
  EXPECT_THAT(observer_.findings().back().expected.text, HasSubstr("/dev/null"));
}

TEST_F(FileFlashTest, WritesABlockDeviceOfWhateverSizeItHas) {
  const Descriptor control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const int number = control.is_open() ? ioctl(control.number(), LOOP_CTL_GET_FREE) : -1;
  if (number < 0) GTEST_SKIP() << "no loop device (root needed)";
  const std::string name = "/dev/loop" + std::to_string(number);
  const Descriptor backing(open(path_.c_str(), O_RDWR | O_CLOEXEC));
  // Gone with the last descriptor of it: autoclear.
  const Descriptor loop(open(name.c_str(), O_RDWR | O_CLOEXEC));
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(backing.number());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  if (!loop.is_open() || ioctl(loop.number(), LOOP_CONFIGURE, &config) != 0) {
    GTEST_SKIP() << name << " cannot be set up: " << ErrnoText(errno);
  }
  auto flash = FileFlash::Open(name, {.mode = Mode::kReadWrite}, observer_);
  ASSERT_TRUE(flash.has_value());
  EXPECT_EQ((*flash)->geometry().size, 0x8000U);
  EXPECT_EQ((*flash)->Program(0x1000, std::array<std::uint8_t, 1>{7}), kOk);
  EXPECT_EQ((*flash)->Sync(), kOk);
  EXPECT_EQ(Stored(0x1000, 2), (std::vector<std::uint8_t>{7, 0xFF}));
}

TEST_F(FileFlashTest, RefusesASecondWriterButNoReader) {
  const auto writer = OpenToWrite();
  EXPECT_EQ(Open({.mode = Mode::kReadWrite}).error().code(), Code::kInvalidState);
  ExpectNamed(Check::kDeviceLock);
  EXPECT_TRUE(Open({.mode = Mode::kReadOnly}).has_value());
}

TEST_F(FileFlashTest, RefusesAWriterWhileAnotherProcessWritesAndNoLonger) {
  std::array<int, 2> ready{};
  std::array<int, 2> leave{};
  ASSERT_EQ(pipe(ready.data()), 0);
  ASSERT_EQ(pipe(leave.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    char byte = 0;
    auto flash = FileFlash::Open(path_, {.mode = Mode::kReadWrite});
    if (!flash || write(ready[1], "x", 1) != 1 || read(leave[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(Open({.mode = Mode::kReadWrite}).error().code(), Code::kInvalidState);
  ExpectNamed(Check::kDeviceLock);
  EXPECT_EQ(write(leave[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Open({.mode = Mode::kReadWrite}).has_value());
  for (const int file : {ready[0], ready[1], leave[0], leave[1]}) close(file);
}

// The kernel lists who waits for a lock: "1: -> FLOCK ADVISORY WRITE PID ...".
bool SomebodyWaitsForALock() {
  std::ifstream locks("/proc/locks");
  const std::string needle = "-> FLOCK  ADVISORY  WRITE " + std::to_string(getpid()) + " ";
  for (std::string line; std::getline(locks, line);) {
    if (line.find(needle) != std::string::npos) return true;
  }
  return false;
}

TEST_F(FileFlashTest, WaitsForTheOtherWriterWhenAsked) {
  auto writer = OpenToWrite();
  std::atomic<bool> released{false};
  bool released_when_opened = false;
  std::thread second([&] {
    const auto flash = FileFlash::Open(path_, {.mode = Mode::kReadWrite, .wait = true});
    released_when_opened = flash.has_value() && released;
  });
  while (!SomebodyWaitsForALock()) std::this_thread::yield();
  released = true;
  writer.reset();
  second.join();
  EXPECT_TRUE(released_when_opened);
}

TEST_F(FileFlashTest, GivesUpWhenTheOtherWriterOutlastsTheWait) {
  const auto writer = OpenToWrite();
  const auto second =
      Open({.mode = Mode::kReadWrite, .wait = true, .longest_wait = std::chrono::milliseconds(1)});
  EXPECT_EQ(second.error().code(), Code::kInvalidState);
  ExpectNamed(Check::kDeviceLock);
}

TEST_F(FileFlashTest, OpensWithinTheLongestWaitWhenTheOtherWriterEnds) {
  auto writer = OpenToWrite();
  std::thread second([&] {
    EXPECT_TRUE(
        FileFlash::Open(
            path_, {.mode = Mode::kReadWrite, .wait = true, .longest_wait = std::chrono::hours(1)})
            .has_value());
  });
  writer.reset();
  second.join();
}

TEST_F(FileFlashTest, OpensTheNewFileWhenItsOwnWasReplacedWhileItWaited) {
  auto writer = OpenToWrite();
  std::uint64_t size = 0;
  std::thread second([&] {
    const auto flash = FileFlash::Open(path_, {.mode = Mode::kReadWrite, .wait = true});
    if (flash) size = (*flash)->geometry().size;
  });
  while (!SomebodyWaitsForALock()) std::this_thread::yield();
  ASSERT_EQ(FileFlash::Create(path_, 0x2000, FileFlash::Existing::kReplace), kOk);
  writer.reset();
  second.join();
  EXPECT_EQ(size, 0x2000U);
}

TEST_F(FileFlashTest, KeepsWhatWasSyncedWhenTheWriterIsKilledAndFreesItsLock) {
  std::array<int, 2> synced{};
  ASSERT_EQ(pipe(synced.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto flash = FileFlash::Open(path_, {.mode = Mode::kReadWrite});
    if (!flash) _exit(1);
    for (std::uint8_t round = 1;; round = static_cast<std::uint8_t>(round % 200 + 1)) {
      const std::uint64_t address = (round % 8U) << 12;
      const std::vector<std::uint8_t> data(0x1000, round);
      if (!(*flash)->Erase(address, 0x1000).ok() || !(*flash)->Program(address, data).ok() ||
          !(*flash)->Sync().ok() || write(synced[1], &round, 1) != 1) {
        _exit(1);
      }
    }
  }
  std::uint8_t last = 0;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(read(synced[0], &last, 1), 1);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(synced[1]);
  while (read(synced[0], &last, 1) == 1) {
  }
  close(synced[0]);
  // The sector in which the next round may have died is another one.
  EXPECT_THAT(Stored((last % 8U) << 12, 0x1000), Each(last));
  EXPECT_TRUE(Open({.mode = Mode::kReadWrite}).has_value());
}

class FileFlashDiskFullTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  TinyDisk disk_{folder_.path(), 1 << 20};
  RecordingObserver observer_;
};

TEST_F(FileFlashDiskFullTest, CreateFindsOutBeforeItWritesAndLeavesNothing) {
  if (!disk_.problem().empty()) GTEST_SKIP() << disk_.problem();
  const Status status =
      FileFlash::Create(folder_ / "flash.bin", 4 << 20, FileFlash::Existing::kRefuse, observer_);
  EXPECT_EQ(status, Status(Code::kNoSpace, Stage::kFlash, ENOSPC));
  EXPECT_EQ(observer_.failed_reasons(), "no_space");
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(FileFlashDiskFullTest, AWriteIntoASparseFileSaysNoSpaceAndEndsNothingElse) {
  if (!disk_.problem().empty()) GTEST_SKIP() << disk_.problem();
  const auto path = folder_ / "flash.bin";
  std::ofstream(path).flush();
  std::filesystem::resize_file(path, 4 << 20);
  auto flash = FileFlash::Open(path, {.mode = Mode::kReadWrite});
  ASSERT_TRUE(flash.has_value());
  const Status no_space(Code::kNoSpace, Stage::kFlash, ENOSPC);
  EXPECT_EQ((*flash)->Erase(0, 2 << 20), kOk);
  EXPECT_EQ((*flash)->Sync(), no_space);
  std::array<std::uint8_t, 1> byte{1};
  EXPECT_EQ((*flash)->Read(0, byte), kOk);
  EXPECT_EQ(byte[0], 0xFF);
  // What could not be erased is not forgotten.
  EXPECT_EQ((*flash)->Program((2 << 20) - 1, byte), no_space);
  EXPECT_EQ((*flash)->Sync(), no_space);
}

}  // namespace
}  // namespace updraft
