package edgenlp.text

/**
 * The class of every code point.
 *
 * A class is held as a bit, so that a set of classes is a number: [bit] of a letter, [setOf] letters.
 *
 * @param starts the first code points of ranges, ascending from 0.
 * @param letters the class letter of each range.
 */
internal class Classes(private val starts: IntArray, private val letters: ByteArray) {
    private val plane = ByteArray(PLANE)

    init {
        for (range in starts.indices) {
            val end = if (range + 1 < starts.size) minOf(starts[range + 1], PLANE) else PLANE
            val number = (letters[range] - 'a'.code.toByte()).toByte()
            for (point in starts[range] until end) plane[point] = number
        }
    }

    /** The class of a code point, as a bit. */
    fun of(point: Int): Int =
        if (point < PLANE) 1 shl plane[point].toInt() else 1 shl letters[rangeOf(starts, point)] - 'a'.code.toByte()

    companion object {
        private const val PLANE = 0x10000

        fun bit(letter: Char): Int = 1 shl (letter - 'a')

        fun setOf(letters: String): Int = letters.fold(0) { set, letter -> set or bit(letter) }
    }
}

/** The range that holds [point], of those that begin at [starts]. */
internal fun rangeOf(starts: IntArray, point: Int): Int {
    val place = starts.binarySearch(point)
    return if (place >= 0) place else -place - 2
}
