package edgenlp.text

/**
 * The Unicode table of every platform, `unicode.bin` (docs/text-spec.md): nothing here asks the platform's own tables,
 * which differ from one version of Android to the next.
 */
internal object UnicodeTable {
    /** The character class of every code point. */
    val classes: Classes

    private val combiningStarts: IntArray
    private val combiningClasses: ByteArray

    /** Case and compatibility folding, fully decomposed; Hangul syllables, decomposed by arithmetic, are not in it. */
    val foldings: Strings

    init {
        val table = TableReader.open("unicode.bin")
        classes = table.classes()
        combiningStarts = table.numbers()
        combiningClasses = table.bytes(combiningStarts.size)
        foldings = table.strings()
    }

    /** The canonical combining class of a code point. */
    fun combiningClass(point: Int): Int =
        if (point < FIRST_COMBINING) 0 else combiningClasses[rangeOf(combiningStarts, point)].toInt() and 0xFF

    private const val FIRST_COMBINING = 0x300
}
