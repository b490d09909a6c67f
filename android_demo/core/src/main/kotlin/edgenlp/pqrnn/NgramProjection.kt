package edgenlp.pqrnn

import edgenlp.text.CodePoints
import kotlin.math.sign

/**
 * The summed +1 and -1 projections of a token's n-grams of code points: tokens that share n-grams are near each other.
 *
 * @property features how many, a multiple of 8.
 * @param shortest the least n.
 * @param longest the greatest n.
 * @param sums whether the sums are kept, divided by the root of the number of n-grams; or their signs alone (SimHash,
 *   Charikar 2002).
 */
internal class NgramProjection(
    val features: Int,
    private val shortest: Int,
    private val longest: Int,
    sums: Boolean,
) {
    /** By the length of a token and how many of its n-grams have a one: the feature. */
    private val values = Array(MAX_CODE_POINTS + 1) { length -> values(count(length), sums) }

    /** Writes the features of a normalised token to [row], from [offset] on. */
    fun write(token: CodePoints, row: FloatArray, offset: Int, scratch: Scratch) {
        if (features == 0) return
        val count = hash(token, scratch)
        val values = values[token.size]
        val planes = scratch.planes
        val height = Int.SIZE_BITS - Integer.numberOfLeadingZeros(count)
        for (start in 0 until features step Long.SIZE_BITS) {
            countOnes(scratch.hashes, count, start / Long.SIZE_BITS, planes)
            for (first in start until minOf(start + Long.SIZE_BITS, features) step LANES) {
                var lanes = 0L
                for (plane in 0 until height) {
                    lanes += SPREAD[(planes[plane] ushr first - start).toInt() and 0xFF] shl plane
                }
                for (lane in 0 until LANES) {
                    row[offset + first + lane] = values[lanes.toInt() and 0xFF]
                    lanes = lanes ushr LANES
                }
            }
        }
    }

    /** Polynomial hashes of all n-grams of the token between its marks; a mark alone is none. Returns how many. */
    private fun hash(token: CodePoints, scratch: Scratch): Int {
        val points = scratch.marked
        val size = token.size + 2
        points[0] = START_MARK
        for (i in 0 until token.size) points[i + 1] = token.points[i].toLong()
        points[size - 1] = END_MARK
        var count = 0
        for (start in 0 until size) {
            var hash = 0L
            for (length in 1..minOf(longest, size - start)) {
                hash = hash * NGRAM_FACTOR + points[start + length - 1]
                if (length >= shortest && !isMark(length, start, size)) scratch.hashes[count++] = hash
            }
        }
        return count
    }

    private fun isMark(length: Int, start: Int, size: Int) = length == 1 && (start == 0 || start == size - 1)

    /** How many n-grams a token of [length] code points has. */
    private fun count(length: Int): Int {
        val size = length + 2
        return (shortest..longest).sumOf { maxOf(0, size - it + 1) - (if (it == 1) 2 else 0) }
    }

    /**
     * For each of 64 places, how many of the hashes have a one there in their random word [index].
     *
     * @param planes takes the counts: bit i of plane p is bit p of the count of place i.
     */
    private fun countOnes(hashes: LongArray, count: Int, index: Int, planes: LongArray) {
        planes.fill(0)
        var ones = 0L
        var twos = 0L
        var i = 0
        // four words at a time by full adders, whose carries go on into the planes of 4 and more
        while (i < count) {
            val a = randomWord(hashes[i], index)
            val b = if (i + 1 < count) randomWord(hashes[i + 1], index) else 0
            val c = if (i + 2 < count) randomWord(hashes[i + 2], index) else 0
            val d = if (i + 3 < count) randomWord(hashes[i + 3], index) else 0
            val carryA = (ones and a) or (b and (ones xor a))
            ones = ones xor a xor b
            val carryC = (ones and c) or (d and (ones xor c))
            ones = ones xor c xor d
            var carry = (twos and carryA) or (carryC and (twos xor carryA))
            twos = twos xor carryA xor carryC
            var plane = 2
            while (carry != 0L) {
                val both = planes[plane] and carry
                planes[plane] = planes[plane] xor carry
                carry = both
                plane++
            }
            i += 4
        }
        planes[0] = ones
        planes[1] = twos
    }

    /** What one token's features are worked out in. */
    class Scratch {
        val marked = LongArray(MAX_CODE_POINTS + 2)
        val hashes = LongArray(MAX_NGRAMS)
        val planes = LongArray(LANES)
    }

    private companion object {
        const val START_MARK = 2L
        const val END_MARK = 3L
        const val NGRAM_FACTOR = -0x2917014799A6026DL // D6E8FEB86659FD93
        const val MAX_NGRAMS = 256
        const val LANES = 8

        /** For each byte, its bits in 8 lanes of 8 bits. */
        val SPREAD = LongArray(256) { byte ->
            (0 until LANES).fold(0L) { lanes, bit -> lanes or ((byte.toLong() ushr bit and 1) shl LANES * bit) }
        }

        /** The feature by how many of [count] n-grams have a one: UNIT * sum / sqrt(count), rounded, by whole numbers. */
        fun values(count: Int, sums: Boolean): FloatArray {
            val root = if (count == 0) 0 else integerRoot((1L shl 42) / count)
            return FloatArray(count + 1) { ones ->
                val sum = 2 * ones - count
                if (sums) (sum * root + (1 shl 15) shr 16).coerceIn(-127, 127).toFloat() else UNIT * sum.sign
            }
        }

        fun integerRoot(square: Long): Int {
            var low = 0L
            var high = 1L shl 22
            while (low < high) {
                val middle = (low + high + 1) / 2
                if (middle * middle <= square) low = middle else high = middle - 1
            }
            return low.toInt()
        }
    }
}
