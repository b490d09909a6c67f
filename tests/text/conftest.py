"""The generators of the Unicode tables, for tests that hold them against Python's own Unicode data."""

import unicodedata

import pytest

import make_bert_table
import make_unicode_table


@pytest.fixture(scope="module")
def tool():
    return generator(make_unicode_table)


@pytest.fixture(scope="module")
def bert():
    return generator(make_bert_table)


def generator(module):
    version = make_unicode_table.UNICODE_VERSION
    if unicodedata.unidata_version != version:
        pytest.skip(f"the table is of Unicode {version}, this Python has {unicodedata.unidata_version}")
    return module
