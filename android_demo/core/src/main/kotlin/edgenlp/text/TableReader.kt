package edgenlp.text

import java.io.ByteArrayOutputStream
import java.io.InputStream

/** Reads the sections of a table file one after another (docs/text-spec.md). All numbers are little-endian. */
internal class TableReader private constructor(private val content: ByteArray) {
    private var position = MAGIC_BYTES

    /** A count, and as many numbers. */
    fun numbers(): IntArray {
        val numbers = IntArray(number())
        for (i in numbers.indices) numbers[i] = number()
        return numbers
    }

    /** [count] bytes. */
    fun bytes(count: Int): ByteArray {
        position += count
        return content.copyOfRange(position - count, position)
    }

    /** The class of every code point. */
    fun classes(): Classes {
        val starts = numbers()
        return Classes(starts, bytes(starts.size))
    }

    /** What code points become. */
    fun strings(): Strings {
        val points = numbers()
        val lengths = bytes(points.size)
        return Strings(points, lengths, numbers())
    }

    private fun number(): Int {
        var value = 0
        for (i in 3 downTo 0) value = value shl 8 or (content[position + i].toInt() and 0xFF)
        position += 4
        return value
    }

    companion object {
        private const val MAGIC_BYTES = 8

        /** The table file of this name among the resources. */
        fun open(name: String): TableReader {
            val stream = TableReader::class.java.getResourceAsStream("/edgenlp/$name")
                ?: throw IllegalStateException("the app was packed without the Java resource edgenlp/$name")
            return TableReader(stream.use(::readAll))
        }

        private fun readAll(stream: InputStream): ByteArray {
            val out = ByteArrayOutputStream()
            stream.copyTo(out)
            return out.toByteArray()
        }
    }
}
