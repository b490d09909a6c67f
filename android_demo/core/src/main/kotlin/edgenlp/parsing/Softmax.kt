package edgenlp.parsing

import kotlin.math.exp
import kotlin.math.ln

/** Softmax of many logits of which one is asked for, at a fraction of what the platform's `exp` would cost. */
internal object Softmax {
    private const val STEPS = 64
    private const val STEP_BITS = 6
    private val STEP = ln(2.0) / STEPS
    private val STEPS_PER_NAT = STEPS / ln(2.0)
    private val POWERS = DoubleArray(STEPS) { exp(it * STEP) }

    /** Below this, a weight adds less to a sum of a thousand others than the precision that is asked for. */
    private const val NEGLIGIBLE = -30.0
    private const val LARGE = 700.0
    private const val LOWEST_STEP = 4096

    /**
     * The softmax probability of the value at [chosen] of [count] values from [from] on, to 2e-6 of it where they are at
     * most 64 apart: differences are floats, since those of doubles take more than twice the time on a desktop's JVM.
     */
    fun probability(values: FloatArray, from: Int, count: Int, chosen: Int): Double {
        val own = values[from + chosen]
        var sum = 0.0
        for (i in from until from + count) sum += power((values[i] - own).toDouble())
        return 1 / sum
    }

    /** e to the power of [x]: a step of 2^(1/64) from a table, and the third-order polynomial of what is left. */
    fun power(x: Double): Double {
        if (x < NEGLIGIBLE) return 0.0
        if (!(x < LARGE)) return exp(x)
        // counted from a whole number of steps below all, so that rounding is always down
        val steps = (x * STEPS_PER_NAT + LOWEST_STEP).toInt() - LOWEST_STEP
        val rest = x - steps * STEP
        val scale = java.lang.Double.longBitsToDouble((steps shr STEP_BITS) + 1023L shl 52)
        return scale * POWERS[steps and STEPS - 1] * (1 + rest * (1 + rest * (0.5 + rest * (1.0 / 6 + rest / 24))))
    }
}
