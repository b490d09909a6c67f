package edgenlp.text

/**
 * What some code points become: none, one or several others.
 *
 * @param points those code points, ascending.
 * @param lengths how many each becomes.
 * @property pool what they become, one after another.
 */
internal class Strings(private val points: IntArray, lengths: ByteArray, val pool: IntArray) {
    private val starts = IntArray(points.size + 1)

    init {
        for (i in points.indices) starts[i + 1] = starts[i] + lengths[i]
    }

    /** The place of [point] among the code points that become something else; negative where it is none of them. */
    fun find(point: Int): Int = points.binarySearch(point)

    /** Where in [pool] the string at [place] begins. */
    fun start(place: Int): Int = starts[place]

    /** Where it ends. */
    fun end(place: Int): Int = starts[place + 1]
}
