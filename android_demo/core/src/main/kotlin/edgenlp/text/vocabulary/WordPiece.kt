package edgenlp.text.vocabulary

import edgenlp.interfaces.PieceTokens
import edgenlp.interfaces.TokenList
import edgenlp.text.CodePoints
import edgenlp.text.Scanner

/**
 * BERT's tokenizer: words by white space and punctuation, then the longest pieces of each from left to right.
 *
 * @param pieces distinct, `[PAD]` and `[UNK]` among them, those that continue a word with `##` before them.
 * @param lowercase whether case and accents are folded before pieces are looked up.
 */
internal class WordPiece(pieces: List<String>, private val lowercase: Boolean) : Vocabulary {
    override val padding = pieces.indexOf(PADDING)
    private val unknown = pieces.indexOf(UNKNOWN)
    private val initial = PieceTable(pieces.map { codePoints(it) })
    private val continuing =
        PieceTable(pieces.map { if (it.startsWith(CONTINUATION)) codePoints(it, CONTINUATION.length) else IntArray(0) })
    private val classes = if (lowercase) BertTable.uncased else BertTable.cased

    override fun tokenize(text: String, limit: Int): PieceTokens {
        val found = TokenList(limit)
        val run = Run()
        val scanner = Scanner(text, classes)
        while (scanner.next != 0) {
            val start = scanner.position
            val first = scanner.next
            scanner.advance()
            when (first) {
                BertTable.SIGN -> scanner.skip(BertTable.NOTHING)
                BertTable.LETTER, BertTable.MIXED -> scanner.skip(IN_RUN)
                else -> continue
            }
            run.fold(text, start, scanner.position)
            if (!run.cut(found)) break
        }
        return found.pieces(text)
    }

    /** A run of code points, folded, each with its source: the place in the text that it came from. */
    private inner class Run {
        private val folded = CodePoints(FIRST)
        private val scratch = CodePoints(FIRST)
        private var sources = IntArray(FIRST)
        private var ids = IntArray(FIRST)
        private var ends = IntArray(FIRST)

        fun fold(text: String, start: Int, end: Int) {
            folded.clear()
            var position = start
            while (position < end) {
                val point = text.codePointAt(position)
                val before = folded.size
                if (lowercase) BertTable.addForm(point, folded, scratch) else folded.add(point)
                source(before, position)
                position += Character.charCount(point)
            }
            source(folded.size, end)
            sources[folded.size] = end
        }

        private fun source(from: Int, position: Int) {
            if (sources.size <= folded.size) sources = sources.copyOf(2 * folded.size + 1)
            for (i in from until folded.size) sources[i] = position
        }

        /** Adds the pieces of all words of the run; false where there is one too many. */
        fun cut(found: TokenList): Boolean {
            var start = 0
            while (start < folded.size) {
                val first = classes.of(folded.points[start])
                var end = start + 1
                if (first == BertTable.LETTER) {
                    while (end < folded.size && classes.of(folded.points[end]) == BertTable.LETTER) end++
                } else if (first != BertTable.SIGN) {
                    start = end
                    continue
                }
                if (!word(start, end, found)) return false
                start = end
            }
            return true
        }

        private fun word(start: Int, end: Int, found: TokenList): Boolean {
            val count = pieces(start, end)
            if (count == 0) return found.add(sources[start], sources[end], unknown)
            var place = start
            for (i in 0 until count) {
                if (!found.add(sources[place], sources[ends[i]], ids[i])) return false
                place = ends[i]
            }
            return true
        }

        /** Fills [ids] and [ends] and returns how many pieces there are; 0 where some part of the word is in none. */
        private fun pieces(start: Int, end: Int): Int {
            if (tooLong(start, end)) return 0
            var count = 0
            var place = start
            while (place < end) {
                val table = if (place == start) initial else continuing
                var hash = 0
                var id = -1
                var pieceEnd = place
                for (i in place until minOf(end, place + table.longest)) {
                    hash = table.grow(hash, folded.points[i])
                    val number = table.find(folded.points, place, i + 1, hash)
                    if (number >= 0) {
                        id = number
                        pieceEnd = i + 1
                    }
                }
                if (id < 0) return 0
                if (count == ids.size) {
                    ids = ids.copyOf(2 * count)
                    ends = ends.copyOf(2 * count)
                }
                ids[count] = id
                ends[count++] = pieceEnd
                place = pieceEnd
            }
            return count
        }

        private fun tooLong(start: Int, end: Int): Boolean {
            if (end - start > MAX_WORD_BYTES) return true
            var bytes = 0
            for (i in start until end) bytes += utf8Bytes(folded.points[i])
            return bytes > MAX_WORD_BYTES
        }
    }

    private companion object {
        const val CONTINUATION = "##"
        const val MAX_WORD_BYTES = 100
        const val FIRST = 64
        val IN_RUN = BertTable.LETTER or BertTable.MIXED or BertTable.NOTHING

        fun utf8Bytes(point: Int) = when {
            point < 0x80 -> 1
            point < 0x800 -> 2
            point < 0x10000 -> 3
            else -> 4
        }
    }
}
