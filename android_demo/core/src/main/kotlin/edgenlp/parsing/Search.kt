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
     * The answer.
     *
     * @param intents logits of the intents.
     * @param rows logits of the tags, one row for each token.
     */
    fun best(intents: FloatArray, rows: Array<FloatArray>): Answer {
        val ceiling = rows.sumOf { row -> row.max().toDouble() } + ROUNDING
        var found = Answer(Double.NEGATIVE_INFINITY, 0, IntArray(rows.size))
        for (intent in intents.indices.sortedByDescending { intents[it] }) {
            val start = intents[intent].toDouble()
            if (start + ceiling < found.total) break
            val answer = bestOf(intent, start, rows, found.total) ?: continue
            if (answer.total > found.total || (answer.total == found.total && intent < found.intent)) found = answer
        }
        return found
    }

    /** The best tags under one intent, where their total is not below [floor]. */
    private fun bestOf(intent: Int, start: Double, rows: Array<FloatArray>, floor: Double): Answer? {
        val columns = if (penalty == null) labels.legal[intent] else IntArray(grammar.kinds.size) { it }
        val values = Array(rows.size) { token -> DoubleArray(columns.size) { value(intent, columns[it], rows[token]) } }
        val tops = DoubleArray(rows.size) { values[it].max() }
        val most = start + tops.sum() + ROUNDING
        if (most < floor) return null
        val safe = start + values.sumOf { row -> safest(columns, row) } - ROUNDING
        val slack = most - maxOf(floor, safe)
        val candidates = Array(rows.size) { token -> candidates(columns, values[token], tops[token] - slack) }
        var best = run(intent, start, candidates, NOWHERE)
        for (path in gapPaths(candidates)) {
            val answer = run(intent, start, candidates, path)
            if (answer != null && (best == null || answer.total > best.total)) best = answer
        }
        return best
    }

    private fun value(intent: Int, tag: Int, row: FloatArray): Double =
        if (penalty == null || grammar.allows(intent, tag)) row[tag].toDouble() else row[tag] - penalty

    /** The greatest value of a tag that is well-formed anywhere. */
    private fun safest(columns: IntArray, row: DoubleArray): Double {
        var greatest = Double.NEGATIVE_INFINITY
        for (i in columns.indices) {
            val kind = grammar.kinds[columns[i]]
            if (kind != Tag.INSIDE && kind != Tag.CONTINUE && row[i] > greatest) greatest = row[i]
        }
        return greatest
    }

    private fun candidates(columns: IntArray, row: DoubleArray, least: Double): Candidates {
        val kept = columns.indices.filter { row[it] >= least }
        return Candidates(IntArray(kept.size) { columns[kept[it]] }, DoubleArray(kept.size) { row[kept[it]] })
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
        val last = states.maxByOrNull { it.total } ?: return null
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

        private fun better(known: State?, state: State) = if (known == null || state.total > known.total) state else known
    }

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
