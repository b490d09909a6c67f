"""`python -m edgenlp`."""

import sys

from edgenlp.cli.main import main

sys.exit(main())
