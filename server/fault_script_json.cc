// SPDX-License-Identifier: Apache-2.0
// The JSON form of a script: two tables, of the faults with the keys that they
// know and of the keys with what may stand in them, and the sentences of what
// does not fit them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "server/fault_script.h"

namespace updraft {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxScript = 1 << 20;

struct FaultWords {
  Fault fault;
  std::string_view name;
  std::string_view keys;      // that it knows beside those of every rule
  std::string_view required;  // one or none of them
};

constexpr std::array<FaultWords, 28> kFaults{{
    {Fault::kNone, "none", "", ""},
    {Fault::kReset, "reset", "at of", ""},
    {Fault::kStall, "stall", "at of", ""},
    {Fault::kTruncate, "truncate", "at of", ""},
    {Fault::kNoCloseNotify, "no_close_notify", "at of", ""},
    {Fault::kGarbage, "garbage", "at of", ""},
    {Fault::kDrip, "drip", "bytes every_ms", ""},
    {Fault::kContentLength, "content_length", "add", "add"},
    {Fault::kNoContentLength, "no_content_length", "", ""},
    {Fault::kTwoContentLengths, "two_content_lengths", "add", ""},
    {Fault::kHeader, "header", "name value", "name"},
    {Fault::kIgnoreRange, "ignore_range", "", ""},
    {Fault::kContentRange, "content_range", "shift", "shift"},
    {Fault::kSwap, "swap", "file etag ignore_if_range", "file"},
    {Fault::kRedirect, "redirect", "to status", "to"},
    {Fault::kRedirectLoop, "redirect_loop", "status", ""},
    {Fault::kRedirectToHttp, "redirect_to_http", "status", ""},
    {Fault::kStatus, "status", "status retry_after", "status"},
    {Fault::kHugeHeader, "huge_header", "bytes", ""},
    {Fault::kManyHeaders, "many_headers", "count", ""},
    {Fault::kStatusLine, "status_line", "value", "value"},
    {Fault::kFoldedHeader, "folded_header", "", ""},
    {Fault::kNulInHeader, "nul_in_header", "", ""},
    {Fault::kEndlessHeader, "endless_header", "", ""},
    {Fault::kChunked, "chunked", "bytes", ""},
    {Fault::kBadChunk, "bad_chunk", "size", ""},
    {Fault::kEndlessBody, "endless_body", "chunked", ""},
    {Fault::kAuthenticate, "authenticate", "scheme user password algorithm qop stale_after", ""},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    if (static_cast<std::size_t>(kFaults[i].fault) != i) return false;
  }
  return true;
}
static_assert(InOrder() && kFaults.back().fault == Fault::kAuthenticate,
              "one row a fault, in the order of the enumeration");

bool TakeText(const Json& json, std::string& out) {
  if (!json.is_string()) return false;
  out = json.get<std::string>();
  return true;
}

bool TakeFlag(const Json& json, bool& out) {
  if (!json.is_boolean()) return false;
  out = json.get<bool>();
  return true;
}

bool TakeNumber(const Json& json, std::uint64_t lowest, std::uint64_t highest, auto& out) {
  if (!json.is_number_unsigned()) return false;
  const auto number = json.get<std::uint64_t>();
  if (number < lowest || number > highest) return false;
  out = number;
  return true;
}

bool TakeDifference(const Json& json, auto& out) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (!json.is_number_integer()) return false;
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{1} << 40) return false;
  const auto number = json.get<std::int64_t>();
  if (number < -kMost) return false;
  out = number;
  return number != 0;
}

bool TakeOneOf(const Json& json, std::initializer_list<std::string_view> words, std::size_t& out) {
  std::string text;
  if (!TakeText(json, text)) return false;
  const auto* const found = std::ranges::find(words, text);
  out = static_cast<std::size_t>(found - words.begin());
  return found != words.end();
}

bool TakePath(const Json& json, std::string& out) {
  return TakeText(json, out) && out.starts_with('/') && out.find('?') == std::string::npos;
}

bool TakeOf(const Json& json, FaultRule& rule) {
  std::size_t index = 0;
  if (!TakeOneOf(json, {"body", "answer"}, index)) return false;
  rule.of_answer = index == 1;
  return true;
}

bool TakeTag(const Json& json, FaultRule& rule) {
  std::size_t index = 0;
  if (!TakeOneOf(json, {"new", "same", "none"}, index)) return false;
  rule.etag = static_cast<FaultRule::Tag>(index);
  return true;
}

bool TakeScheme(const Json& json, FaultRule& rule) {
  std::size_t index = 0;
  if (!TakeOneOf(json, {"digest", "basic"}, index)) return false;
  rule.basic = index == 1;
  return true;
}

bool TakeMethod(const Json& json, FaultRule& rule) {
  std::size_t index = 0;
  return TakeText(json, rule.method) && TakeOneOf(json, {"GET", "HEAD"}, index);
}

bool TakeRetryAfter(const Json& json, FaultRule& rule) {
  std::uint64_t seconds = 0;
  if (!TakeNumber(json, 0, 1'000'000'000, seconds)) return TakeText(json, rule.retry_after);
  rule.retry_after = std::to_string(seconds);
  return true;
}

bool TakeRanged(const Json& json, FaultRule& rule) {
  bool flag = false;
  if (!TakeFlag(json, flag)) return false;
  rule.ranged = flag;
  return true;
}

bool TakeValue(const Json& json, FaultRule& rule) {
  if (json.is_null()) return true;
  return TakeText(json, rule.value.emplace());
}

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;
constexpr std::uint64_t kMostCount = 1'000'000;

struct KeyWords {
  std::string_view name;
  std::string_view expected;
  bool (*take)(const Json&, FaultRule&);
  bool common = false;  // of every rule
};

constexpr std::array<KeyWords, 28> kKeys{{
    {"path", "a path that begins with '/' and has no query",
     [](const Json& json, FaultRule& rule) { return TakePath(json, rule.path); }, true},
    {"method", "\"GET\" or \"HEAD\"", TakeMethod, true},
    {"ranged", "true or false", TakeRanged, true},
    {"skip", "a number from 0 to 1000000",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 0, kMostCount, rule.skip); },
     true},
    {"times", "a number from 1 to 1000000",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 1, kMostCount, rule.times); },
     true},
    {"at", "a number of bytes from 0 to 2^40",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 0, kMostBytes, rule.at); }},
    {"of", "\"body\" or \"answer\"", TakeOf},
    {"bytes", "a number of bytes from 1 to 2^26",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 1, 1 << 26, rule.bytes); }},
    {"every_ms", "a number from 1 to 1000000",
     [](const Json& json, FaultRule& rule) {
       return TakeNumber(json, 1, kMostCount, rule.every_ms);
     }},
    {"add", "a number of bytes other than 0, at most 2^40",
     [](const Json& json, FaultRule& rule) { return TakeDifference(json, rule.add); }},
    {"shift", "a number of bytes other than 0, at most 2^40",
     [](const Json& json, FaultRule& rule) { return TakeDifference(json, rule.shift); }},
    {"name", "a header's name",
     [](const Json& json, FaultRule& rule) {
       return TakeText(json, rule.name) && !rule.name.empty();
     }},
    {"value", "a text", TakeValue},
    {"file", "a path that begins with '/' and has no query",
     [](const Json& json, FaultRule& rule) { return TakePath(json, rule.file); }},
    {"etag", "\"new\", \"same\" or \"none\"", TakeTag},
    {"ignore_if_range", "true or false",
     [](const Json& json, FaultRule& rule) { return TakeFlag(json, rule.ignore_if_range); }},
    {"to", "a URL or a path",
     [](const Json& json, FaultRule& rule) { return TakeText(json, rule.to) && !rule.to.empty(); }},
    {"status", "a number from 100 to 999",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 100, 999, rule.status); }},
    {"retry_after", "a number of seconds or a text", TakeRetryAfter},
    {"count", "a number from 1 to 1000000",
     [](const Json& json, FaultRule& rule) { return TakeNumber(json, 1, kMostCount, rule.count); }},
    {"size", "a text", [](const Json& json, FaultRule& rule) { return TakeText(json, rule.size); }},
    {"chunked", "true or false",
     [](const Json& json, FaultRule& rule) { return TakeFlag(json, rule.chunked); }},
    {"scheme", "\"basic\" or \"digest\"", TakeScheme},
    {"user", "a text", [](const Json& json, FaultRule& rule) { return TakeText(json, rule.user); }},
    {"password", "a text",
     [](const Json& json, FaultRule& rule) { return TakeText(json, rule.password); }},
    {"algorithm", "a text",
     [](const Json& json, FaultRule& rule) { return TakeText(json, rule.algorithm); }},
    {"qop", "a text", [](const Json& json, FaultRule& rule) { return TakeText(json, rule.qop); }},
    {"stale_after", "a number from 1 to 1000000",
     [](const Json& json, FaultRule& rule) {
       return TakeNumber(json, 1, kMostCount, rule.stale_after);
     }},
}};

bool HasWord(std::string_view words, std::string_view word) {
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    if (words.substr(begin, end - begin) == word) return true;
    begin = end + 1;
  }
  return false;
}

// Short enough for one line, and without what a terminal would obey.
std::string Shown(const Json& json) {
  constexpr std::size_t kMost = 60;
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kMost) text.replace(kMost, std::string::npos, "...");
  return text;
}

ExplainedStatus Refuse(const std::string& file, std::string_view place, std::string_view expected,
                       std::string_view found) {
  return {Code::kBadFormat,
          fmt::format("{}: {}: expected {}, found {}; correct the script, docs/hostile-server.md "
                      "says what may stand there.",
                      file, place, expected, found)};
}

std::string KnownKeys(const FaultWords& fault) {
  std::string text = "fault";
  for (const KeyWords& key : kKeys) {
    if (key.common || HasWord(fault.keys, key.name)) text += fmt::format(", {}", key.name);
  }
  return text;
}

ExplainedStatus ReadRule(const Json& json, const std::string& file, const std::string& place,
                         FaultRule& rule) {
  if (!json.is_object()) return Refuse(file, place, "a rule: {\"fault\": ...}", Shown(json));
  std::string name;
  if (!json.contains("fault")) return Refuse(file, place, "the key \"fault\"", "none");
  const Json& fault = json.at("fault");
  const auto* const words = std::ranges::find_if(kFaults, [&fault, &name](const FaultWords& row) {
    return TakeText(fault, name) && row.name == name;
  });
  if (words == kFaults.end()) {
    return Refuse(file, place + ".fault", "one of: " + FaultNames(), Shown(fault));
  }
  rule.fault = words->fault;
  for (const auto& [key, value] : json.items()) {
    if (key == "fault") continue;
    const auto* const row =
        std::ranges::find_if(kKeys, [&key](const KeyWords& known) { return known.name == key; });
    if (row == kKeys.end() || (!row->common && !HasWord(words->keys, key))) {
      return Refuse(file, place,
                    fmt::format("one of the keys of fault \"{}\": {}", name, KnownKeys(*words)),
                    Shown(Json(key)));
    }
    const bool needs_text = key == "value" && words->fault == Fault::kStatusLine;
    if (!row->take(value, rule) || (needs_text && !rule.value)) {
      return Refuse(file, fmt::format("{}.{}", place, key), row->expected, Shown(value));
    }
  }
  if (!words->required.empty() && !json.contains(words->required)) {
    return Refuse(file, place, fmt::format("the key \"{}\" of fault \"{}\"", words->required, name),
                  "none");
  }
  return {};
}

// The library takes the last of two equal keys, but a typing error should be seen;
// and what is nested deeper than any script would be walked recursively.
class Watch {
 public:
  // False discards the value.
  bool Look(int depth, Json::parse_event_t event, const Json& json) {
    too_deep_ = too_deep_ || depth > kDeepest;
    if (too_deep_) return false;
    if (event == Json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == Json::parse_event_t::key && !open_.empty()) {
      const std::string key = json.get<std::string>();
      if (!open_.back().insert(key).second && doubled_.empty()) doubled_ = key;
    }
    return true;
  }
  const std::string& doubled() const { return doubled_; }
  bool too_deep() const { return too_deep_; }

 private:
  static constexpr int kDeepest = 8;
  std::vector<std::set<std::string>> open_;
  std::string doubled_;
  bool too_deep_ = false;
};

// "line 3, column 7" of a byte that is counted from 1.
std::string PlaceOf(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte > 0 ? byte - 1 : 0);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column =
      before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

constexpr const char* kScriptKeys =
    "an object with the keys \"requests\", \"tls\", \"tls_skip\", \"tls_times\"";

constexpr std::array<std::string_view, 10> kTlsFaults{
    "expired", "not_yet_valid", "wrong_host", "self_signed", "unknown_ca",
    "tls_1_1", "renegotiate",   "plain",      "silent",      "reset"};

std::string TlsFaultNames() {
  std::string text;
  for (const std::string_view name : kTlsFaults)
    text += (text.empty() ? "" : " ") + std::string(name);
  return text;
}

bool TakeTls(const Json& json, TlsFault& fault) {
  std::string text;
  if (!TakeText(json, text)) return false;
  const auto* const found = std::ranges::find(kTlsFaults, text);
  fault = static_cast<TlsFault>(found - kTlsFaults.begin() + 1);
  return found != kTlsFaults.end();
}

ExplainedStatus ReadRules(const Json& json, const std::string& file, FaultScript& script) {
  if (!json.is_object() || json.empty()) {
    return Refuse(file, "the script", kScriptKeys, Shown(json));
  }
  FaultScript read;
  for (const auto& [key, value] : json.items()) {
    if (key == "tls") {
      if (!TakeTls(value, read.tls)) {
        return Refuse(file, "tls", "one of: " + TlsFaultNames(), Shown(value));
      }
    } else if (key == "tls_skip") {
      if (!TakeNumber(value, 0, kMostCount, read.tls_skip)) {
        return Refuse(file, "tls_skip", "a number from 0 to 1000000", Shown(value));
      }
    } else if (key == "tls_times") {
      if (!TakeNumber(value, 1, kMostCount, read.tls_times)) {
        return Refuse(file, "tls_times", "a number from 1 to 1000000", Shown(value));
      }
    } else if (key != "requests") {
      return Refuse(file, "the script", kScriptKeys, Shown(Json(key)));
    }
  }
  for (const char* const key : {"tls_skip", "tls_times"}) {
    if (!json.contains(key) || json.contains("tls")) continue;
    return Refuse(file, "the script", fmt::format("the key \"tls\" beside \"{}\"", key), "none");
  }
  const Json requests = json.value("requests", Json::array());
  if (!requests.is_array()) return Refuse(file, "requests", "a list of rules", Shown(requests));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ExplainedStatus status =
        ReadRule(requests[i], file, fmt::format("requests[{}]", i), read.rules.emplace_back());
    if (!status.ok()) return status;
  }
  script = std::move(read);
  return {};
}

}  // namespace

std::string_view FaultName(Fault fault) { return kFaults[static_cast<std::size_t>(fault)].name; }

std::string_view TlsFaultName(TlsFault fault) {
  return fault == TlsFault::kNone ? std::string_view{}
                                  : kTlsFaults.at(static_cast<std::size_t>(fault) - 1);
}

std::string FaultNames() {
  std::string text;
  for (const FaultWords& fault : kFaults) {
    if (!text.empty()) text += ' ';
    text += fault.name;
  }
  return text;
}

ExplainedStatus ParseFaultScript(std::string_view text, const std::string& file,
                                 FaultScript& script) {
  if (text.size() > kMaxScript) return Refuse(file, "the script", "at most 1 MiB", "more");
  try {
    Watch watch;
    const Json json =
        Json::parse(text, [&watch](int depth, Json::parse_event_t event, const Json& value) {
          return watch.Look(depth, event, value);
        });
    if (watch.too_deep()) return Refuse(file, "the script", "a list of rules", "deep nesting");
    if (!watch.doubled().empty()) {
      return Refuse(file, "the script", "each key once in its object",
                    Shown(Json(watch.doubled())) + " twice");
    }
    return ReadRules(json, file, script);
  } catch (const Json::parse_error& error) {
    const bool ended = error.byte > text.size();
    const std::string found = ended ? std::string("the end of the file")
                                    : Shown(Json(std::string(1, text[error.byte - 1])));
    return Refuse(file, PlaceOf(text, error.byte), "well-formed JSON", found);
  } catch (const std::exception& error) {
    return Refuse(file, "the script", "a script that can be read", error.what());
  }
}

ExplainedStatus LoadFaultScript(const std::string& file, FaultScript& script) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxScript + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.gcount() == 0 && errno != 0) {
    return {Code::kNotFound,
            fmt::format("{}: expected a script of faults, but it cannot be read ({}); check the "
                        "name.",
                        file, std::strerror(errno)),
            errno};
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return ParseFaultScript(text, file, script);
}

}  // namespace updraft
