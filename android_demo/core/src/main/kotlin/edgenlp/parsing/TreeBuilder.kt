package edgenlp.parsing

import edgenlp.interfaces.Node
import edgenlp.interfaces.Span
import edgenlp.interfaces.Tokens

/** Makes the tree of well-formed tags (docs/text-spec.md, From tags to a tree). */
internal class TreeBuilder(intent: String, private val tokens: Tokens, private val repeatable: Set<Pair<String, String>>) {
    private interface Part {
        fun node(): Node
    }

    /** A slot with words. */
    private inner class Leaf(val label: String, first: Int) : Part {
        private val spans = ArrayList<Span>(1).apply { add(tokens.span(first)) }
        private var last = first

        fun add(token: Int) {
            if (token == last + 1) {
                spans[spans.size - 1] = Span(spans.last().start, tokens.end(token))
            } else {
                spans.add(tokens.span(token))
            }
            last = token
        }

        override fun node() = Node(label, spans)
    }

    /** An intent with its slots, and the slot that it stands in where it is not the root. */
    private class Frame(val intent: String, private val slot: String? = null) : Part {
        val parts = ArrayList<Part>()
        val filled = HashSet<String>()

        override fun node(): Node {
            val node = Node(intent, emptyList(), parts.map { it.node() })
            return if (slot == null) node else Node(slot, emptyList(), listOf(node))
        }
    }

    private val root = Frame(intent)
    private val frames = hashMapOf(emptyList<String>() to root)
    private val leaves = HashMap<List<String>, Leaf>()

    /** Takes the tag of the next token, tokens in order. */
    fun add(tag: Tag, token: Int) {
        if (tag.kind == Tag.OUTSIDE) return
        if (tag.kind != Tag.BEGIN) {
            leaves.getValue(tag.path).add(token)
            return
        }
        val leaf = Leaf(tag.path.last(), token)
        leaves[tag.path] = leaf
        val frame = frameFor(tag.path)
        frame.parts.add(leaf)
        frame.filled.add(leaf.label)
    }

    fun tree(): Node = root.node()

    /** The intent that a new leaf of this path belongs to, begun where it is needed. */
    private fun frameFor(path: List<String>): Frame {
        if (path.size == 1) return root
        val place = path.subList(0, path.size - 1)
        val frame = frames[place] ?: return begin(place)
        val full = path.last() in frame.filled && (frame.intent to path.last()) !in repeatable
        return if (full) begin(place) else frame
    }

    private fun begin(place: List<String>): Frame {
        val outer = place.subList(0, place.size - 2)
        val parent = frames[outer] ?: begin(outer)
        frames.keys.removeAll { it.size >= place.size && it.subList(0, place.size) == place }
        val frame = Frame(place[place.size - 1], place[place.size - 2])
        frames[place] = frame
        parent.parts.add(frame)
        return frame
    }
}
