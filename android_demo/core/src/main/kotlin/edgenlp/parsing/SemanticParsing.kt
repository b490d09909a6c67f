package edgenlp.parsing

import edgenlp.Problem
import edgenlp.artifact.Settings
import edgenlp.fail
import edgenlp.interfaces.Decoder
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Prediction
import edgenlp.interfaces.TaskHead
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens

/** The head `semantic_parsing`: TOP and MTOP trees, and flat intent and slots as the special case. */
object SemanticParsing : TaskHead {
    override val name: String = "semantic_parsing"

    override fun decoder(settings: Settings, assets: Map<String, ByteArray>): Decoder {
        val penalty = if (PENALTY in settings) settings.number(PENALTY) else null
        return TreeDecoder(Labels.read(assets[Labels.FILE]), penalty)
    }

    private const val PENALTY = "unseen_path_penalty"
}

/** Chooses the intent and tags of the greatest total logit among all that make a well-formed tree. */
internal class TreeDecoder(private val labels: Labels, penalty: Double?) : Decoder {
    private val grammar = Grammar(labels)
    private val search = Search(labels, grammar, penalty)

    override fun decode(outputs: Tensors, texts: List<Tokens>): Prediction {
        val tokens = texts.single()
        val width = labels.tags.size
        val ofIntent = outputs.getValue("intent")
        val ofTags = outputs.getValue("tags")
        if (ofIntent.type.size != labels.intents.size || ofTags.type.shape.last() != width) {
            fail(Problem.DAMAGED, "The graph and ${Labels.FILE} have different labels; make or download the model again.")
        }
        val intents = ofIntent.read(labels.intents.size, FloatArray(labels.intents.size))
        val logits = ofTags.read(tokens.size * width, FloatArray(tokens.size * width))
        var intent = greatest(intents, 0, intents.size)
        var tags = IntArray(tokens.size) { greatest(logits, it * width, width) }
        if (!grammar.allows(intent, tags, tags.size)) {
            val rows = Array(tokens.size) { logits.copyOfRange(it * width, (it + 1) * width) }
            val answer = search.best(intents, rows)
            intent = answer.intent
            tags = answer.tags
        }
        val builder = TreeBuilder(labels.intents[intent], tokens, labels.repeatable)
        for (token in tags.indices) builder.add(labels.tags[tags[token]], token)
        var score = Softmax.probability(intents, 0, intents.size, intent)
        for (token in tags.indices) score *= Softmax.probability(logits, token * width, width, tags[token])
        return Parse(tokens.text, builder.tree(), score, tokens.truncated)
    }
}
