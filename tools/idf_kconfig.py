#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Evaluates the configuration of an ESP-IDF project, with kconfiglib.

Reads the façade's Kconfig and the project's own (Kconfig, Kconfig.projbuild of
its components), then sdkconfig.defaults, then sdkconfig; writes sdkconfig and
sdkconfig.h, .cmake and .json. Called by tools/cmake/project.cmake, and with
--menu by idf.py menuconfig. Exits 1 and names file and line of what is wrong.
"""

import argparse
import json
import os
import pathlib
import sys

try:
    import kconfiglib
except ImportError:
    sys.exit("idf_kconfig: expected kconfiglib for /usr/bin/python3, found none; "
             "apt-get install python3-kconfiglib")

TYPES_OF_NUMBERS = (kconfiglib.INT, kconfiglib.HEX)


def write_if_changed(path, text):
    """Leaves the time of a file alone that would not change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def source_list(files):
    return "".join(f'source "{file}"\n' for file in files)


def load(arguments):
    work = arguments.output
    projbuild = work / "kconfigs_projbuild.in"
    kconfigs = work / "kconfigs.in"
    write_if_changed(projbuild, source_list(arguments.projbuild))
    write_if_changed(kconfigs, source_list(arguments.kconfig))
    os.environ.update({
        "IDF_TARGET": arguments.target,
        "IDF_PATH": str(arguments.idf_path),
        "CONFIG_": "CONFIG_",
        "COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE": str(projbuild),
        "COMPONENT_KCONFIGS_SOURCE_FILE": str(kconfigs),
    })
    config = kconfiglib.Kconfig(str(arguments.idf_path / "esp/kconfig/Kconfig"),
                                warn_to_stderr=False)
    # A later file wins; a component may set another default for a symbol of ours.
    config.warn_assign_override = False
    config.warn_assign_redun = False
    for file in arguments.defaults:
        config.load_config(str(file), replace=False)
    if arguments.sdkconfig.exists():
        config.load_config(str(arguments.sdkconfig), replace=False)
    return config


def symbols(config):
    for symbol in config.unique_defined_syms:
        # Only what has a value: invisible strings without one are not defined.
        if symbol.config_string or symbol.type == kconfiglib.BOOL:
            yield symbol


def c_escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def header(config):
    lines = ["/* Made by tools/idf_kconfig.py: what sdkconfig says. */", "#pragma once"]
    for symbol in symbols(config):
        if symbol.type == kconfiglib.BOOL:
            if symbol.str_value == "y":
                lines.append(f"#define CONFIG_{symbol.name} 1")
        elif symbol.type == kconfiglib.STRING:
            lines.append(f'#define CONFIG_{symbol.name} "{c_escape(symbol.str_value)}"')
        else:
            lines.append(f"#define CONFIG_{symbol.name} {symbol.str_value}")
    return "\n".join(lines) + "\n"


def cmake(config):
    lines = ["# Made by tools/idf_kconfig.py: what sdkconfig says."]
    for symbol in symbols(config):
        value = symbol.str_value
        if symbol.type == kconfiglib.BOOL and value == "n":
            value = ""
        value = c_escape(value).replace("$", "\\$")
        lines.append(f'set(CONFIG_{symbol.name} "{value}")')
    return "\n".join(lines) + "\n"


def values(config):
    result = {}
    for symbol in symbols(config):
        value = symbol.str_value
        if symbol.type == kconfiglib.BOOL:
            result[symbol.name] = value == "y"
        elif symbol.type in TYPES_OF_NUMBERS:
            result[symbol.name] = int(value, 0)
        else:
            result[symbol.name] = value
    return result


def complain(config, arguments):
    """Warnings that mean a mistake of the project; unknown symbols are ESP-IDF's."""
    for warning in config.warnings:
        if "undefined symbol" in warning:
            continue
        print(f"idf_kconfig: {warning.splitlines()[0]}", file=sys.stderr)
    unknown = sorted({name for name, _ in config.missing_syms})
    if unknown and arguments.verbose:
        print(f"idf_kconfig: not known here, and ignored: {' '.join(unknown)}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idf-path", type=pathlib.Path, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the results")
    parser.add_argument("--sdkconfig", type=pathlib.Path, required=True)
    parser.add_argument("--defaults", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--kconfig", action="append", default=[])
    parser.add_argument("--projbuild", action="append", default=[])
    parser.add_argument("--menu", action="store_true", help="let a person change it")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    try:
        config = load(arguments)
    except (kconfiglib.KconfigError, OSError) as problem:
        sys.exit(f"idf_kconfig: {problem}")
    complain(config, arguments)
    if arguments.menu:
        import menuconfig
        os.environ["KCONFIG_CONFIG"] = str(arguments.sdkconfig)
        menuconfig.menuconfig(config)
    config.write_config(str(arguments.sdkconfig), save_old=False)
    write_if_changed(arguments.output / "sdkconfig.h", header(config))
    write_if_changed(arguments.output / "sdkconfig.cmake", cmake(config))
    write_if_changed(arguments.output / "sdkconfig.json",
                     json.dumps(values(config), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
