package edgenlp.pqrnn

import edgenlp.text.CodePoints

/** What stands for 1 in a feature. */
internal const val UNIT = 32f

/** How much of a token the features see, in code points. */
internal const val MAX_CODE_POINTS = 48

/**
 * The ternary projection of whole tokens, pQRNN's own: 0 with probability 1/2, +1 and -1 with 1/4 each.
 *
 * @property features how many, a multiple of 4.
 */
internal class WordProjection(val features: Int) {
    /** Writes the features of a normalised token to [row], from [offset] on. */
    fun write(token: CodePoints, row: FloatArray, offset: Int) {
        if (features == 0) return
        val hash = hash(token)
        var word = 0L
        for (feature in 0 until features) {
            if (feature % FEATURES_PER_WORD == 0) word = randomWord(hash, feature / FEATURES_PER_WORD)
            row[offset + feature] = VALUES[(word and 3).toInt()]
            word = word ushr 2
        }
    }

    /** A hash of the token's UTF-8: their number and each little-endian block of 8, mixed in between. */
    private fun hash(token: CodePoints): Long {
        val blocks = LongArray(MAX_CODE_POINTS / 2)
        var bytes = 0
        fun add(byte: Int) {
            blocks[bytes / 8] = blocks[bytes / 8] or ((byte.toLong() and 0xFF) shl 8 * (bytes % 8))
            bytes++
        }
        for (i in 0 until token.size) {
            val point = token.points[i]
            when {
                point < 0x80 -> add(point)
                point < 0x800 -> {
                    add(0xC0 or (point shr 6))
                    add(0x80 or (point and 0x3F))
                }
                point < 0x10000 -> {
                    add(0xE0 or (point shr 12))
                    add(0x80 or (point shr 6 and 0x3F))
                    add(0x80 or (point and 0x3F))
                }
                else -> {
                    add(0xF0 or (point shr 18))
                    add(0x80 or (point shr 12 and 0x3F))
                    add(0x80 or (point shr 6 and 0x3F))
                    add(0x80 or (point and 0x3F))
                }
            }
        }
        var state = bytes.toLong() xor blocks[0]
        for (block in 1 until (bytes + 7) / 8) state = mix(state) xor blocks[block]
        return state
    }

    private companion object {
        const val FEATURES_PER_WORD = 32

        /** The feature that two bits stand for. */
        val VALUES = floatArrayOf(0f, UNIT, -UNIT, 0f)
    }
}
