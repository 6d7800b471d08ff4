#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Shows Doxygen the comments of a header, which in this house begin with //.

What stands above a declaration, or behind it, is its documentation; what stands
above a group, up to the next empty line, is that of each in it; the comment at the
head of the file is the file's, and of its first type where that has none of its own.
Printed with the same line numbers.
"""

import pathlib
import re
import sys

WHOLE_LINE = re.compile(r"^(\s*)//(?: |$)(.*)$")
BEHIND = re.compile(r"^(.*[^\s/].*?)\s+// (.*)$")
TYPE = re.compile(r"^(?:template .*)?(?:class|struct|enum class) (?:\[\[\w+\]\] )?\w+[^;]*\{")
NOT_ONE = re.compile(r"^\s*(?:#|\}|\w+:\s*$|namespace\b|friend\b|static_assert\b|$)")


def escaped(text):
    """Nothing in it is a command of Doxygen, or ends a comment."""
    return re.sub(r"([\\@<>&%#])", r"\\\1", text).replace("*/", "* /")


def filtered(lines):
    """The lines as Doxygen is to see them."""
    head, group, documented = [], [], False
    at_head, begins, internal = True, True, False
    for number, line in enumerate(lines):
        whole = WHOLE_LINE.match(line)
        if at_head and whole:
            head += [] if number == 0 else [escaped(whole[2])]
            yield "/// @file" if number == 0 else "/// " + head[-1]
            continue
        at_head = False
        if whole:
            if documented or not group:
                group = []
            documented = False
            group.append(escaped(whole[2]))
            yield f"{whole[1]}/// {group[-1]}"
            continue
        if line.startswith("#define") and not (group and not documented):
            internal = True  # a macro that nobody explains is no one's to use
        if internal:
            internal = line.endswith("\\")
            yield ""
            continue
        behind = BEHIND.match(line)
        code = behind[1] if behind and not line.lstrip().startswith("#") else line
        text = f"  ///< {escaped(behind[2])}" if code is not line else ""
        if text and (TYPE.match(code.strip()) or not code.rstrip().endswith((";", ",", "}"))):
            # Behind the beginning of what goes on: for Doxygen in front of it.
            code, text = f"/** {escaped(behind[2])} */ {code}", ""
            head = [] if TYPE.match(behind[1]) else head
            begins = False
        fresh = bool(group) and not documented
        if begins and not NOT_ONE.match(code) and not text and not fresh:
            if TYPE.match(code) and head:
                code = f"/** {' '.join(head)} */ {code}"
                head = []
            elif group:
                code = f"/** {' '.join(group)} */ {code}"
        elif TYPE.match(code):
            head = []
        yield code + text
        stripped = code.strip()
        if not stripped or stripped.endswith(("{", ":")) or stripped in ("}", "};"):
            group, documented = [], False
        else:
            documented = bool(group)
        begins = not stripped or stripped.endswith((";", "{", "}", ":", ",")) or stripped[0] == "#"


def main():
    """Prints the file that is named."""
    print("\n".join(filtered(pathlib.Path(sys.argv[1]).read_text().splitlines())))


main()
