#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures OFD pages drawn, beside poppler on the PDF twin of the same document: draw.sh BUILD_DIR
# Times are processor seconds.
set -euo pipefail
build=$(cd "${1:?usage: draw.sh BUILD_DIR}" && pwd)
draw=$build/bench/bench_draw
yinxin=$build/yinxin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# measure NAME COMMAND...
measure() {
    local name=$1 elapsed memory spent
    shift
    read -r spent elapsed memory < <("$build/bench/bench" measure "$@" 2>&1 >/dev/null | tail -n 1)
    printf '%-44s %8.3f s    %6.1f MiB at most, %.3f s elapsed\n' "$name" "$spent" "$memory" "$elapsed"
}

"$draw" make one.ofd 1
"$draw" make hundred.ofd 100
"$draw" make large.ofd 10 1

echo '# One page of text (1,440 characters) at 150 dpi'
measure 'yinxin render, the whole process' "$yinxin" render one.ofd -o one.png
"$draw" warm one.ofd 150 50
echo '# A hundred such pages at 96 dpi, the process warm'
"$draw" all hundred.ofd 96
echo '# A document of 10 MB, with pictures'
stat -c '%s bytes' large.ofd
measure 'first page at 150 dpi' "$yinxin" render large.ofd -o large.png
measure 'as PDF' "$yinxin" convert large.ofd -o large.pdf
stat -c '%s bytes of PDF' large.pdf
echo '# The same by poppler, of the PDF that yinxin convert makes'
"$yinxin" convert one.ofd -o one.pdf >/dev/null
"$yinxin" convert hundred.ofd -o hundred.pdf >/dev/null
stat -c '%s bytes: %n' one.ofd one.pdf hundred.ofd hundred.pdf
measure 'pdftocairo, one page at 150 dpi' pdftocairo -png -r 150 -singlefile one.pdf one
measure 'pdftocairo, a hundred at 96 dpi' pdftocairo -png -r 96 hundred.pdf hundred
measure 'pdftocairo, first page of the 10 MB' pdftocairo -png -r 150 -singlefile large.pdf large
