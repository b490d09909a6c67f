package edgenlp.text

// Conjoining Jamo arithmetic, The Unicode Standard, section 3.12.
private const val SYLLABLE = 0xAC00
private const val SYLLABLES = 11172
private const val LEADING = 0x1100
private const val VOWEL_JAMO = 0x1161
private const val TRAILING = 0x11A7
private const val VOWELS = 21
private const val TRAILINGS = 28

/** Appends what one code point folds to (docs/text-spec.md, Normalisation, step 1). */
internal fun CodePoints.addFolded(point: Int) {
    if (point < 0x80) {
        add(if (point in 'A'.code..'Z'.code) point + 0x20 else point)
        return
    }
    val syllable = point - SYLLABLE
    if (syllable in 0 until SYLLABLES) {
        add(LEADING + syllable / (VOWELS * TRAILINGS))
        add(VOWEL_JAMO + syllable % (VOWELS * TRAILINGS) / TRAILINGS)
        if (syllable % TRAILINGS != 0) add(TRAILING + syllable % TRAILINGS)
        return
    }
    val place = UnicodeTable.foldings.find(point)
    if (place >= 0) add(UnicodeTable.foldings, place) else add(point)
}

/** Sorts each run of marks by combining class, equal ones in the order they had (step 2). */
internal fun CodePoints.sortMarks(from: Int = 0) {
    for (i in from + 1 until size) {
        val point = points[i]
        val order = UnicodeTable.combiningClass(point)
        if (order == 0) continue
        var place = i
        while (place > from && UnicodeTable.combiningClass(points[place - 1]) > order) {
            points[place] = points[place - 1]
            place--
        }
        points[place] = point
    }
}

/** Normalises the text from [start] to [end], at most [most] code points of it; the result is cut to as many. */
internal fun CodePoints.normalize(text: String, start: Int, end: Int, most: Int) {
    clear()
    var position = start
    var read = 0
    while (position < end && read < most) {
        val point = text.codePointAt(position)
        addFolded(point)
        position += if (point > 0xFFFF) 2 else 1
        read++
    }
    sortMarks()
    cut(most)
}
