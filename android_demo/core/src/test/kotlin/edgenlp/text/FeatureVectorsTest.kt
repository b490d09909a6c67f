package edgenlp.text

import edgenlp.Repository
import edgenlp.pqrnn.GOLDEN_SETTINGS
import edgenlp.pqrnn.MAX_CODE_POINTS
import edgenlp.pqrnn.Pqrnn
import edgenlp.pqrnn.PqrnnFeaturizer
import edgenlp.pqrnn.rows
import edgenlp.utf16
import org.junit.Assert.assertEquals
import org.junit.Test
import java.security.MessageDigest

/** The golden strings of all scripts and oddities: the same tokens, normalised tokens and features as in Python. */
class FeatureVectorsTest {
    private val featurizer = Pqrnn.featurizer(GOLDEN_SETTINGS, emptyMap()) as PqrnnFeaturizer

    @Test
    fun `every golden string has the features of Python`() {
        var count = 0
        for (vector in Repository.lines("tests/golden/features.jsonl")) {
            val text = vector["text"] as String
            val tokens = featurizer.tokenize(text, LIMIT)
            assertEquals(text, utf16(text, vector["spans"]), tokens.spans)
            assertEquals(text, vector["truncated"], tokens.truncated)
            val normal = CodePoints(1)
            val normalized = tokens.spans.map { (start, end) ->
                normal.normalize(text, start, end, MAX_CODE_POINTS)
                normal.toString()
            }
            assertEquals(text, vector["normalized"], normalized)
            assertEquals(text, vector["sha256"], sha256(featurizer.rows(tokens)))
            count++
        }
        assert(count > 200) { "only $count golden strings" }
    }

    private fun sha256(bytes: ByteArray): String =
        MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }

    private companion object {
        const val LIMIT = 32
    }
}
