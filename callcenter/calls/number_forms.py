"""Forms of the numbers that lines show to a hotline in China, and the words that stand where they show none."""

from __future__ import annotations

import re

WITHHELD = frozenset(
    re.split(
        r"\|",
        "|anonymous|restricted|unavailable|coverageunavailable|unknown|unknownnumber|unknowncaller|withheld|private|"
        "privatenumber|privatecaller|hidden|blocked|nonumber|nonpub|outofarea|asterisk|s|p|o|"
        "未知|未知号码|隐藏|隐藏号码|私人号码|匿名|保密号码|无号码",
    )
)
"""What lines, gateways and exchanges write where no number is shown, without spaces and hyphens. P and O are those of
analogue lines: private, out of area."""
MAINLAND = "86"
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015().·/]+")
EXTENSION = re.compile(r"(?:;ext=|,|#|转|分机|\s*ext\.?\s*|x)(\d{1,6})(?=;|$)", re.IGNORECASE)

BEHIND_EXCHANGE = re.compile(r"(.*\d)(?:[-\u2010-\u2015/*]|[pPwW]+)(\d{1,6})", re.DOTALL)
"""Signs that may also stand within a number; `p` and `w` are pauses in front of digits keyed later."""
LINE_CODE = re.compile(r"(?:[*#]*\d{1,6}[*#]+|\*\d\d)(?=\+|0|1[3-9]|[2-8]\d{7}\Z)(.+)", re.DOTALL)
"""What is dialled in front of a number: `#31#` and `*67` to hide one's own, `1234#` for a line or an account."""
FIRST = re.compile(r"[;,](?=\D|\d{7})")
"""In front of a parameter, or of another number."""
LEADING_SEPARATOR = re.compile(r"[-\u2010-\u2015./·]")

IP_DIAL = re.compile(r"0?(?:179\d\d|12593|12583\d|10193|11808|19[0367])(\d{10,17})")
"""How a caller chose the operator of the long distance: 17900 to 17999 of all operators, 12593 and 10193 of the mobile
ones, 11808 and the carrier codes 190, 193, 196 and 197; 12583 with a digit is a second number on the same card. Behind
it stands the caller's own number."""

MOBILE = re.compile(r"0?(?:(?<=0)86)?(1[3-9]\d{9})")
"""Some gateways put their 0 in front of the country code too."""
AREA = r"(?:10|2[0-57-9]|[3-9](?!00)\d{2})"
LANDLINE = re.compile(r"((?:10|2[0-57-9])[2-8]\d{7}|[3-9](?!00)\d{2}[2-8]\d{6,7})")
LOCAL = re.compile(r"[2-8]\d{7}")
SHARED = re.compile(r"0?([48]00\d{7})")
SERVICE = re.compile(r"1[12]\d|10\d{3}|1010\d{4}|11\d{3,4}|12\d{3}|95\d{3,7}|96\d{3,4}")
SERVICE_WITH_AREA = re.compile(rf"0{AREA}(1[12]\d|10\d{{3}}|12\d{{3}}|96\d{{3,4}})")
IOT = re.compile(r"106\d{5,17}|1[04]\d{11}")
HOUSE = re.compile(r"(?!00|0\Z)\d{1,6}")
WITH_AREA = re.compile(r"1[3-9]\d{9}|0\d{10,16}")
"""A number that is the same from everywhere, a mobile one or one with its area or country."""
LONGEST_PREFIX = 4
"""Digits for an outside line."""
