package edgenlp.parsing

import edgenlp.parsing.Grammar.Companion.NOWHERE

/**
 * The best well-formed intent and tags (docs/text-spec.md, Trees).
 *
 * For one intent, and one path that may have `C` tags (or none), that is a Viterbi search over the tag of the last token
 * and over whether that path has begun. The best of these runs is the answer; bounds leave most of them out.
 *
 * @param penalty what a tag costs that may not stand under the intent; null forbids it.
 */
internal class Search(private val labels: Labels, private val grammar: Grammar, private val penalty: Double?) {
    /** An intent with tags and their total logit. */
    class Answer(val total: Double, val intent: Int, val tags: IntArray)

    /** The best way to a tag at one token, with the gap path begun or not. */
    private class State(val total: Double, val tag: Int, val begun: Boolean, val before: State?)

    /** Tags of one token that may be part of the best answer, ascending, with their values. */
    private class Candidates(val tags: IntArray, val values: DoubleArray)

    /**
     * The answer; where logits that are not finite leave none, the first intent and all tags `O`.
     *
     * @param intents logits of the intents.
     * @param rows logits of the tags, one row for each token.
     */
    fun best(intents: FloatArray, rows: Array<FloatArray>): Answer {
        val tops = Array(rows.size) { Top(rows[it]) }
        val ceiling = tops.sumOf { it.value } + ROUNDING
        val left = intents.copyOf()
        var found = Answer(Double.NEGATIVE_INFINITY, 0, IntArray(rows.size))
        repeat(intents.size) {
            val intent = greatest(left, 0, left.size)
            left[intent] = Float.NEGATIVE_INFINITY
            val start = intents[intent].toDouble()
            if (start + ceiling < found.total) return found
            val answer = bestOf(intent, start, rows, tops, found.total)
            if (answer != null && (answer.total > found.total || (answer.total == found.total && intent < found.intent))) {
                found = answer
            }
        }
        return found
    }

    /** The greatest value of a row, and the tags that may be the greatest under some intent. */
    private inner class Top(row: FloatArray) {
        val value = row[greatest(row, 0, row.size)].toDouble()
        private val near = row.indices.filter { row[it] >= value - (penalty ?: Double.POSITIVE_INFINITY) }.toIntArray()

        /** The greatest value under [intent]. */
        fun under(intent: Int, row: FloatArray): Double {
            var greatest = if (penalty == null) Double.NEGATIVE_INFINITY else value - penalty
            for (tag in near) if (row[tag] > greatest && grammar.allows(intent, tag)) greatest = row[tag].toDouble()
            return greatest
        }
    }

    /** The best tags under one intent, where their total is not below [floor]. */
    private fun bestOf(intent: Int, start: Double, rows: Array<FloatArray>, tops: Array<Top>, floor: Double): Answer? {
        val most = start + rows.indices.sumOf { tops[it].under(intent, rows[it]) } + ROUNDING
        if (most < floor) return null
        val safe = start + rows.sumOf { safest(intent, it) } - ROUNDING
        val slack = most - maxOf(floor, safe)
        val candidates = Array(rows.size) { candidates(intent, rows[it], tops[it].under(intent, rows[it]) - slack) }
        var best = run(intent, start, candidates, NOWHERE)
        for (path in gapPaths(candidates)) {
            val answer = run(intent, start, candidates, path)
            if (answer != null && (best == null || answer.total > best.total)) best = answer
        }
        return best
    }

    /** What [tag] is worth under [intent]; less than anything where it is forbidden. */
    private fun value(intent: Int, tag: Int, row: FloatArray): Double = when {
        grammar.allows(intent, tag) -> row[tag].toDouble()
        penalty == null -> Double.NEGATIVE_INFINITY
        else -> row[tag] - penalty
    }

    /** The greatest value of a tag that is well-formed anywhere. */
    private fun safest(intent: Int, row: FloatArray): Double {
        var greatest = Double.NEGATIVE_INFINITY
        for (tag in row.indices) {
            if (row[tag] <= greatest || !grammar.fitsAnywhere(tag)) continue
            val value = value(intent, tag, row)
            if (value > greatest) greatest = value
        }
        return greatest
    }

    private fun candidates(intent: Int, row: FloatArray, least: Double): Candidates {
        val tags = IntArray(row.size)
        val values = DoubleArray(row.size)
        var count = 0
        for (tag in row.indices) {
            // nothing is at least what is no number, which infinite logits make of `least`
            if (!(row[tag] >= least)) continue
            val value = value(intent, tag, row)
            if (!(value >= least) || value == Double.NEGATIVE_INFINITY) continue
            tags[count] = tag
            values[count++] = value
        }
        return Candidates(tags.copyOf(count), values.copyOf(count))
    }

    /** Paths that may have a gap here: a `C` somewhere behind a `B`; ascending. */
    private fun gapPaths(candidates: Array<Candidates>): List<Int> {
        val begun = BooleanArray(grammar.pathCount)
        val found = BooleanArray(grammar.pathCount)
        for (row in candidates) {
            for (tag in row.tags) {
                if (grammar.kinds[tag] == Tag.CONTINUE && begun[grammar.paths[tag]]) found[grammar.paths[tag]] = true
            }
            for (tag in row.tags) if (grammar.kinds[tag] == Tag.BEGIN) begun[grammar.paths[tag]] = true
        }
        return found.indices.filter { found[it] }
    }

    /** Viterbi search where only the path [gap] may have `C` tags. */
    private fun run(intent: Int, start: Double, candidates: Array<Candidates>, gap: Int): Answer? {
        var states = listOf(State(start, 0, false, null))
        for (row in candidates) {
            val front = Front(states, gap)
            val next = ArrayList<State>(2 * row.tags.size)
            for (i in row.tags.indices) step(front, row.tags[i], row.values[i], gap, next)
            states = next
        }
        val last = states.fold(null as State?, ::better) ?: return null
        val tags = IntArray(candidates.size)
        var state: State? = last
        for (token in tags.indices.reversed()) {
            tags[token] = state!!.tag
            state = state.before
        }
        return Answer(last.total, intent, tags)
    }

    /** Of the states before a token the first ones of the greatest total, of every kind that a tag may follow. */
    private inner class Front(states: List<State>, gap: Int) {
        private val any = arrayOfNulls<State>(2)
        private val onPath = Array(2) { arrayOfNulls<State>(grammar.pathCount) }
        var either: State? = null
            private set
        var offGap: State? = null
            private set

        init {
            for (state in states) {
                val begun = if (state.begun) 1 else 0
                val path = grammar.paths[state.tag]
                either = better(either, state)
                any[begun] = better(any[begun], state)
                if (path != NOWHERE) onPath[begun][path] = better(onPath[begun][path], state)
                if (path != gap && state.begun) offGap = better(offGap, state)
            }
        }

        fun any(begun: Boolean): State? = any[if (begun) 1 else 0]

        fun onPath(path: Int, begun: Boolean): State? = onPath[if (begun) 1 else 0][path]
    }

    private fun better(known: State?, state: State): State? = if (known == null || state.total > known.total) state else known

    /** The states that end in [tag]: at most one with [gap] not begun, then at most one with it begun. */
    private fun step(front: Front, tag: Int, value: Double, gap: Int, next: MutableList<State>) {
        fun follow(before: State?, begun: Boolean) {
            if (before != null) next.add(State(before.total + value, tag, begun, before))
        }
        val path = grammar.paths[tag]
        when (grammar.kinds[tag]) {
            Tag.INSIDE -> {
                follow(front.onPath(path, false), false)
                follow(front.onPath(path, true), true)
            }
            Tag.CONTINUE -> if (path == gap) follow(front.offGap, true)
            else -> if (grammar.kinds[tag] == Tag.BEGIN && path == gap) {
                follow(front.either, true)
            } else {
                follow(front.any(false), false)
                follow(front.any(true), true)
            }
        }
    }

    private companion object {
        /** Bounds are trusted up to this much, so that rounding never cuts off the best answer or an equal one. */
        const val ROUNDING = 1e-6
    }
}
