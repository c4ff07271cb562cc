#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs what was built into a folder and uses it from there, as somebody who embeds libyinxin would."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build-test")

PROGRAM = """
#include <stdio.h>
%s
int main(void)
{
    struct yx_trust *trust = NULL;
%s
    (void)trust;
    return report == NULL ? 0 : 1;
}
"""


def readme_code(name):
    """The C of the section that shows embedding."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        code = re.search(r"```c\n(.*?)```", file.read(), re.DOTALL).group(1)
    include, rest = code.split("\n", 1)
    return PROGRAM % (include, rest.replace('"contract.ofd"', '"missing.ofd"')
                      .replace("yx_report_free(report);", "yx_report_free(report); report = NULL;"))


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run(["meson", "install", "-C", BUILD, "--destdir", cls.folder.name, "--no-rebuild"],
                       check=True, capture_output=True)
        cls.prefix = os.path.join(cls.folder.name, "usr", "local")
        pc = subprocess.run(["find", cls.prefix, "-name", "yinxin.pc"], capture_output=True,
                            text=True, check=True).stdout.strip()
        cls.lib = os.path.dirname(os.path.dirname(pc))
        cls.env = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc),
                       PKG_CONFIG_SYSROOT_DIR=cls.folder.name, LD_LIBRARY_PATH=cls.lib)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *options):
        return subprocess.run(["pkg-config", *options, "yinxin"], env=self.env, capture_output=True,
                              text=True, check=True).stdout.split()

    def build_and_run(self, source, compiler, *options):
        with tempfile.TemporaryDirectory() as work:
            path = os.path.join(work, "a.c")
            with open(path, "w", encoding="utf-8") as file:
                file.write(source)
            program = os.path.join(work, "a")
            subprocess.run([*compiler, path, "-o", program, *options], check=True, env=self.env)
            return subprocess.run([program], env=self.env, capture_output=True, check=False).returncode

    def test_the_code_in_the_readmes_compiles_and_runs(self):
        for name in ("README.md", "README.zh-CN.md"):
            code = self.build_and_run(readme_code(name), ["gcc", "-std=c17", "-Wall", "-Werror"],
                                      *self.flags("--cflags", "--libs"))
            self.assertEqual(code, 0, name)

    def test_the_static_library_serves_too(self):
        source = "#include <yinxin/yinxin.h>\nint main(void) { return yx_digest_size(YX_DIGEST_SM3) != 32; }\n"
        static = ["-Wl,-Bstatic", "-lyinxin", "-Wl,-Bdynamic"]
        others = [flag for flag in self.flags("--libs", "--static") if flag != "-lyinxin"]
        code = self.build_and_run(source, ["gcc"], *self.flags("--cflags"), f"-L{self.lib}", *static,
                                  *others)
        self.assertEqual(code, 0)

    def test_cplusplus_can_use_the_headers(self):
        source = "#include <yinxin/yinxin.h>\nint main() { return yx_now() > 0 ? 0 : 1; }\n"
        self.assertEqual(self.build_and_run(source, ["g++", "-x", "c++"],
                                            *self.flags("--cflags", "--libs")), 0)

    def test_only_our_names_leave_the_shared_library(self):
        library = os.path.join(self.lib, "libyinxin.so")
        names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                               check=True).stdout
        exported = {line.split()[-1].split("@")[0] for line in names.splitlines()}
        self.assertIn("yx_verify", exported)
        self.assertEqual([name for name in exported if not name.startswith("yx_")], [])

    def test_who_only_signs_links_no_drawing(self):
        """libyinxin and the program start without cairo; libyinxin-draw has it."""
        for name, draws in (("lib/libyinxin.so", False), ("bin/yinxin", False),
                            ("lib/libyinxin-draw.so", True)):
            folder, file = name.split("/")
            path = os.path.join(self.lib if folder == "lib" else os.path.join(self.prefix, folder), file)
            listed = subprocess.run(["ldd", path], env=self.env, capture_output=True, text=True,
                                    check=True).stdout
            self.assertEqual("libcairo" in listed, draws, name)
            self.assertEqual("libfontconfig" in listed, draws, name)

    def test_the_drawing_library_shows_its_functions_alone(self):
        library = os.path.join(self.lib, "libyinxin-draw.so")
        names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                               check=True).stdout
        exported = {line.split()[-1].split("@")[0] for line in names.splitlines()}
        public = set()
        for name in ("draw.h", "impression.h"):
            with open(os.path.join(ROOT, "include", "yinxin", name), encoding="utf-8") as file:
                public |= set(re.findall(r"YX_API [^;(]*?(yx_\w+)\(", file.read()))
        self.assertEqual(exported, public)

    def test_the_installed_program_draws(self):
        program = os.path.join(self.prefix, "bin", "yinxin")
        env = {name: value for name, value in self.env.items() if name != "LD_LIBRARY_PATH"}
        with tempfile.TemporaryDirectory() as work:
            subprocess.run([program, "seal", "draw", "--kind", "official", "--text", "山海公司", "-o",
                            "a.png"], cwd=work, env=env, check=True, capture_output=True)
            with open(os.path.join(work, "a.png"), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")

    def test_the_drawing_library_serves_others(self):
        source = """
#include <yinxin/draw.h>
int main(void)
{
    size_t count;
    struct yx_face face = yx_face_presets(&count)[0].face;
    struct yx_buf png = {0};
    struct yx_sink *sink;
    face.text = "山海公司";
    if (yx_sink_memory(&png, &sink, NULL) != YX_OK)
        return 1;
    if (yx_face_draw(&face, YX_DRAW_PNG, 300, sink, NULL, NULL, NULL) != YX_OK)
        return 2;
    return png.len > 8 ? 0 : 3;
}
"""
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "yinxin-draw"], env=self.env,
                               capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(self.build_and_run(source, ["gcc", "-std=c17", "-Wall", "-Werror"], *flags), 0)

    def test_program_and_manual_are_installed(self):
        program = os.path.join(self.prefix, "bin", "yinxin")
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.assertIn("yinxin", shown.stdout)
        found = subprocess.run(["find", self.prefix, "-name", "yinxin.1*"], capture_output=True,
                               text=True, check=True).stdout.split()
        self.assertEqual(len(found), 2, "the manual in English and in Chinese")


if __name__ == "__main__":
    sys.exit(unittest.main())
