package edgenlp.pqrnn

import edgenlp.text.DIGIT
import edgenlp.text.LOWER
import edgenlp.text.OTHER
import edgenlp.text.Scanner
import edgenlp.text.UPPER
import edgenlp.text.UnicodeTable

/** Whether a token is lower, Initial, UPPER or miXed case, has digits or signs, and is long. */
internal object Shape {
    /** How many features there are. */
    const val FEATURES = 10

    /** Writes the features of the token that stands in [text] from [start] to [end] to [row], from [offset] on. */
    fun write(text: String, start: Int, end: Int, row: FloatArray, offset: Int) {
        val scanner = Scanner(text, UnicodeTable.classes, start, end)
        val first = scanner.next
        var upper = 0
        var lower = 0
        var classes = 0
        var length = 0
        while (scanner.next != 0 && length < MAX_CODE_POINTS) {
            if (scanner.next == UPPER) upper++
            if (scanner.next == LOWER) lower++
            classes = classes or scanner.next
            length++
            scanner.advance()
        }
        val initial = upper == 1 && first == UPPER
        val allUpper = upper > 1 && lower == 0
        var place = offset
        fun write(holds: Boolean) {
            row[place++] = if (holds) UNIT else -UNIT
        }
        write(upper == 0 && lower > 0)
        write(initial)
        write(allUpper)
        write(upper > 0 && !initial && !allUpper)
        write(classes and DIGIT != 0)
        write(classes and OTHER != 0)
        write(length >= 2)
        write(length >= 3)
        write(length >= 5)
        write(length >= 9)
    }
}
