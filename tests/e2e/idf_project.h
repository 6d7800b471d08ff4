// SPDX-License-Identifier: Apache-2.0
// An ESP-IDF project outside of the tree, and idf.py for it. The fixture of
// idf_*_test.cc.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace updraft {

class IdfProject : public testing::Test {
 protected:
  ToolRun Idf(const std::vector<std::string>& arguments) {
    return RunTool(arguments, {.environment = {{"UPDRAFT_BUILD", kBuildFolder}},
                               .program = std::string(kSourceFolder) + "/tools/idf.py",
                               .folder = project_});
  }
  void CopyExample() {
    std::filesystem::copy(std::string(kSourceFolder) + "/examples/esp-idf", project_,
                          std::filesystem::copy_options::recursive);
  }
  // A project of one file; `cmake` goes into main's CMakeLists.txt.
  void MakeSmall(const std::string& cmake, const std::string& program) {
    std::filesystem::create_directories(project_ + "/main");
    WriteText(project_ + "/CMakeLists.txt",
              "cmake_minimum_required(VERSION 3.16)\n"
              "include($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(small)\n");
    WriteText(project_ + "/main/CMakeLists.txt", cmake);
    WriteText(project_ + "/main/main.c", program);
  }
  nlohmann::json Slot(const std::string& name) {
    const std::string device = project_ + "/build/device";
    const nlohmann::json about =
        nlohmann::json::parse(RunTool({"device", "info", device, "--json"}).out);
    for (const nlohmann::json& slot : about.at("slots")) {
      if (slot.at("name") == name) return slot;
    }
    return nlohmann::json::object();
  }

  TemporaryFolder folder_;
  std::string project_ = folder_ / "project";
};

}  // namespace updraft
