// SPDX-License-Identifier: Apache-2.0
#include "cli/boot_words.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "cli/output.h"
#include "cli/text.h"

namespace updraft {
namespace {

std::string RecordHex(const OtadataRecord& record) {
  std::array<std::uint8_t, kOtadataRecordSize> bytes{};
  StoreOtadataRecord(record, bytes);
  return HexText(bytes);
}

std::string RecordLine(const BootView& view, std::size_t index) {
  const OtadataRecord& record = view.records[index];
  std::string text = fmt::format("otadata record {}: ", index);
  if (record.sequence == kNoSequence) return text + "empty";
  if (!record.crc_ok())
    return text + fmt::format("sequence {}, wrong CRC: ignored", record.sequence);
  const std::string slot =
      view.slots == 0 ? "no slot"
                      : BootIndexLabel(view, static_cast<BootIndex>(record.SlotIndex(view.slots)));
  text += fmt::format("sequence {}, {}, state {}{}", record.sequence, slot,
                      SlotStateName(record.state), record.is_invalid() ? ": ignored" : "");
  const auto terms = record.trial_terms();
  if (terms) text += fmt::format(", {} starts left", terms->attempts);
  return text;
}

std::string TrialWords(const BootDecision& decision) {
  std::string words = ", on trial until it is confirmed";
  if (decision.deadline_seconds > 0) {
    words += fmt::format(", which has to be within {} s", decision.deadline_seconds);
  }
  if (decision.attempts_left > 0) {
    words += fmt::format("; {} more starts after this", decision.attempts_left);
  }
  return words;
}

}  // namespace

std::string BootIndexLabel(const BootView& view, BootIndex index) {
  const Partition* slot = view.SlotAt(index);
  if (slot != nullptr) return PrintableText(slot->label());
  if (index == kBootTest) return "test";
  return index == kBootFactory ? std::string("factory") : fmt::format("ota_{}", index);
}

nlohmann::ordered_json DecisionJson(const BootView& view, const BootDecision& decision) {
  nlohmann::ordered_json json;
  const bool boots = decision.boots.has_value();
  json["selected"] =
      boots ? nlohmann::ordered_json(BootIndexLabel(view, decision.selected)) : nullptr;
  json["boots"] = boots ? nlohmann::ordered_json(BootIndexLabel(view, *decision.boots)) : nullptr;
  json["try_order"] = nlohmann::ordered_json::array();
  for (const BootIndex index : decision.tried()) {
    json["try_order"].push_back(BootIndexLabel(view, index));
  }
  json["otadata_after"] = view.has_otadata
                              ? nlohmann::ordered_json::array({RecordHex(decision.records[0]),
                                                               RecordHex(decision.records[1])})
                              : nlohmann::ordered_json(nullptr);
  json["trial"] = decision.trial;
  json["attempts_left"] = decision.attempts_left;
  json["deadline"] = decision.deadline_seconds;
  json["secure_version_after"] = decision.burn_secure_version.value_or(view.efuse_secure_version);
  return json;
}

int NothingBoots(const Failure& failure, bool json) {
  if (json) {
    PrintJson({{"selected", nullptr},
               {"boots", nullptr},
               {"try_order", nlohmann::ordered_json::array()},
               {"otadata_after", nullptr},
               {"reason", failure.reason},
               {"message", failure.message}});
  }
  return Fail(failure);
}

std::vector<std::string> DecisionLines(const BootView& view, const BootDecision& decision) {
  std::vector<std::string> lines;
  if (view.has_otadata) {
    lines.push_back(RecordLine(view, 0));
    lines.push_back(RecordLine(view, 1));
  } else {
    lines.emplace_back("no otadata partition: factory is selected");
  }
  lines.push_back("selected: " + BootIndexLabel(view, decision.selected));
  std::string order;
  for (const BootIndex index : decision.tried()) order += " " + BootIndexLabel(view, index);
  lines.push_back("tried in the order:" + (order.empty() ? " nothing" : order));
  lines.push_back(decision.boots.has_value()
                      ? fmt::format("boots: {}{}", BootIndexLabel(view, *decision.boots),
                                    decision.trial ? TrialWords(decision) : "")
                      : "boots: nothing");
  for (std::size_t i = 0; i < decision.records.size(); ++i) {
    if (!decision.record_changed[i]) continue;
    lines.push_back(fmt::format("writes otadata record {}: sequence {}, state {}", i,
                                decision.records[i].sequence,
                                SlotStateName(decision.records[i].state)));
  }
  if (decision.burn_secure_version.has_value()) {
    lines.push_back(fmt::format("burns secure version {}", *decision.burn_secure_version));
  }
  return lines;
}

}  // namespace updraft
