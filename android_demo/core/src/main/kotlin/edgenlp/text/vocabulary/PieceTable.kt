package edgenlp.text.vocabulary

/**
 * Pieces found by their code points, without making strings.
 *
 * A piece's hash grows code point by code point, so that all parts that begin at one place are looked up in one pass:
 * start from 0, and pass each code point to [grow].
 */
internal class PieceTable(private val pieces: List<IntArray>) {
    /** Code points of the longest piece. */
    val longest: Int = pieces.maxOfOrNull { it.size } ?: 0

    private val shift = Integer.numberOfLeadingZeros(2 * maxOf(pieces.size, 1))
    private val slots = IntArray(1 shl 32 - shift)

    init {
        for (number in pieces.indices) {
            val piece = pieces[number]
            if (piece.isEmpty()) continue
            var slot = slot(piece.fold(0, ::grow))
            while (slots[slot] != 0) slot = after(slot)
            slots[slot] = number + 1
        }
    }

    /** The hash with one code point more. */
    fun grow(hash: Int, point: Int): Int = hash * FACTOR + point

    /** The number of the piece that `points` from [start] to [end] are, by their [hash]; negative where they are none. */
    fun find(points: IntArray, start: Int, end: Int, hash: Int): Int {
        var slot = slot(hash)
        while (true) {
            val number = slots[slot] - 1
            if (number < 0 || isPiece(pieces[number], points, start, end)) return number
            slot = after(slot)
        }
    }

    private fun isPiece(piece: IntArray, points: IntArray, start: Int, end: Int): Boolean {
        if (piece.size != end - start) return false
        for (i in piece.indices) if (piece[i] != points[start + i]) return false
        return true
    }

    private fun slot(hash: Int) = hash * SPREAD ushr shift

    private fun after(slot: Int) = slot + 1 and slots.size - 1

    private companion object {
        const val FACTOR = 0x01000193
        const val SPREAD = -0x61C88647
    }
}
