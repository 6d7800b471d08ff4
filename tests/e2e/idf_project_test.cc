// SPDX-License-Identifier: Apache-2.0
// ESP-IDF projects as their authors use them: a copy outside of the tree, built,
// flashed and monitored by idf.py; and projects with something wrong in them.
#include "tests/e2e/idf_project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace updraft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(IdfProject, IsBuiltFlashedMonitoredUpdatedAndRolledBack) {
  CopyExample();
  const ToolRun flash = Idf({"build", "flash"});
  ASSERT_EQ(flash.exit_code, 0) << flash.out << flash.err;
  EXPECT_TRUE(std::filesystem::exists(project_ + "/build/blue_green.bin"));
  EXPECT_TRUE(std::filesystem::exists(project_ + "/build/partition_table/partition-table.bin"));
  EXPECT_THAT(
      FileText(project_ + "/build/config/sdkconfig.h"),
      AllOf(HasSubstr("#define CONFIG_IDF_TARGET \"esp32\""),
            HasSubstr("#define CONFIG_BLUE_GREEN_SELF_TEST 1"), Not(HasSubstr("TARGET_LINUX"))));

  const ToolRun first = Idf({"--until", "all slots have run", "--timeout", "60", "monitor"});
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("version 1.0.0 runs from factory: what boots"),
                               HasSubstr("start 3 since power-on, reset reason 3"),
                               HasSubstr("ota_1 is confirmed")));
  EXPECT_EQ(Slot("ota_1").at("state"), "valid");

  WriteText(project_ + "/version.txt", "2.0.0\n");
  std::filesystem::remove(project_ + "/sdkconfig");
  WriteText(project_ + "/sdkconfig.defaults",
            FileText(project_ + "/sdkconfig.defaults") + "CONFIG_BLUE_GREEN_SELF_TEST=n\n");
  ASSERT_EQ(Idf({"reconfigure"}).exit_code, 0);
  ASSERT_EQ(Idf({"flash"}).exit_code, 0);
  const ToolRun second = Idf({"--until", "was given up", "--timeout", "60", "monitor"});
  ASSERT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_THAT(second.out, AllOf(HasSubstr("version 2.0.0 runs from ota_0"),
                                HasSubstr("self-test failed, ota_0 is given up"),
                                HasSubstr("ota_0 was given up; staying with factory")));
  EXPECT_EQ(Slot("ota_0").at("state"), "invalid");
}

TEST_F(IdfProject, TakesItsTargetComponentsEmbeddedFilesAndVersion) {
  MakeSmall(
      "set(COMPONENT_SRCS main.c)\nset(COMPONENT_REQUIRES greeting nvs_flash)\n"
      "set(COMPONENT_EMBED_FILES data.bin)\nregister_component()\n"
      "idf_build_get_property(target IDF_TARGET)\n"
      "idf_component_get_property(where greeting COMPONENT_DIR)\n"
      "message(STATUS \"for ${target}, greeting in ${where}\")\n"
      "target_link_libraries(${COMPONENT_LIB} PRIVATE idf::app_update)\n"
      "partition_table_get_partition_info(offset \"--partition-name factory\" \"offset\")\n"
      "message(STATUS \"factory at ${offset}\")\n",
      "#include <stdio.h>\n#include \"esp_app_desc.h\"\n#include \"greeting.h\"\n"
      "extern const unsigned char start[] asm(\"_binary_data_bin_start\");\n"
      "extern const unsigned char end[] asm(\"_binary_data_bin_end\");\n"
      "void app_main(void) {\n"
      "  printf(\"%s %s %d %s\\n\", greeting(), esp_app_get_description()->version,\n"
      "         (int)(end - start), CONFIG_SMALL_WORD);\n}\n");
  WriteText(project_ + "/main/data.bin", "seven b");
  WriteText(project_ + "/main/Kconfig.projbuild",
            "config SMALL_WORD\n  string\n  default \"word\"\n");
  const std::string greeting = project_ + "/components/greeting";
  std::filesystem::create_directories(greeting + "/include");
  WriteText(
      greeting + "/CMakeLists.txt",
      "idf_component_register(SRC_DIRS \".\" INCLUDE_DIRS \"include\" REQUIRES esp_nothing)\n");
  WriteText(greeting + "/greeting.c",
            "#include \"greeting.h\"\n"
            "const char *greeting(void) { return \"hello\"; }\n");
  WriteText(greeting + "/include/greeting.h", "const char *greeting(void);\n");
  WriteText(greeting + "/idf_component.yml",
            "dependencies:\n  idf: \">=5.0\"\n  espressif/led_strip: \"^2\"\n");
  const ToolRun build = Idf({"-D", "IDF_TARGET=esp32c3", "-D", "PROJECT_VER=9.8.7", "flash"});
  ASSERT_EQ(build.exit_code, 0) << build.out << build.err;
  EXPECT_THAT(build.out, AllOf(HasSubstr("for esp32c3, greeting in " + greeting),
                               HasSubstr("factory at 0x10000"),
                               HasSubstr("the required component 'esp_nothing' is not here"),
                               HasSubstr("espressif/led_strip is not to be had here")));
  const ToolRun run = Idf({"--until", "hello", "--timeout", "60", "monitor"});
  EXPECT_THAT(run.out, HasSubstr("hello 9.8.7 7 word"));
}

TEST_F(IdfProject, SleepsAndWakes) {
  MakeSmall("idf_component_register(SRCS main.c)\n",
            "#include <stdio.h>\n#include \"esp_sleep.h\"\n#include \"esp_system.h\"\n"
            "static RTC_DATA_ATTR int starts = 1;\n"
            "void app_main(void) {\n"
            "  printf(\"start %d reason %d cause %d\\n\", starts, (int)esp_reset_reason(),\n"
            "         (int)esp_sleep_get_wakeup_cause());\n"
            "  if (starts++ == 3) esp_restart();\n"
            "  esp_deep_sleep(20000);\n"
            "}\n");
  const ToolRun flash = Idf({"flash"});
  ASSERT_EQ(flash.exit_code, 0) << flash.out << flash.err;
  const ToolRun run = Idf({"--until", "start 1 reason 3", "--timeout", "60", "monitor"});
  // RTC memory lasts over deep sleep and begins anew after a restart.
  EXPECT_THAT(run.out, HasSubstr("start 1 reason 1 cause 0"));
  EXPECT_THAT(run.out, HasSubstr("start 2 reason 8 cause 4"));
  EXPECT_THAT(run.out, HasSubstr("start 3 reason 8 cause 4"));
  EXPECT_THAT(run.out, HasSubstr("start 1 reason 3 cause 0"));
}

TEST_F(IdfProject, BurnsKeysAndOpensItsMenu) {
  MakeSmall("idf_component_register(SRCS main.c)\n", "void app_main(void) {}\n");
  const ToolRun flash = Idf({"-D", "IDF_TARGET=esp32c3", "flash"});
  ASSERT_EQ(flash.exit_code, 0) << flash.out << flash.err;
  WriteText(folder_ / "hmac.bin", std::string(32, 'K'));
  const ToolRun burn = Idf({"efuse-burn-key", "BLOCK_KEY0", folder_ / "hmac.bin", "HMAC_UP"});
  EXPECT_EQ(burn.exit_code, 0) << burn.err;
  EXPECT_THAT(burn.out, HasSubstr("BLOCK_KEY0 is burnt with the purpose HMAC_UP"));
  EXPECT_NE(Idf({"efuse-burn-key", "BLOCK_KEY0", folder_ / "hmac.bin", "HMAC_UP"}).exit_code, 0);

  // script(1) is the terminal; q leaves the menu.
  const std::string menu = "UPDRAFT_BUILD='" + std::string(kBuildFolder) + "' TERM=xterm '" +
                           kSourceFolder + "/tools/idf.py' -C '" + project_ + "' menuconfig";
  const ToolRun opened = RunTool({"-c", "printf q | script -qec \"" + menu + "\" /dev/null"},
                                 {.program = "/bin/sh", .folder = folder_.path()});
  EXPECT_EQ(opened.exit_code, 0) << opened.out << opened.err;
  EXPECT_THAT(opened.out, HasSubstr("Configuration of a firmware for the virtual device"));
}

TEST_F(IdfProject, NamesASourceThatIsNotThere) {
  MakeSmall("idf_component_register(SRCS main.c missing.c)\n", "void app_main(void) {}\n");
  const ToolRun build = Idf({"build"});
  EXPECT_NE(build.exit_code, 0);
  EXPECT_THAT(build.err, AllOf(HasSubstr("'missing.c'"), HasSubstr("is not there")));
}

TEST_F(IdfProject, NamesAFileToEmbedThatIsNotThere) {
  MakeSmall("idf_component_register(SRCS main.c EMBED_TXTFILES ca.pem)\n",
            "void app_main(void) {}\n");
  EXPECT_THAT(Idf({"build"}).err, AllOf(HasSubstr("'ca.pem'"), HasSubstr("is not there")));
}

TEST_F(IdfProject, NamesACommandThatIsUnknown) {
  MakeSmall("idf_component_register(SRCS main.c)\nidf_component_conjure()\n",
            "void app_main(void) {}\n");
  EXPECT_THAT(Idf({"build"}).err, HasSubstr("idf_component_conjure"));
}

TEST_F(IdfProject, NamesAnArgumentThatIsUnknown) {
  MakeSmall("idf_component_register(main.c)\n", "void app_main(void) {}\n");
  EXPECT_THAT(Idf({"build"}).err, HasSubstr("does not know 'main.c'"));
}

TEST_F(IdfProject, NamesFileAndLineOfAnErrorInKconfig) {
  MakeSmall("idf_component_register(SRCS main.c)\n", "void app_main(void) {}\n");
  WriteText(project_ + "/main/Kconfig.projbuild", "config A\n  bool\n  defualt y\n");
  const ToolRun build = Idf({"build"});
  EXPECT_NE(build.exit_code, 0);
  EXPECT_THAT(build.err, HasSubstr("main/Kconfig.projbuild:3"));
}

TEST_F(IdfProject, NamesASymbolThatOnlyTheProgramKnows) {
  MakeSmall("idf_component_register(SRCS main.c)\n",
            "int conjure(void);\nvoid app_main(void) { conjure(); }\n");
  const ToolRun build = Idf({"build"});
  EXPECT_NE(build.exit_code, 0);
  EXPECT_THAT(build.out + build.err, HasSubstr("conjure"));
}

TEST_F(IdfProject, IsRefusedWithoutMainOrCMakeLists) {
  std::filesystem::create_directories(project_);
  EXPECT_THAT(Idf({"build"}).err, HasSubstr("expected a project with a CMakeLists.txt"));
  EXPECT_THAT(Idf({"conjure"}).err, HasSubstr("found 'conjure'"));
  EXPECT_THAT(Idf({"set-target"}).err, HasSubstr("expected 1 values"));
  MakeSmall("", "");
  std::filesystem::remove_all(project_ + "/main");
  EXPECT_THAT(Idf({"build"}).err, HasSubstr("expected the component main"));
}

TEST_F(IdfProject, DoesNotEraseAFolderThatIsNoDevice) {
  CopyExample();
  EXPECT_THAT(Idf({"-p", project_ + "/main", "erase-flash"}).err, HasSubstr("left as it is"));
  EXPECT_TRUE(std::filesystem::exists(project_ + "/main/main.c"));
}

}  // namespace
}  // namespace updraft
