// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "ports/host/posix_file.h"
#include "ports/host/url_words.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kLongestSeconds = std::uint64_t{366} * 24 * 3600;

// Reads the keys of the object; remembers the first that is not as it should be,
// and which there are.
class Reader {
 public:
  Reader(const Json& object, const std::filesystem::path& path, Observer& observer)
      : object_(object), path_(path), observer_(observer) {}

  std::string Text(const char* key, bool required = false) {
    const Json* const value = Find(key);
    if (value == nullptr) {
      if (required) Refuse(fmt::format("\"{}\"", key), "no such key");
      return {};
    }
    if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
      Refuse(fmt::format("a text for \"{}\"", key), value->dump());
      return {};
    }
    return value->get<std::string>();
  }

  // From the folder of the file on; empty stays empty.
  std::filesystem::path Path(const char* key, bool required = false) {
    return Resolved(Text(key, required));
  }
  std::filesystem::path Resolved(const std::string& text) const {
    if (text.empty()) return {};
    return std::filesystem::absolute(FolderOf(path_) / text).lexically_normal();
  }

  bool Flag(const char* key) {
    const Json* const value = Find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) Refuse(fmt::format("true or false for \"{}\"", key), value->dump());
    return value->is_boolean() && value->get<bool>();
  }

  std::uint64_t Number(const char* key, std::uint64_t otherwise, std::uint64_t least,
                       std::uint64_t most) {
    const Json* const value = Find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
        value->get<std::uint64_t>() > most) {
      Refuse(fmt::format("a whole number from {} to {} for \"{}\"", least, most, key),
             value->dump());
      return otherwise;
    }
    return value->get<std::uint64_t>();
  }

  std::vector<std::string> Texts(const char* key) {
    std::vector<std::string> texts;
    const Json* const value = Find(key);
    if (value == nullptr) return texts;
    bool sound = value->is_array() && !value->empty();
    for (const Json& text : sound ? *value : Json::array()) {
      sound = sound && text.is_string() && !text.get_ref<const std::string&>().empty();
      if (sound) texts.push_back(text.get<std::string>());
    }
    if (!sound) {
      Refuse(fmt::format("a list of texts, [\"...\", ...], for \"{}\"", key), value->dump());
    }
    return texts;
  }

  std::vector<std::pair<std::string, std::string>> Fields(const char* key) {
    std::vector<std::pair<std::string, std::string>> fields;
    const Json* const value = Find(key);
    if (value == nullptr) return fields;
    bool sound = value->is_object();
    const Json none = Json::object();
    const Json& object = sound ? *value : none;
    for (const auto& [name, text] : object.items()) {
      sound = sound && text.is_string();
      if (sound) fields.emplace_back(name, text.get<std::string>());
    }
    if (!sound) {
      Refuse(fmt::format("an object of texts, {{\"NAME\": \"VALUE\"}}, for \"{}\"", key),
             value->dump());
    }
    return fields;
  }

  void RefuseUnknown() {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) Refuse("only keys of docs/gateway.md", fmt::format("\"{}\"", key));
    }
  }

  void Refuse(const std::string& expected, const std::string& found) {
    if (!status_.ok()) return;
    status_ = RefuseFile(observer_, Check::kDevice, {Code::kBadFormat, Stage::kDevice},
                         fmt::format("{} in {}", expected, path_.string()), found);
  }
  Status status() const { return status_; }

 private:
  const Json* Find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& object_;
  const std::filesystem::path& path_;
  Observer& observer_;
  std::set<std::string> known_;
  Status status_{};
};

void ReadDownload(Reader& reader, UrlUpdateOptions& download) {
  HostConnectionOptions& connection = download.connection;
  download.url = reader.Text("url", true);
  connection.ca_file = reader.Path("ca");
  connection.certificate_file = reader.Path("certificate");
  connection.key_file = reader.Path("certificate_key");
  connection.proxy = reader.Text("proxy");
  if (connection.certificate_file.empty() != connection.key_file.empty()) {
    reader.Refuse("\"certificate\" and \"certificate_key\", both or none", "one of them");
  }
  download.headers = reader.Fields("headers");
  if (const auto wrong = JudgeRequestOptions(download)) {
    using Which = WrongOption::Which;
    const char* const key = wrong->which == Which::kUrl     ? "url"
                            : wrong->which == Which::kProxy ? "proxy"
                                                            : "headers";
    reader.Refuse(fmt::format("{} for \"{}\"", wrong->expected, key), wrong->found);
  }
  download.user = reader.Text("user");
  const std::filesystem::path password = reader.Path("password_file");
  if (!password.empty()) {
    std::vector<std::uint8_t> text;
    if (const int error = LoadFile(password, kLargestFile, &text); error != 0) {
      reader.Refuse(fmt::format("a password at {}, as \"password_file\" says", password.string()),
                    ErrnoText(error));
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    download.password.assign(text.begin(), text.end());
  }
  download.allow_plain_http = reader.Flag("allow_http");
  download.pace.rate_limit = reader.Number("rate_limit", 0, 0, kAnyNumber);
  download.range_size = reader.Number("range_size", 0, 0, kAnyNumber);
}

void ReadTarget(Reader& reader, GatewaySettings& settings) {
  settings.state = reader.Path("state", true);
  settings.device = reader.Path("device");
  const std::vector<std::string> slots = reader.Texts("slots");
  if (settings.has_device() != slots.empty()) {
    reader.Refuse("\"device\" or \"slots\", and not both", slots.empty() ? "neither" : "both");
  }
  if (!slots.empty() && slots.size() != settings.slots.size()) {
    reader.Refuse("two paths for \"slots\"", fmt::format("{}", slots.size()));
  }
  for (std::size_t i = 0; i < slots.size() && i < settings.slots.size(); ++i) {
    settings.slots[i] = reader.Resolved(slots[i]);
  }
  if (!slots.empty() && settings.slots[0] == settings.slots[1]) {
    reader.Refuse("two different paths for \"slots\"", settings.slots[0].string());
  }
  settings.slot_size = reader.Number("slot_size", 0, 1, kAnyNumber);
  settings.key = reader.Path("key");
  for (const std::string& key : reader.Texts("header_keys")) {
    settings.header_keys.push_back(reader.Resolved(key));
  }
  if (!settings.header_keys.empty() && (settings.key.empty() || settings.has_device())) {
    reader.Refuse(
        "\"slots\" and \"key\" beside \"header_keys\": a device has header keys of its own",
        settings.has_device() ? "\"device\"" : "no \"key\"");
  }
}

void ReadTrial(Reader& reader, GatewaySettings& settings) {
  settings.restart = reader.Texts("restart");
  settings.health = reader.Texts("health");
  if (settings.health.empty()) {
    reader.Refuse(
        "\"health\", the command that says whether an update works, [\"/bin/true\"] for "
        "none",
        "no such key");
  }
  const auto seconds = [&reader](const char* key, std::chrono::seconds usual) {
    return std::chrono::seconds(
        reader.Number(key, static_cast<std::uint64_t>(usual.count()), 1, kLongestSeconds));
  };
  settings.command_timeout = seconds("command_timeout", settings.command_timeout);
  settings.health_deadline = seconds("health_deadline", settings.health_deadline);
  settings.health_interval = std::chrono::milliseconds(reader.Number(
      "health_interval_ms", static_cast<std::uint64_t>(settings.health_interval.count()), 10,
      std::uint64_t{3'600'000}));
  settings.trial_attempts =
      static_cast<unsigned>(reader.Number("trial_attempts", settings.trial_attempts, 1, 1000));
  settings.schedule.interval = seconds("interval", settings.schedule.interval);
  settings.schedule.jitter = std::chrono::seconds(reader.Number(
      "jitter", static_cast<std::uint64_t>(settings.schedule.jitter.count()), 0, kLongestSeconds));
  settings.restraint.command = reader.Texts("policy");
  settings.restraint.interval = seconds("policy_interval", settings.restraint.interval);
  settings.restraint.timeout = settings.command_timeout;
  const std::string window = reader.Text("window");
  if (window.empty()) return;
  settings.schedule.window = ParseDailyWindow(window);
  if (!settings.schedule.window) {
    reader.Refuse("a time of the day such as \"02:00-04:30\" for \"window\"",
                  fmt::format("\"{}\"", window));
  }
}

}  // namespace

Result<GatewaySettings> LoadGatewaySettings(const std::filesystem::path& path, Observer& observer) {
  const auto refuse = [&](Status status, std::string_view expected, std::string_view found) {
    return RefuseFile(observer, Check::kDevice, status,
                      fmt::format("{} {}", expected, path.string()), found);
  };
  std::vector<std::uint8_t> text;
  if (const int error = LoadFile(path, kLargestFile, &text); error != 0) {
    return refuse(FileStatus(error, Stage::kDevice), "a gateway's configuration at",
                  ErrnoText(error));
  }
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return refuse({Code::kBadFormat, Stage::kDevice}, "a JSON object in",
                  object.is_discarded() ? "no JSON" : object.type_name());
  }
  Reader reader(object, path, observer);
  GatewaySettings settings;
  ReadDownload(reader, settings.download);
  ReadTarget(reader, settings);
  ReadTrial(reader, settings);
  reader.RefuseUnknown();
  UPDRAFT_TRY(reader.status());
  return settings;
}

}  // namespace updraft
