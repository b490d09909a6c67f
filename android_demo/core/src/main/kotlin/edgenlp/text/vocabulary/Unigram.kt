package edgenlp.text.vocabulary

import edgenlp.interfaces.PieceTokens
import edgenlp.interfaces.TokenList
import edgenlp.text.CHARACTER
import edgenlp.text.CLUSTER
import edgenlp.text.CodePoints
import edgenlp.text.DIGIT
import edgenlp.text.EXTENDERS
import edgenlp.text.JOINER
import edgenlp.text.KATAKANA
import edgenlp.text.LETTER
import edgenlp.text.LOWER
import edgenlp.text.OTHER
import edgenlp.text.REGIONAL
import edgenlp.text.SEPARATOR
import edgenlp.text.Scanner
import edgenlp.text.UPPER
import edgenlp.text.UnicodeTable
import edgenlp.text.VOWEL
import edgenlp.text.addFolded
import edgenlp.text.sortMarks

/**
 * The pieces of a word whose costs sum to the least (Kudo 2018; docs/text-spec.md, Unigram), in whole numbers.
 *
 * @param pieces distinct, `[PAD]` and `[UNK]` among them.
 * @param costs of each piece.
 */
internal class Unigram(pieces: List<String>, private val costs: IntArray) : Vocabulary {
    override val padding = pieces.indexOf(PADDING)
    private val unknown = pieces.indexOf(UNKNOWN)
    private val table = PieceTable(pieces.map { if (it in SPECIAL) IntArray(0) else codePoints(it) })
    private val unknownCost: Long =
        UNKNOWN_COST + (pieces.indices.filter { pieces[it] !in SPECIAL }.maxOfOrNull { costs[it] } ?: 0)

    override fun tokenize(text: String, limit: Int): PieceTokens {
        val found = TokenList(limit)
        val word = Word()
        val scanner = Scanner(text, UnicodeTable.classes)
        scanner.skip(SEPARATOR)
        while (scanner.next != 0) {
            val start = scanner.position
            val marked = scanner.next and MARKED != 0
            scanner.word()
            word.fold(text, start, scanner.position, marked)
            if (!word.cut(found)) break
            scanner.skip(SEPARATOR)
        }
        return found.pieces(text)
    }

    private fun Scanner.word() {
        val first = next
        advance()
        when (first) {
            UPPER, LOWER, LETTER -> skip(UPPER or LOWER or LETTER or EXTENDERS, MAX_WORD - 1)
            DIGIT -> skip(DIGIT or EXTENDERS, MAX_WORD - 1)
            VOWEL, CLUSTER -> skip(VOWEL or CLUSTER or EXTENDERS, MAX_WORD - 1)
            CHARACTER, KATAKANA -> skip(CHARACTER or KATAKANA or EXTENDERS, MAX_WORD - 1)
            REGIONAL -> {
                skip(REGIONAL, 1)
                skip(EXTENDERS, MAX_WORD - 2)
            }
            OTHER -> {
                skip(EXTENDERS, MAX_JOINED)
                var joined = 0
                while (joined++ < MAX_JOINED && last == JOINER && next == OTHER) {
                    advance()
                    skip(EXTENDERS, MAX_JOINED)
                }
            }
            else -> skip(EXTENDERS, MAX_WORD - 1)
        }
    }

    /** A word, folded, each code point with its source: the place in the text that it came from. */
    private inner class Word {
        private val folded = CodePoints(FIRST)
        private var sources = IntArray(FIRST)
        private var least = LongArray(FIRST)
        private var lastId = IntArray(FIRST)
        private var lastStart = IntArray(FIRST)
        private var pathIds = IntArray(FIRST)
        private var pathEnds = IntArray(FIRST)

        fun fold(text: String, start: Int, end: Int, marked: Boolean) {
            folded.clear()
            if (marked) folded.add(WORD_BEGIN)
            source(0, start)
            val head = folded.size
            var position = start
            while (position < end) {
                val point = text.codePointAt(position)
                val before = folded.size
                folded.addFolded(point)
                source(before, position)
                position += Character.charCount(point)
            }
            if (folded.size == head) folded.clear()
            sources[folded.size] = end
            folded.sortMarks(minOf(head, folded.size))
            for (i in 0 until folded.size) if (folded.points[i] == SPACE) folded.points[i] = WORD_BEGIN
        }

        private fun source(from: Int, position: Int) {
            if (sources.size <= folded.size) sources = sources.copyOf(2 * folded.size + 1)
            for (i in from until folded.size) sources[i] = position
        }

        /** Adds the pieces of the path of least cost; false where there is one too many. */
        fun cut(found: TokenList): Boolean {
            search()
            var start = 0
            for (i in path() - 1 downTo 0) {
                if (!found.add(sources[start], sources[pathEnds[i]], pathIds[i])) return false
                start = pathEnds[i]
            }
            return true
        }

        private fun search() {
            val length = folded.size
            if (least.size <= length) {
                least = LongArray(2 * length + 1)
                lastId = IntArray(2 * length + 1)
                lastStart = IntArray(2 * length + 1)
                pathIds = IntArray(2 * length + 1)
                pathEnds = IntArray(2 * length + 1)
            }
            least.fill(Long.MAX_VALUE, 0, length + 1)
            least[0] = 0
            for (start in 0 until length) {
                var hash = 0
                for (end in start + 1..minOf(length, start + maxOf(1, table.longest))) {
                    hash = table.grow(hash, folded.points[end - 1])
                    var id = table.find(folded.points, start, end, hash)
                    val cost = when {
                        id >= 0 -> costs[id].toLong()
                        end == start + 1 -> unknownCost
                        else -> continue
                    }
                    if (id < 0) id = unknown
                    val total = least[start] + cost
                    if (total < least[end]) {
                        least[end] = total
                        lastId[end] = id
                        lastStart[end] = start
                    }
                }
            }
        }

        /** Fills [pathIds] and [pathEnds], last piece first, and says how many there are; unknown ones that touch are one. */
        private fun path(): Int {
            var count = 0
            var end = folded.size
            while (end > 0) {
                if (count == 0 || lastId[end] != unknown || pathIds[count - 1] != unknown) {
                    pathIds[count] = lastId[end]
                    pathEnds[count++] = end
                }
                end = lastStart[end]
            }
            return count
        }
    }

    private companion object {
        const val WORD_BEGIN = 0x2581
        const val SPACE = 0x20
        const val UNKNOWN_COST = 2560L
        const val MAX_WORD = 64
        const val MAX_JOINED = 15
        const val FIRST = 128
        val MARKED = UPPER or LOWER or LETTER or DIGIT
        val SPECIAL = setOf(PADDING, UNKNOWN, MASK)
    }
}
