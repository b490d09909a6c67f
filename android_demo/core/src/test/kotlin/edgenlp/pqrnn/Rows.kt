package edgenlp.pqrnn

import edgenlp.interfaces.Tokens
import edgenlp.settings
import java.io.ByteArrayOutputStream

/** The settings of tests/golden/features.jsonl. */
internal val GOLDEN_SETTINGS = settings(
    "segmentation" to "unicode",
    "word_features" to 128L,
    "ngram_features" to 128L,
    "ngram_min" to 1L,
    "ngram_max" to 4L,
    "ngram_mode" to "sum",
    "shape_features" to true,
)

/** The int8 features of all tokens, one after another. */
internal fun PqrnnFeaturizer.rows(tokens: Tokens): ByteArray {
    val out = ByteArrayOutputStream()
    val row = FloatArray(width)
    writeRows(tokens, row) { for (value in row) out.write(value.toInt()) }
    return out.toByteArray()
}
