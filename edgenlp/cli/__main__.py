"""`python -m edgenlp.cli`."""

import sys

from edgenlp.cli.main import main

sys.exit(main())
