package edgenlp.interfaces

/**
 * A place in the caller's text, half-open, in UTF-16 units: `text.substring(start, end)`.
 */
data class Span(val start: Int, val end: Int) {
    // the compiler's own asks Integer for more than Android has before version 7
    override fun hashCode(): Int = 31 * start + end
}

/**
 * One text cut into tokens.
 *
 * @property text the caller's string, untouched.
 * @property size how many tokens there are.
 * @property truncated true where the text held more tokens than were asked for.
 */
open class Tokens(
    val text: String,
    private val bounds: IntArray,
    val size: Int,
    val truncated: Boolean,
) {
    /** Where token [index] begins, in UTF-16 units. */
    fun start(index: Int): Int = bounds[2 * index]

    /** Where token [index] ends. */
    fun end(index: Int): Int = bounds[2 * index + 1]

    /** Where token [index] stands. */
    fun span(index: Int): Span = Span(start(index), end(index))

    /** Where all tokens stand. */
    val spans: List<Span> get() = List(size, ::span)
}

/**
 * A text cut into pieces of a vocabulary.
 *
 * @property ids of the pieces; the first [size] count.
 */
class PieceTokens(text: String, bounds: IntArray, size: Int, truncated: Boolean, val ids: IntArray) :
    Tokens(text, bounds, size, truncated)

/** Collects spans, and an id for each where there is one. */
internal class TokenList(private val limit: Int) {
    private var bounds = IntArray(2 * minOf(limit, FIRST))
    private var ids = IntArray(minOf(limit, FIRST))
    private var size = 0
    private var truncated = false

    /** Takes one token more; false where it is one too many. */
    fun add(start: Int, end: Int, id: Int = 0): Boolean {
        if (size == limit) {
            truncated = true
            return false
        }
        if (size == ids.size) {
            bounds = bounds.copyOf(4 * size + 2)
            ids = ids.copyOf(2 * size + 1)
        }
        bounds[2 * size] = start
        bounds[2 * size + 1] = end
        ids[size++] = id
        return true
    }

    fun tokens(text: String) = Tokens(text, bounds, size, truncated)

    fun pieces(text: String) = PieceTokens(text, bounds, size, truncated, ids)

    private companion object {
        const val FIRST = 32
    }
}
