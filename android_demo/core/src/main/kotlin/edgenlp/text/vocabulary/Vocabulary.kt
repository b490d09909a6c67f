package edgenlp.text.vocabulary

import edgenlp.interfaces.PieceTokens

/** A fixed set of pieces into which texts are cut (docs/text-spec.md, Vocabularies); threads may share it. */
interface Vocabulary {
    /** The id that stands for no piece, that of `[PAD]`. */
    val padding: Int

    /** Cuts [text] into its first [limit] pieces; no special piece is added. */
    fun tokenize(text: String, limit: Int): PieceTokens
}

/** The code points of a piece. */
internal fun codePoints(piece: String, from: Int = 0): IntArray {
    val points = IntArray(piece.codePointCount(from, piece.length))
    var position = from
    for (i in points.indices) {
        points[i] = piece.codePointAt(position)
        position += Character.charCount(points[i])
    }
    return points
}
