"""The generator of the Unicode table, for tests that hold it against Python's own Unicode data."""

import importlib.util
import unicodedata
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("edgenlp", deadline=None)
settings.load_profile("edgenlp")

TOOL = Path(__file__).parents[2] / "tools" / "make_unicode_table.py"


@pytest.fixture(scope="module")
def tool():
    specification = importlib.util.spec_from_file_location("make_unicode_table", TOOL)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    if unicodedata.unidata_version != module.UNICODE_VERSION:
        pytest.skip(f"the table is of Unicode {module.UNICODE_VERSION}, this Python has {unicodedata.unidata_version}")
    return module
