package edgenlp.text

/** Code points in a buffer that is used again and again. */
internal class CodePoints(capacity: Int) {
    /** The code points; the first [size] count. */
    var points = IntArray(capacity)
        private set

    var size = 0
        private set

    fun clear() {
        size = 0
    }

    fun add(point: Int) {
        if (size == points.size) points = points.copyOf(2 * size)
        points[size++] = point
    }

    fun add(strings: Strings, place: Int) {
        for (i in strings.start(place) until strings.end(place)) add(strings.pool[i])
    }

    /** Keeps the first [most]. */
    fun cut(most: Int) {
        if (size > most) size = most
    }

    override fun toString() = String(points, 0, size)
}
