#!/bin/sh
# Remakes the subset fonts of this folder from Debian's fonts-inter.
# Needs: pip install fonttools opentype-feature-freezer
set -e
from=/usr/share/fonts/opentype/inter
U="U+0020-007E,U+00A0-017F,U+0192,U+01CD-01DC,U+02C6,U+02DA,U+02DC,U+0370-03FF,U+0400-045F,U+1E9E,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2032,U+2033,U+2039,U+203A,U+2044,U+2070-207F,U+2080-2089,U+20AC,U+2116,U+2122,U+2126,U+2150-215F,U+2190-2199,U+21A9,U+21AA,U+21B5,U+21BA,U+21BB,U+21E7,U+2202,U+2206,U+2211,U+2212,U+221A,U+221E,U+2248,U+2260,U+2264,U+2265,U+2303,U+2318,U+2325,U+232B,U+25A0,U+25A1,U+25B2-25B7,U+25BC-25C1,U+25C6,U+25C7,U+25CB,U+25CF,U+2605,U+2606,U+2610,U+2611,U+2691,U+2713,U+2717,U+2715,U+FFFD"
here=$(dirname "$0")
for weight in Regular Medium SemiBold; do
  pyftfeatfreeze -f tnum "$from/Inter-$weight.otf" "/tmp/inter-$weight.otf"
  pyftsubset "/tmp/inter-$weight.otf" --unicodes="$U" --layout-features=kern --desubroutinize --no-hinting \
    --output-file="$here/Inter-$weight.otf"
  rm "/tmp/inter-$weight.otf"
done
