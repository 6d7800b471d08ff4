// SPDX-License-Identifier: Apache-2.0
// A row of the power-cut suite: a device, what it was before, and what of an
// update's life is cut on it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "updraft/slots.h"

#include "ports/host/crypto_openssl.h"
#include "ports/host/key_file.h"
#include "testing/test_device.h"

namespace updraft {

using Image = std::vector<std::uint8_t>;

enum class Picture : std::uint8_t { kStale, kOld, kFresh, kThird };
inline constexpr std::size_t kPictures = 4;

enum class Scheme : std::uint8_t { kPlain, kRsa, kEcies, kSignedHeader };

enum class Deed : std::uint8_t {
  kUpdate,    // to kFresh, as the tool does it; with a log, one that can go on
  kBoot,      // a reset, then the bootloader
  kConfirm,   // by what runs
  kRollBack,  // by what runs
  kRecord,    // entries of the flight recorder for what was given up
};

struct Scenario {
  std::string name;
  TestLayout layout{.slot_size = 0x8000};
  FlashGeometry geometry{.size = 0x50000};
  bool units_once = false;  // the part programs a unit once, then it has to be erased
  std::uint32_t page = 0;   // bytes; 0: programs and erases reach the part as they are
  DevicePolicy policy{};    // that of signatures too; with kOnBoot a key is in eFuse
  std::string running = "ota_0";
  // What the slots hold beside; nothing may start it but where it is `selected`.
  std::map<std::string, Picture> beside{};
  std::string selected{};
  // Records of otadata, where there are any: sequence and state.
  std::vector<std::pair<std::uint32_t, SlotState>> records{};
  Scheme scheme = Scheme::kPlain;
  bool flash_encrypted = false;
  std::size_t image_rest = 9000;  // bytes of the new images beyond their first segment
  std::size_t chunk = 700;        // of one read from the source
  // With a log: entries in it before, and where in the file an update was cut before.
  int flights = 0;
  std::optional<std::uint64_t> broken_at{};
  // With a log: the file is downloaded by requests for so many bytes; 0: it is not
  // downloaded, but read.
  std::uint64_t part = 0;
  // What was done before, and what is cut.
  std::vector<Deed> before{};
  std::vector<Deed> deeds{Deed::kUpdate};
  // The new image is never confirmed, and so given up.
  bool gives_up = false;
  // May start too, where the only record is cut while its state is changed.
  std::set<std::string> may_start_too{};
};

inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

// What a device is owed, whatever happens: kept beside it over all its resets.
struct Ledger {
  std::map<std::string, std::set<Picture>> whole;  // what may start from a slot
  std::set<std::string> may_start;
  std::string must_start;  // was acknowledged
  std::string running;
  std::string trusted;   // was confirmed last
  std::string on_trial;  // not confirmed
  int starts = 0;        // of the trial
  std::string target;    // slot of an update that was not acknowledged
  Picture target_picture{};
  std::shared_ptr<const Image> target_before;  // the slot's bytes in flash
  int flights = 0;                             // acknowledged
  std::optional<std::uint32_t> last_flight;    // its serial
};

// Images, keys, and the device as it is before the cut; made once a scenario. The
// lives on it share it.
class Prepared {
 public:
  explicit Prepared(const Scenario& scenario);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  const Scenario& scenario() const { return scenario_; }
  OpensslCrypto& crypto() const { return crypto_; }
  const Image& image(Picture picture) const { return images_[Index(picture)]; }
  // What is downloaded.
  const Image& file(Picture picture) const { return files_[Index(picture)]; }
  std::uint32_t secure_version(Picture picture) const;
  KeyFile& rsa() const { return *rsa_; }
  KeyFile& ec() const { return *ec_; }
  const TrustedKeys& trusted() const { return trusted_; }
  const HeaderKeys& header_keys() const { return header_keys_; }
  const Image& flash() const { return flash_; }
  std::uint32_t efuse() const { return efuse_; }
  const Ledger& ledger() const { return ledger_; }

 private:
  static std::size_t Index(Picture picture) { return static_cast<std::size_t>(picture); }
  void MakeImages();
  void SignImages();
  void MakeFiles();
  void Furnish();
  void DoBefore();

  Scenario scenario_;
  mutable OpensslCrypto crypto_;
  std::array<Image, kPictures> images_;
  std::array<Image, kPictures> files_;
  std::unique_ptr<KeyFile> rsa_;
  std::unique_ptr<KeyFile> ec_;
  TrustedKeys trusted_;
  HeaderKeys header_keys_;
  Image flash_;
  std::uint32_t efuse_ = 0;
  Ledger ledger_;
};

}  // namespace updraft
