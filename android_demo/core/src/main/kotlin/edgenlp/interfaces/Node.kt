package edgenlp.interfaces

import edgenlp.text.Segmentation

/**
 * A node of a parse: intents and slots alternate from the root, which is an intent.
 *
 * @property label as in the data, such as `IN:GET_WEATHER` or `artist`.
 * @property spans a leaf's words, several spans where they are apart; empty for nodes with children.
 * @property children slots of an intent, or the intent nested in a slot.
 */
data class Node(val label: String, val spans: List<Span> = emptyList(), val children: List<Node> = emptyList()) {
    /** Spans of all leaves below this node in text order, a leaf's own where it is one. */
    fun covered(): List<Span> =
        if (children.isEmpty()) spans else children.flatMap { it.covered() }.sortedWith(IN_TEXT_ORDER)

    /** Where the words of this node stand in [text]: its leaves' spans, those with no token between them as one. */
    fun covering(text: String): List<Span> {
        val merged = ArrayList<Span>()
        for (span in covered()) {
            val before = merged.lastOrNull()
            if (before == null || Segmentation.hasToken(text, before.end, span.start)) {
                merged.add(span)
            } else {
                merged[merged.size - 1] = Span(before.start, span.end)
            }
        }
        return merged
    }

    /** The tree in MTOP's bracketed form, words taken from [text]. */
    fun bracketed(text: String): String = StringBuilder().also { bracket(text, it) }.toString()

    private fun bracket(text: String, out: StringBuilder) {
        out.append('[').append(label)
        val words = spans.joinToString(" ") { text.substring(it.start, it.end) }
        if (words.isNotEmpty()) out.append(' ').append(words)
        for (child in children) {
            out.append(' ')
            child.bracket(text, out)
        }
        out.append(" ]")
    }

    private companion object {
        val IN_TEXT_ORDER = Comparator<Span> { a, b -> if (a.start != b.start) a.start - b.start else a.end - b.end }
    }
}
