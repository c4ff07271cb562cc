#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the settings into yinxin.conf(5), English and Chinese, as `yinxin config show --json` tells
them; `settings_man.py --check` only says whether the pages are as they should be. YINXIN_PROGRAM names
the program; build/yinxin unless set."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.path.abspath(os.environ.get("YINXIN_PROGRAM", ROOT / "build" / "yinxin"))
PAGES = [("C.UTF-8", "docs/man/yinxin.conf.5", "{kind}; usually {usual}", "{kind}", "."),
         ("zh_CN.UTF-8", "docs/man/zh_CN/yinxin.conf.5", "{kind}；通常为 {usual}", "{kind}", "。")]
PLACE = re.compile(r"(settings: begin [^\n]*\n).*?(\.\\\" settings: end)", re.S)


def settings(language):
    environment = dict(os.environ, LC_ALL=language)
    with tempfile.TemporaryDirectory() as folder:
        return json.loads(subprocess.run([PROGRAM, "config", "show", "--data", folder, "--json"],
                                         env=environment, check=True, capture_output=True).stdout)


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def section(language, with_usual, without, stop):
    lines, current = [], None
    for setting in settings(language):
        if setting["section"] != current:
            current = setting["section"]
            lines.append(f".SS {roff(current)}")
        kind = (with_usual if setting["usual"] else without).format(**setting)
        lines += [".TP", f".B {roff(setting['name'])}", roff((kind[0].upper() + kind[1:] if stop == "." else kind) + stop), ".br",
                  roff(setting["help"])]
    return "\n".join(lines) + "\n"


def main():
    stale = 0
    for language, path, *form in PAGES:
        page = ROOT / path
        text = page.read_text(encoding="utf-8")
        made = section(language, *form)
        fresh = PLACE.sub(lambda match: match[1] + made + match[2], text)
        if "--check" in sys.argv[1:] and fresh != text:
            print(f"{path} is not what the settings are: run scripts/settings_man.py")
            stale = 1
        elif fresh != text:
            page.write_text(fresh, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
