"""`python -m callcenter` is the command `callcenter`."""

import sys

from callcenter.cli import main

sys.exit(main())
