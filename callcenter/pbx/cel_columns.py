"""The columns of Asterisk's own sample mapping of a CEL file, all quoted (cel_custom.conf)."""

from __future__ import annotations

EVENTTYPE, EVENTTIME, CALLERID_NAME, CALLERID_NUM, CALLERID_ANI, CALLERID_DNID = 0, 1, 2, 3, 4, 6
EXTEN, CONTEXT, CHANNAME, APPNAME, APPDATA = 7, 8, 9, 10, 11
UNIQUEID, LINKEDID, BRIDGEPEER, USERDEFTYPE, EVENTEXTRA = 14, 15, 16, 18, 19
