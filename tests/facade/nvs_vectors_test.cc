// SPDX-License-Identifier: Apache-2.0
// NVS against the vendor's vectors: partitions that ESP-IDF wrote, damaged ones,
// and ones left by a power cut; and the bytes that a sequence of calls leaves.
#include <nvs_flash.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/conformance/vectors.h"
#include "tests/facade/nvs_device.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

std::vector<Json> Vectors() {
  std::ifstream file(VectorsFolder() + "/nvs/manifest.json");
  return Json::parse(file).get<std::vector<Json>>();
}

std::vector<std::uint8_t> Pattern(const Json& of, bool text) {
  const auto seed = of.at("seed").get<unsigned>();
  const auto length = of.at("len").get<unsigned>();
  std::vector<std::uint8_t> bytes(length);
  for (unsigned i = 0; i < length; ++i) {
    const unsigned number = seed + 7 * i + 13 * (i >> 8);
    bytes[i] = static_cast<std::uint8_t>(text ? 33 + number % 90 : number & 0xFF);
  }
  return bytes;
}

class NvsVectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!HaveVectors()) GTEST_SKIP() << "no vectors in " << VectorsFolder();
  }
};

const std::map<nvs_type_t, std::string> kTypeNames{
    {NVS_TYPE_U8, "u8"},     {NVS_TYPE_I8, "i8"},       {NVS_TYPE_U16, "u16"},
    {NVS_TYPE_I16, "i16"},   {NVS_TYPE_U32, "u32"},     {NVS_TYPE_I32, "i32"},
    {NVS_TYPE_U64, "u64"},   {NVS_TYPE_I64, "i64"},     {NVS_TYPE_STR, "str"},
    {NVS_TYPE_BLOB, "blob"}, {NVS_TYPE_FLOAT, "float"}, {NVS_TYPE_DOUBLE, "double"}};

template <typename T, typename Get>
Json Number(nvs_handle_t handle, const char* key, Get get) {
  T value{};
  const esp_err_t error = get(handle, key, &value);
  return error == ESP_OK ? Json(value) : Json(esp_err_to_name(error));
}

Json NumberOf(nvs_handle_t handle, const nvs_entry_info_t& entry) {
  switch (entry.type) {
    case NVS_TYPE_U8: return Number<std::uint8_t>(handle, entry.key, nvs_get_u8);
    case NVS_TYPE_I8: return Number<std::int8_t>(handle, entry.key, nvs_get_i8);
    case NVS_TYPE_U16: return Number<std::uint16_t>(handle, entry.key, nvs_get_u16);
    case NVS_TYPE_I16: return Number<std::int16_t>(handle, entry.key, nvs_get_i16);
    case NVS_TYPE_U32: return Number<std::uint32_t>(handle, entry.key, nvs_get_u32);
    case NVS_TYPE_I32: return Number<std::int32_t>(handle, entry.key, nvs_get_i32);
    case NVS_TYPE_U64: return Number<std::uint64_t>(handle, entry.key, nvs_get_u64);
    case NVS_TYPE_I64: return Number<std::int64_t>(handle, entry.key, nvs_get_i64);
    case NVS_TYPE_FLOAT: return Number<float>(handle, entry.key, nvs_get_float);
    case NVS_TYPE_DOUBLE: return Number<double>(handle, entry.key, nvs_get_double);
    default: return {};
  }
}

std::string Sha256Of(Bytes bytes) {
  OpensslCrypto crypto;
  Hash hash(crypto);
  Sha256Digest digest{};
  EXPECT_TRUE(hash.Start(HashKind::kSha256).ok() && hash.Update(bytes).ok() &&
              hash.Finish(digest).ok());
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// The manifest shows each byte of a string as one character.
std::string Latin1(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x80) {
      text += static_cast<char>(byte);
    } else {
      text += static_cast<char>(0xC0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

// What the manifest says of an entry, in its own form.
Json Describe(const nvs_entry_info_t& entry, const Json& expected) {
  Json about{
      {"namespace", entry.namespace_name}, {"key", entry.key}, {"type", kTypeNames.at(entry.type)}};
  nvs_handle_t handle = 0;
  const esp_err_t opened = nvs_open(entry.namespace_name, NVS_READONLY, &handle);
  if (opened != ESP_OK) {
    about["error"] = esp_err_to_name(opened);
    return about;
  }
  const bool text = entry.type == NVS_TYPE_STR;
  if (!text && entry.type != NVS_TYPE_BLOB) {
    about["value"] = NumberOf(handle, entry);
    if (expected.contains("bits")) about["bits"] = expected.at("bits");
    return about;
  }
  std::size_t size = 0;
  const auto get = [&](void* out) {
    return text ? nvs_get_str(handle, entry.key, static_cast<char*>(out), &size)
                : nvs_get_blob(handle, entry.key, out, &size);
  };
  std::vector<std::uint8_t> bytes;
  esp_err_t error = get(nullptr);
  bytes.resize(std::max<std::size_t>(size, 1));
  if (error == ESP_OK) error = get(bytes.data());
  bytes.resize(size);
  if (error != ESP_OK) {
    about["error"] = esp_err_to_name(error);
  } else if (expected.contains("sha256")) {
    about["len"] = size;
    about["sha256"] = Sha256Of(bytes);
  } else {
    about["value"] = Latin1(Bytes(bytes).first(size - 1));
  }
  nvs_close(handle);
  return about;
}

Json Entries(const Json& expected) {
  Json found = Json::array();
  nvs_iterator_t iterator = nullptr;
  esp_err_t error = nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &iterator);
  std::vector<nvs_entry_info_t> infos;
  while (error == ESP_OK) {
    nvs_entry_info_t entry{};
    EXPECT_EQ(nvs_entry_info(iterator, &entry), ESP_OK);
    infos.push_back(entry);
    error = nvs_entry_next(&iterator);
  }
  for (std::size_t i = 0; i < infos.size(); ++i) {
    found.push_back(Describe(infos[i], i < expected.size() ? expected[i] : Json::object()));
  }
  // Blobs of the old type are read by key; the iterator does not show them.
  for (std::size_t i = infos.size(); i < expected.size(); ++i) {
    if (expected[i].at("type") != "blob") break;
    nvs_entry_info_t entry{};
    entry.type = NVS_TYPE_BLOB;
    const auto space = expected[i].at("namespace").get<std::string>();
    const auto key = expected[i].at("key").get<std::string>();
    std::strncpy(entry.namespace_name, space.c_str(), sizeof entry.namespace_name - 1);
    std::strncpy(entry.key, key.c_str(), sizeof entry.key - 1);
    found.push_back(Describe(entry, expected[i]));
  }
  return found;
}

// ESP-IDF takes a corrupt page into use when there is no other; here that waits
// for the first write.
bool OpensACorruptPageAtOnce(const std::string& file) {
  return file == "page_crc_bad.bin" || file == "page_seq_changed.bin" ||
         file == "state_corrupt.bin" || file == "state_zero.bin" ||
         file == "state_blank_not_empty.bin" || file == "random.bin" ||
         file == "cut_ns_create_00_16.bin";
}

// Items that are whole behind damage on the active page stay; ESP-IDF erases them.
bool KeepsMore(const std::string& file) { return file == "span_half_written.bin"; }

// Where ESP-IDF loses data, the manifest says what would be right.
void ExpectBetter(const Json& expect) {
  const auto wanted = expect.at("entries_better").get<std::string>();
  if (wanted == "entries_before or entries_after") {
    const Json& before = expect.at("entries_before");
    const Json& after = expect.at("entries_after");
    const bool right = Entries(before) == before || Entries(after) == after;
    EXPECT_TRUE(right) << Entries(before).dump();
  } else if (wanted == "all five keys") {
    EXPECT_EQ(Entries({}).size(), 5U);
  } else {
    EXPECT_EQ(wanted, "only a/u16 = 99, no a/u8");
    nvs_handle_t handle = 0;
    std::uint16_t number = 0;
    std::uint8_t other = 0;
    EXPECT_EQ(nvs_open("app", NVS_READONLY, &handle), ESP_OK);
    EXPECT_EQ(nvs_get_u16(handle, "a", &number), ESP_OK);
    EXPECT_EQ(number, 99);
    EXPECT_EQ(nvs_get_u8(handle, "a", &other), ESP_ERR_NVS_NOT_FOUND);
  }
}

TEST_F(NvsVectors, ReadsWhatEspIdfWroteAndWhatPowerCutsLeft) {
  for (const Json& vector : Vectors()) {
    const auto file = vector.at("file").get<std::string>();
    SCOPED_TRACE(file);
    const Json& expect = vector.at("expect");
    const auto content = VectorBytes("nvs/" + file);
    NvsDevice device(content.size());
    device.Load(content);
    EXPECT_STREQ(esp_err_to_name(nvs_flash_init()), expect.at("init").get<std::string>().c_str());
    if (!expect.contains("entries")) continue;
    if (expect.contains("entries_better")) {
      ExpectBetter(expect);
      continue;
    }
    if (KeepsMore(file)) continue;
    const Json& entries = expect.at("entries");
    EXPECT_EQ(Entries(entries).dump(), entries.dump());
    nvs_stats_t stats{};
    EXPECT_EQ(nvs_get_stats(nullptr, &stats), ESP_OK);
    const Json& wanted = expect.at("stats");
    EXPECT_EQ(stats.used_entries, wanted.at("used_entries").get<std::size_t>());
    EXPECT_EQ(stats.total_entries, wanted.at("total_entries").get<std::size_t>());
    EXPECT_EQ(stats.available_entries, wanted.at("available_entries").get<std::size_t>());
    EXPECT_EQ(stats.namespace_count, wanted.at("namespace_count").get<std::size_t>());
    const bool changes = expect.at("init_changes_flash").get<bool>();
    EXPECT_TRUE(OpensACorruptPageAtOnce(file) || (device.Content() != content) == changes);
  }
}

// Runs the operations of a vector.
class Session {
 public:
  esp_err_t Do(const Json& operation) {
    const auto word = operation.at(0).get<std::string>();
    const std::string space = operation.size() > 1 ? operation.at(1).get<std::string>() : "";
    if (word == "init")
      return space.empty() ? nvs_flash_init() : nvs_flash_init_partition(space.c_str());
    if (word == "deinit") return nvs_flash_deinit();
    if (word == "erase_partition") {
      return space.empty() ? nvs_flash_erase() : nvs_flash_erase_partition(space.c_str());
    }
    if (word == "open") return Open(operation, space);
    const nvs_handle_t handle = handles_[space];
    if (word == "set") return Set(handle, operation);
    if (word == "get") return Get(handle, operation);
    if (word == "erase_key")
      return nvs_erase_key(handle, operation.at(2).get<std::string>().c_str());
    if (word == "erase_all") return nvs_erase_all(handle);
    if (word == "purge_all") return nvs_purge_all(handle);
    if (word == "commit") return nvs_commit(handle);
    if (word == "close") {
      nvs_close(handle);
      return ESP_OK;
    }
    ADD_FAILURE() << "no such operation: " << word;
    return ESP_FAIL;
  }

 private:
  esp_err_t Open(const Json& operation, const std::string& space) {
    const auto mode = operation.at(2).get<std::string>();
    const nvs_open_mode_t how = mode == "ro"   ? NVS_READONLY
                                : mode == "rw" ? NVS_READWRITE
                                               : NVS_READWRITE_PURGE;
    nvs_handle_t handle = 0;
    const std::string label = operation.size() > 3 ? operation.at(3).get<std::string>() : "nvs";
    const esp_err_t error = nvs_open_from_partition(label.c_str(), space.c_str(), how, &handle);
    if (error == ESP_OK) handles_[space] = handle;
    return error;
  }

  static esp_err_t Set(nvs_handle_t handle, const Json& operation) {
    const auto type = operation.at(2).get<std::string>();
    const auto name = operation.at(3).get<std::string>();
    const char* const key = name.c_str();
    const Json& value = operation.at(4);
    if (type == "u8") return nvs_set_u8(handle, key, value.get<std::uint8_t>());
    if (type == "i8") return nvs_set_i8(handle, key, value.get<std::int8_t>());
    if (type == "u16") return nvs_set_u16(handle, key, value.get<std::uint16_t>());
    if (type == "i16") return nvs_set_i16(handle, key, value.get<std::int16_t>());
    if (type == "u32") return nvs_set_u32(handle, key, value.get<std::uint32_t>());
    if (type == "i32") return nvs_set_i32(handle, key, value.get<std::int32_t>());
    if (type == "u64") return nvs_set_u64(handle, key, value.get<std::uint64_t>());
    if (type == "i64") return nvs_set_i64(handle, key, value.get<std::int64_t>());
    if (type == "float") return nvs_set_float(handle, key, value.get<float>());
    if (type == "double") return nvs_set_double(handle, key, value.get<double>());
    if (type == "str") {
      if (value.is_string()) return nvs_set_str(handle, key, value.get<std::string>().c_str());
      const auto bytes = Pattern(value, true);
      return nvs_set_str(handle, key, std::string(bytes.begin(), bytes.end()).c_str());
    }
    const auto bytes = Pattern(value, false);
    return nvs_set_blob(handle, key, bytes.data(), bytes.size());
  }

  static esp_err_t Get(nvs_handle_t handle, const Json& operation) {
    const auto type = operation.at(2).get<std::string>();
    const auto name = operation.at(3).get<std::string>();
    std::size_t size = 0;
    if (type == "str") return nvs_get_str(handle, name.c_str(), nullptr, &size);
    if (type == "blob") return nvs_get_blob(handle, name.c_str(), nullptr, &size);
    nvs_entry_info_t entry{};
    std::strncpy(entry.key, name.c_str(), sizeof entry.key - 1);
    for (const auto& [number, word] : kTypeNames) {
      if (word == type) entry.type = number;
    }
    const Json found = NumberOf(handle, entry);
    if (!found.is_string()) return ESP_OK;
    for (const esp_err_t error : {ESP_ERR_NVS_NOT_FOUND, ESP_ERR_NVS_INVALID_HANDLE}) {
      if (found.get<std::string>() == esp_err_to_name(error)) return error;
    }
    return ESP_FAIL;
  }

  std::map<std::string, nvs_handle_t> handles_;
};

TEST_F(NvsVectors, LeavesTheBytesThatEspIdfLeaves) {
  int compared = 0;
  for (const Json& vector : Vectors()) {
    const Json& inputs = vector.at("inputs");
    const bool plain = inputs.contains("pages") && inputs.contains("ops") &&
                       inputs.at("ops").is_array() && !inputs.contains("start") &&
                       !inputs.contains("cut") && !inputs.contains("edit");
    if (!plain) continue;
    const auto file = vector.at("file").get<std::string>();
    SCOPED_TRACE(file);
    const auto content = VectorBytes("nvs/" + file);
    NvsDevice device(content.size());
    Session session;
    Json results = Json::array();
    for (const Json& operation : inputs.at("ops")) {
      results.push_back(esp_err_to_name(session.Do(operation)));
    }
    const Json& expected = vector.at("expect").value("results", Json());
    if (expected.is_array()) {
      EXPECT_EQ(results.dump(), expected.dump());
    } else if (expected.is_string()) {
      for (const Json& result : results) EXPECT_EQ(result.get<std::string>(), "ESP_OK");
    }
    // After a blob that did not fit ESP-IDF has collected a page; here the next write does.
    if (file == "api_codes.bin") continue;
    EXPECT_TRUE(device.Content() == content)
        << "first difference at " << device.FirstDifference(content);
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace updraft
