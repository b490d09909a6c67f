package edgenlp.pqrnn

import edgenlp.interfaces.Featurizer
import edgenlp.interfaces.TensorType
import edgenlp.interfaces.TensorType.Kind
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens
import edgenlp.text.CodePoints
import edgenlp.text.Segmentation
import edgenlp.text.normalize

/**
 * Cuts text into tokens and gives each a row of features that depends on the token alone (docs/text-spec.md, Features
 * of pQRNN): those of the whole token, of its character n-grams, and of its spelling.
 */
internal class PqrnnFeaturizer(
    private val segmentation: Segmentation,
    private val word: WordProjection,
    private val ngrams: NgramProjection,
    private val shape: Boolean,
) : Featurizer {
    /** How many features a token has. */
    val width: Int = word.features + ngrams.features + if (shape) Shape.FEATURES else 0

    override fun tokenize(text: String, limit: Int): Tokens = segmentation.tokens(text, limit)

    override fun inputs(length: Int): Map<String, TensorType> = mapOf(
        FEATURES to TensorType(Kind.FLOAT32, intArrayOf(1, length, width)),
        MASK to TensorType(Kind.FLOAT32, intArrayOf(1, length)),
    )

    override fun write(tokens: Tokens, inputs: Tensors) {
        val features = inputs.getValue(FEATURES)
        val mask = inputs.getValue(MASK)
        val row = FloatArray(width)
        writeRows(tokens, row) { index -> features.write(index * width, row) }
        row.fill(0f)
        val length = mask.type.size
        for (index in tokens.size until length) features.write(index * width, row)
        mask.write(0, FloatArray(length) { index -> if (index < tokens.size) 1f else 0f })
    }

    /** Makes each token's features in [row], one after another, for [take] to take. */
    inline fun writeRows(tokens: Tokens, row: FloatArray, take: (Int) -> Unit) {
        val normal = CodePoints(2 * MAX_CODE_POINTS)
        val scratch = NgramProjection.Scratch()
        for (index in 0 until tokens.size) {
            writeRow(tokens, index, row, normal, scratch)
            take(index)
        }
    }

    fun writeRow(tokens: Tokens, index: Int, row: FloatArray, normal: CodePoints, scratch: NgramProjection.Scratch) {
        val start = tokens.start(index)
        val end = tokens.end(index)
        normal.normalize(tokens.text, start, end, MAX_CODE_POINTS)
        word.write(normal, row, 0)
        ngrams.write(normal, row, word.features, scratch)
        if (shape) Shape.write(tokens.text, start, end, row, word.features + ngrams.features)
    }

    private companion object {
        const val FEATURES = "features"
        const val MASK = "mask"
    }
}
