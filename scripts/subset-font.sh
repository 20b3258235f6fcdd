#!/bin/sh
# Makes src/report/page/font/stix-two-math.woff2: of STIX Two Math (SIL Open Font License 1.1) the signs that formulas of the
# report need, with the MATH table that places scripts, roots and fractions. Needs fonttools and brotli from PyPI.
#
#   npm pack @fontsource/stix-two-math && tar xzf fontsource-stix-two-math-*.tgz
#   sh scripts/subset-font.sh package/files/stix-two-math-latin-400-normal.woff2
[ -f "$1" ] || {
  echo "error: subset-font.sh FONT: expected FONT, stix-two-math-latin-400-normal.woff2 of @fontsource/stix-two-math" >&2
  exit 2
}
exec python3 -m fontTools.subset "$1" \
  --unicodes='U+0020-007E,U+00B7,U+00D7,U+0391-03A9,U+03B1-03C9,U+2013,U+2019,U+2026,U+2032,U+210E,U+2190-2192,U+2202,U+2208,U+220F,U+2211,U+2212,U+2215,U+221A,U+221E,U+2225,U+2248,U+2260,U+2264,U+2265,U+22A4,U+22C5,U+22EF,U+1D434-1D467,U+1D6A4-1D6A5,U+1D6E2-1D71B' \
  --layout-features='' --no-hinting --flavor=woff2 --drop-tables+=GSUB,GPOS,GDEF,BASE,DSIG --name-IDs='0,1,2,13,14' \
  --output-file=src/report/page/font/stix-two-math.woff2
