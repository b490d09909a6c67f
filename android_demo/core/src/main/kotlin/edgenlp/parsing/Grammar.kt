package edgenlp.parsing

/** Which tags may follow each other, and which intent allows which (docs/text-spec.md, Trees). */
internal class Grammar(private val labels: Labels) {
    /** The kind of each tag. */
    val kinds: CharArray = CharArray(labels.tags.size) { labels.tags[it].kind }

    /** The number of each tag's path, in rising order of paths; [NOWHERE] for `O`. */
    val paths: IntArray

    /** How many paths there are. */
    val pathCount: Int

    private val isLegal = labels.legal.map { row -> BooleanArray(kinds.size).also { for (tag in row) it[tag] = true } }

    init {
        val ordered = labels.tags.drop(1).map { it.path }.distinct().sortedWith(IN_PATH_ORDER)
        val numbers = ordered.withIndex().associate { (number, path) -> path to number }
        paths = IntArray(kinds.size) { numbers[labels.tags[it].path] ?: NOWHERE }
        pathCount = ordered.size
    }

    /** Whether [tag] is well-formed whatever stands before it. */
    fun fitsAnywhere(tag: Int): Boolean = kinds[tag] != Tag.INSIDE && kinds[tag] != Tag.CONTINUE

    /** Whether [tag] may stand under [intent]. */
    fun allows(intent: Int, tag: Int): Boolean = isLegal[intent][tag]

    /** Whether the intent and the first [count] tags are well-formed together, and all seen in training. */
    fun allows(intent: Int, tags: IntArray, count: Int): Boolean {
        var before = NOWHERE
        var gap = NOWHERE
        for (i in 0 until count) {
            val tag = tags[i]
            if (!isLegal[intent][tag]) return false
            val path = paths[tag]
            when (kinds[tag]) {
                Tag.INSIDE -> if (path != before) return false
                Tag.CONTINUE -> {
                    if (path == before || (gap != NOWHERE && gap != path) || !hasBegun(path, tags, i)) return false
                    gap = path
                }
            }
            before = path
        }
        return true
    }

    private fun hasBegun(path: Int, tags: IntArray, count: Int): Boolean {
        for (i in 0 until count) if (paths[tags[i]] == path && kinds[tags[i]] == Tag.BEGIN) return true
        return false
    }

    companion object {
        /** The path of `O`, and of no token. */
        const val NOWHERE = -1

        /** Label by label, labels by code points. */
        private val IN_PATH_ORDER = Comparator<List<String>> { a, b ->
            for (i in 0 until minOf(a.size, b.size)) {
                val order = compareCodePoints(a[i], b[i])
                if (order != 0) return@Comparator order
            }
            a.size - b.size
        }

        private fun compareCodePoints(a: String, b: String): Int {
            var i = 0
            while (i < a.length && i < b.length) {
                val order = a.codePointAt(i) - b.codePointAt(i)
                if (order != 0) return order
                i += Character.charCount(a.codePointAt(i))
            }
            return a.length - b.length
        }
    }
}

/** Which of [count] values from [from] on is the greatest, the first of equals. */
internal fun greatest(values: FloatArray, from: Int, count: Int): Int {
    var best = 0
    for (i in 1 until count) if (values[from + i] > values[from + best]) best = i
    return best
}
