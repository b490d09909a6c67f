package edgenlp.artifact

import edgenlp.Problem
import edgenlp.fail
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.CRC32
import java.util.zip.DataFormatException
import java.util.zip.Inflater

/**
 * The files at the end of a model file, which is a zip archive behind a flatbuffer.
 *
 * Nothing is trusted: sizes are checked before anything is inflated, and places before anything is read.
 *
 * @property start where the archive begins, and the flatbuffer ends.
 * @property files their contents by name.
 */
internal class ZipArchive private constructor(val start: Int, val files: Map<String, ByteArray>) {
    private class Entry(val name: String, val method: Int, val crc: Int, val packed: Int, val size: Int, val place: Int)

    private class Reader(source: ByteBuffer) {
        private val data: ByteBuffer = source.duplicate().order(ByteOrder.LITTLE_ENDIAN)
        private val size = data.limit()

        fun read(): ZipArchive? {
            val end = findEnd() ?: return null
            val entries = entries(end)
            check(entries)
            val files = LinkedHashMap<String, ByteArray>()
            for (entry in entries) files[entry.name] = content(entry)
            return ZipArchive(entries.minOf { it.place }, files)
        }

        private fun findEnd(): Int? {
            for (place in size - END_SIZE downTo maxOf(0, size - END_SIZE - MAX_COMMENT)) {
                if (data.getInt(place) == END) return place
            }
            return null
        }

        private fun entries(end: Int): List<Entry> {
            val count = short(end + 10)
            val length = int(end + 12)
            val directory = end - length
            // what precedes the archive may be counted in its offsets or not
            val shift = directory - int(end + 16)
            if (count == 0 || directory < 0 || shift < 0) damaged()
            if (count > MAX_FILES) tooMuch("$count associated files")
            var place = directory
            return List(count) {
                if (int(place) != DIRECTORY_ENTRY) damaged()
                if (short(place + 8) and ENCRYPTED != 0) damaged()
                val name = bytes(place + 46, short(place + 28))
                val entry = Entry(
                    utf8(name),
                    short(place + 10),
                    int(place + 16),
                    int(place + 20),
                    int(place + 24),
                    int(place + 42) + shift,
                )
                place += 46 + name.size + short(place + 30) + short(place + 32)
                entry
            }
        }

        private fun check(entries: List<Entry>) {
            if (entries.mapTo(HashSet()) { it.name }.size < entries.size) damaged()
            for (entry in entries) {
                if (entry.size < 0 || entry.size > MAX_FILE_BYTES) tooMuch("the associated file '${entry.name}'")
                if (entry.packed < 0) damaged()
            }
            if (entries.fold(0L) { sum, entry -> sum + entry.size } > MAX_TOTAL_BYTES) tooMuch("the associated files")
        }

        private fun content(entry: Entry): ByteArray {
            val place = entry.place
            if (int(place) != FILE) damaged()
            val packed = bytes(place + 30 + short(place + 26) + short(place + 28), entry.packed)
            val content = when (entry.method) {
                STORED -> packed
                DEFLATED -> inflated(packed, entry.size)
                else -> damaged()
            }
            val crc = CRC32().apply { update(content) }.value.toInt()
            if (content.size != entry.size || crc != entry.crc) damaged()
            return content
        }

        private fun inflated(packed: ByteArray, size: Int): ByteArray {
            val inflater = Inflater(true)
            try {
                inflater.setInput(packed)
                val content = ByteArray(size)
                var done = 0
                while (done < size) {
                    val more = inflater.inflate(content, done, size - done)
                    if (more == 0) damaged()
                    done += more
                }
                return content
            } catch (error: DataFormatException) {
                damaged(error)
            } finally {
                inflater.end()
            }
        }

        private fun int(place: Int): Int = if (place in 0..size - 4) data.getInt(place) else damaged()

        private fun short(place: Int): Int = if (place in 0..size - 2) data.getShort(place).toInt() and 0xFFFF else damaged()

        private fun bytes(place: Int, count: Int): ByteArray {
            if (place < 0 || count > size - place) damaged()
            return ByteArray(count).also {
                data.position(place)
                data.get(it)
            }
        }
    }

    companion object {
        private const val MAX_FILES = 64
        private const val MAX_FILE_BYTES = 32 shl 20
        private const val MAX_TOTAL_BYTES = 64L shl 20

        private const val END = 0x06054B50
        private const val DIRECTORY_ENTRY = 0x02014B50
        private const val FILE = 0x04034B50
        private const val END_SIZE = 22
        private const val MAX_COMMENT = 0xFFFF
        private const val ENCRYPTED = 1
        private const val STORED = 0
        private const val DEFLATED = 8

        /** The archive at the end of [data]; null where there is none. */
        fun read(data: ByteBuffer): ZipArchive? = try {
            Reader(data).read()
        } catch (error: IllegalArgumentException) {
            damaged(error)
        }

        private fun damaged(cause: Throwable? = null): Nothing =
            fail(Problem.DAMAGED, "The model's associated files are damaged; copy or download the file again.", cause)

        private fun tooMuch(what: String): Nothing =
            fail(Problem.DAMAGED, "The model is larger than one may be ($what); it is not one of edgenlp.")
    }
}
