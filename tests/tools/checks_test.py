#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The checks of tools/ against small projects with one fault each: a check that
cannot fail proves nothing. Run by CTest (test "checks")."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS = """
[core]
std: cstdint span
include/updraft:
src/flash:
src/slots: src/flash
[hosted]
ports/host:
testing:
tests: *
*_test.cc: testing ports/host
"""
HEADER = "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n"


class Project(unittest.TestCase):
    """A project in a folder of its own, without faults until a test adds one."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("layers.txt", LAYERS)
        self.write("include/updraft/status.h", HEADER + "#include <cstdint>\n")
        self.write("src/flash/partition.h", HEADER + '#include "updraft/status.h"\n')
        self.write("src/slots/slots.cc", "// SPDX-License-Identifier: Apache-2.0\n"
                   '#include "src/flash/partition.h"\n#include <span>\n')
        self.write("ports/host/file.h", HEADER + "#include <fcntl.h>\n#if 1\n#endif\n")
        self.write("testing/ram.h", HEADER + "#include <vector>\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_check(self, tool, *arguments):
        return subprocess.run([sys.executable, ROOT / "tools" / tool, *arguments],
                              capture_output=True, text=True, check=False)


class CheckLayers(Project):
    def accepts(self):
        result = self.run_check("check_layers.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def refuses(self, name, text, *words):
        self.write(name, text)
        result = self.run_check("check_layers.py", self.root)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(name, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stdout + result.stderr)

    def test_accepts_a_project_that_keeps_the_layers(self):
        self.accepts()

    def test_accepts_a_test_beside_the_code_that_uses_the_fakes(self):
        self.write("src/flash/partition_test.cc", '#include "testing/ram.h"\n'
                   '#include "ports/host/file.h"\n#include <thread>\n')
        self.accepts()

    def test_accepts_anything_where_the_line_is_a_star(self):
        self.write("tests/river.cc", '#include "src/flash/partition.h"\n'
                   '#include "testing/ram.h"\n')
        self.accepts()

    def test_refuses_a_room_that_its_line_does_not_name(self):
        self.write("src/slots/slots.h", HEADER)
        self.refuses("src/flash/geometry.cc", '#include "src/slots/slots.h"\n',
                     "geometry.cc:1", "src/flash may include only include/updraft src/flash")

    def test_refuses_a_test_that_uses_another_room(self):
        self.write("src/slots/slots.h", HEADER)
        self.refuses("src/flash/geometry_test.cc", '#include "src/slots/slots.h"\n')

    def test_refuses_a_room_in_a_public_header(self):
        self.refuses("include/updraft/slots.h", '\n#include "src/flash/partition.h"\n',
                     "slots.h:2")

    def test_refuses_the_core_a_header_of_the_platform(self):
        self.refuses("src/flash/geometry.cc", "#include <unistd.h>\n", "<unistd.h>")
        self.refuses("src/flash/geometry.cc", "#include <vector>\n", "<vector>")

    def test_refuses_conditional_compilation_in_the_core(self):
        for line in ("#if 1", "  # ifdef __linux__", "#ifndef X", "#else"):
            self.refuses("src/flash/geometry.cc", f"int x;\n{line}\n", "geometry.cc:2")

    def test_refuses_a_relative_name(self):
        self.refuses("src/flash/geometry.cc", '#include "partition.h"\n', "from the root")

    def test_refuses_a_way_round_through_the_parent(self):
        self.refuses("src/flash/geometry.cc", '#include "src/flash/../../testing/ram.h"\n',
                     "from the root")

    def test_refuses_a_public_header_in_angle_brackets(self):
        self.refuses("src/flash/geometry.cc", "#include <updraft/status.h>\n", '"updraft/status.h"')

    def test_refuses_a_name_made_by_a_macro(self):
        self.refuses("src/flash/geometry.cc", "#include HEADER\n", "HEADER")

    def test_refuses_a_folder_that_has_no_line(self):
        self.refuses("src/clouds/rain.cc", "\n", "layers.txt")

    def test_does_not_take_a_prefix_of_a_name_for_the_folder(self):
        self.refuses("src/flash2/geometry.cc", "\n", "layers.txt")

    def test_ignores_what_stands_in_a_comment(self):
        self.write("src/flash/geometry.cc", '// #include <vector>\n/*\n#if 1\n*/\nchar c = \'"\';\n')
        self.accepts()

    def test_counts_lines_after_a_comment_of_several(self):
        self.refuses("src/flash/geometry.cc", "/* 1\n 2 */\n#include <vector>\n", "geometry.cc:3")

    def test_refuses_a_folder_named_twice(self):
        self.refuses("layers.txt", LAYERS + "testing: ports/host\n", "testing has a line already")

    def test_refuses_an_empty_project(self):
        for path in self.root.rglob("*.*"):
            if path.suffix in (".cc", ".h"):
                path.unlink()
        result = self.run_check("check_layers.py", self.root)
        self.assertEqual(result.returncode, 1)


class CheckTestsBuilt(Project):
    def setUp(self):
        super().setUp()
        self.write("src/flash/partition_test.cc", "")
        self.write("src/slots/slots_test.cc", "")

    def check(self, *compiled):
        entries = [{"directory": str(self.root), "file": name} for name in compiled]
        self.write("build/compile_commands.json", json.dumps(entries))
        self.write("build/generated_test.cc", "")
        return self.run_check("check_tests_built.py", self.root / "build", self.root)

    def test_accepts_a_build_that_holds_every_test(self):
        result = self.check("src/flash/partition_test.cc", str(self.root / "src/slots/slots_test.cc"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("2 test files, 0 of them not built", result.stdout)

    def test_names_the_test_that_no_program_holds(self):
        result = self.check("src/flash/partition_test.cc", "src/slots/slots.cc")
        self.assertEqual(result.returncode, 1)
        self.assertIn("src/slots/slots_test.cc: no program", result.stdout)
        self.assertNotIn("partition_test.cc:", result.stdout)


class CheckExamples(Project):
    EXAMPLE = "int main() {\n  return 0;\n}\n"

    def check(self, readme, header="", compiled=("examples/api/a.cc",)):
        self.write("examples/api/a.cc", "#include <cstdio>\n" + self.EXAMPLE)
        self.write("README.md", "# Title\n```cpp\n" + readme + "```\n")
        self.write("include/updraft/a.h", header)
        entries = [{"directory": str(self.root), "file": name} for name in compiled]
        self.write("build/compile_commands.json", json.dumps(entries))
        return self.run_check("check_examples.py", self.root / "build", self.root)

    def test_accepts_what_stands_in_a_compiled_file(self):
        result = self.check(self.EXAMPLE, "// Example, examples/api/a.cc:\n//   return 0;\nint x;\n")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("2 examples shown, 0 problems", result.stdout)

    def test_names_a_page_of_docs_that_differs(self):
        self.write("docs/guide.md", "```cpp\nint other;\n```\n")
        result = self.check(self.EXAMPLE)
        self.assertEqual(result.returncode, 1)
        self.assertIn("docs/guide.md: no file", result.stdout)

    def test_names_a_readme_a_header_and_a_file_that_differ(self):
        result = self.check("int main() {\n  return 1;\n}\n",
                            "// Example, examples/api/a.cc:\n//   return 2;\n", compiled=())
        self.assertEqual(result.returncode, 1)
        self.assertIn("README.md: no file", result.stdout)
        self.assertIn("include/updraft/a.h: its example is not in examples/api/a.cc", result.stdout)
        self.assertIn("examples/api/a.cc: no target", result.stdout)


class CheckFiles(Project):
    def check(self, name, text):
        self.write(name, text)
        return self.run_check("check_files.py", self.root)

    def refuses(self, name, text, word):
        result = self.check(name, text)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(name, result.stdout)
        self.assertIn(word, result.stdout)

    def test_accepts_files_in_the_house_form(self):
        result = self.check("tools/x.py", "#!/usr/bin/python3\n# SPDX-License-Identifier: Apache-2.0\n")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_accepts_600_lines_and_refuses_601(self):
        head = "// SPDX-License-Identifier: Apache-2.0\n"
        self.assertEqual(self.check("src/a.cc", head + "\n" * 599).returncode, 0)
        self.refuses("src/a.cc", head + "\n" * 600, "601 lines")

    def test_refuses_a_file_without_the_licence_line(self):
        self.refuses("src/a.cc", "int a;\n", "licence")

    def test_refuses_a_header_without_pragma_once(self):
        self.refuses("src/a.h", "// SPDX-License-Identifier: Apache-2.0\n", "#pragma once")

    def test_refuses_a_merge_left_half_done(self):
        self.refuses("src/a.cc", "// SPDX-License-Identifier: Apache-2.0\n<<<<<<< HEAD\n", "merge")

    def test_refuses_a_last_line_without_an_end(self):
        self.refuses("src/a.cc", "// SPDX-License-Identifier: Apache-2.0\nint a;", "line break")


class CheckVersion(Project):
    """The version stands in one place."""

    def setUp(self):
        super().setUp()
        self.write("include/updraft/version.h", HEADER + '#define UPDRAFT_VERSION "3.7.11"\n')
        self.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [3.7.11]\n")

    def faults(self):
        result = self.run_check("check_version.py", self.root)
        self.assertEqual(result.returncode, 0 if result.stdout.count("\n") == 1 else 1, result.stderr)
        return result.stdout

    def test_accepts_the_version_in_its_header_and_other_numbers_elsewhere(self):
        self.write("README.md", "updraft 13.7.11, 3.7.110 and 3.7.11.2\n")
        self.assertIn("0 faults", self.faults())

    def test_refuses_it_anywhere_else(self):
        self.write("src/flash/agent.h", HEADER + 'const char* agent = "Updraft/3.7.11";\n')
        self.assertIn("src/flash/agent.h:3: says the version 3.7.11", self.faults())

    def test_refuses_a_changelog_of_another_version(self):
        self.write("CHANGELOG.md", "# Changelog\n\n## [3.7.10]\n")
        self.assertIn("expected '## [Unreleased]' or '## [3.7.11]' on top", self.faults())

    def test_refuses_a_header_without_one(self):
        self.write("include/updraft/version.h", HEADER)
        self.assertIn("found none", self.faults())


class Sizes(unittest.TestCase):
    """What ./dev sizes says of a build against its table."""

    TABLE = {"core_text": 50000,
             "rooms": {"src/http": {"text": 1000, "data": 4, "bss": 0, "stack": 200}}}

    def grown(self, **changes):
        sys.path.insert(0, str(ROOT / "tools"))
        import core_sizes  # pylint: disable=import-outside-toplevel
        rooms = {"src/http": {**self.TABLE["rooms"]["src/http"], **changes}}
        return list(core_sizes.growths({"core_text": 50000, "rooms": rooms}, self.TABLE))

    def test_accepts_what_is_equal_smaller_or_grown_by_two_percent(self):
        self.assertEqual(self.grown(), [])
        self.assertEqual(self.grown(text=900), [])
        self.assertEqual(self.grown(text=1020), [])

    def test_tells_growth_of_each_kind(self):
        self.assertEqual(self.grown(text=1021), ["src/http: text was 1000, is 1021 bytes"])
        self.assertEqual(self.grown(bss=100), ["src/http: bss was 0, is 100 bytes"])
        self.assertEqual(self.grown(stack=300), ["src/http: stack was 200, is 300 bytes"])

    def test_lets_a_few_bytes_of_padding_pass(self):
        self.assertEqual(self.grown(data=12), [])

    def test_has_a_limit_that_no_table_lifts(self):
        sys.path.insert(0, str(ROOT / "tools"))
        import core_sizes  # pylint: disable=import-outside-toplevel
        self.assertEqual(core_sizes.beyond_limits({"core_text": 24576}), [])
        self.assertEqual(core_sizes.beyond_limits({"core_text": 24577}),
                         ["core_text: at most 24576 bytes are allowed, found 24577"])

    def test_tells_growth_of_the_linked_program_and_a_new_room(self):
        sys.path.insert(0, str(ROOT / "tools"))
        import core_sizes  # pylint: disable=import-outside-toplevel
        now = {"core_text": 51001, "rooms": {**self.TABLE["rooms"], "src/new": {"text": 1}}}
        self.assertEqual(list(core_sizes.growths(now, self.TABLE)),
                         ["src/new is not in the table",
                          "core_text: text was 50000, is 51001 bytes"])


if __name__ == "__main__":
    unittest.main()
