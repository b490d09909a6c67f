package edgenlp.pqrnn

// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
private const val GAMMA = -0x61C8864680B583EBL // 9E3779B97F4A7C15
private const val FACTOR_1 = -0x40A7B892E31B1A47L // BF58476D1CE4E5B9
private const val FACTOR_2 = -0x6B2FB644ECCEEE15L // 94D049BB133111EB

/** SplitMix64's finalizer: every bit of the result depends on every bit of [word]. */
internal fun mix(word: Long): Long {
    val once = (word xor (word ushr 30)) * FACTOR_1
    val twice = (once xor (once ushr 27)) * FACTOR_2
    return twice xor (twice ushr 31)
}

/** Word [index] of the random words that [seed] gives. */
internal fun randomWord(seed: Long, index: Int): Long = mix(seed + (index + 1) * GAMMA)
