"""``python -m qrnn_hw.cli``: the command line without its script."""

import sys

from qrnn_hw.cli import main

sys.exit(main())
