package edgenlp.text

/**
 * Reads the classes of a text's code points from left to right.
 *
 * Lone surrogates are code points like others.
 *
 * @param end where reading ends, in UTF-16 units.
 */
internal class Scanner(private val text: String, private val classes: Classes, start: Int = 0, private val end: Int = text.length) {
    /** Where the code point stands that is next, in UTF-16 units. */
    var position = start
        private set

    /** The class of the code point that is next, as a bit; 0 at the end. */
    var next = 0
        private set

    /** The class of the code point before it. */
    var last = 0
        private set

    private var width = 0

    init {
        look()
    }

    /** Goes on by one code point. */
    fun advance() {
        position += width
        last = next
        look()
    }

    /** Goes on over at most [most] code points whose class is in [set]. */
    fun skip(set: Int, most: Int = Int.MAX_VALUE) {
        var left = most
        while (next and set != 0 && left-- > 0) advance()
    }

    private fun look() {
        if (position >= end) {
            next = 0
            width = 0
            return
        }
        val point = text.codePointAt(position)
        width = if (point > 0xFFFF) 2 else 1
        next = classes.of(point)
    }
}
