from edgenlp.testing import EncoderConformance
from edgenlp_cmow import CMOWEncoder
from edgenlp_cmow.config import CMOWConfig


class TestCMOW(EncoderConformance):
    encoder = CMOWEncoder()
    config = CMOWConfig(vocabulary_size=86, matrix_size=4, vector_size=6)


class TestLowRankCMOW(EncoderConformance):
    encoder = CMOWEncoder()
    config = CMOWConfig(vocabulary_size=86, matrix_size=5, vector_size=6, rank=2)
