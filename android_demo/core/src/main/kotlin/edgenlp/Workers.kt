package edgenlp

import edgenlp.artifact.ModelFile
import edgenlp.interfaces.Featurizer
import edgenlp.interfaces.Interpreter
import edgenlp.interfaces.Runtime
import edgenlp.interfaces.Tensor
import edgenlp.interfaces.TensorType
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens
import java.io.Closeable
import java.util.concurrent.Semaphore

/** The names of a pair's inputs begin with these. */
private val PAIR_PREFIXES = listOf("first_", "second_")

/** Before the names of the inputs of each text: nothing for one text. */
internal fun prefixes(sequences: Int): List<String> = if (sequences == 1) listOf("") else PAIR_PREFIXES

/** One interpreter with memory of its own for inputs and outputs; one thread at a time. */
internal class Worker(
    private val interpreter: Interpreter,
    private val featurizer: Featurizer,
    private val sequences: Int,
) : Closeable {
    private class Prepared(
        val inputs: Tensors,
        val byText: List<Tensors>,
        val outputs: Tensors,
        val run: (Tensors, Tensors) -> Unit,
    )

    private val prepared = HashMap<String, Prepared>()

    /** The graph's outputs for the tokens; they are overwritten by the next call. */
    fun run(signature: String, texts: List<Tokens>): Tensors {
        val ready = prepared.getOrPut(signature) { prepare(signature) }
        for (i in texts.indices) featurizer.write(texts[i], ready.byText[i])
        ready.run(ready.inputs, ready.outputs)
        return ready.outputs
    }

    private fun prepare(name: String): Prepared {
        val signature = interpreter.signatures.getValue(name)
        val inputs = signature.inputs.mapValues { Tensor(it.value) }
        val byText = prefixes(sequences).map { prefix ->
            inputs.filterKeys { it.startsWith(prefix) }.mapKeys { it.key.substring(prefix.length) }
        }
        return Prepared(inputs, byText, signature.outputs.mapValues { Tensor(it.value) }, signature::run)
    }

    /** Stops where the arrays that the featurizer makes are not those that the graph takes. */
    fun check(lengths: Map<String, Int>, encoder: String) {
        val present = interpreter.signatures.keys
        if (present != lengths.keys) {
            fail(Problem.REFUSED, "The manifest names the signatures ${lengths.keys} and the graph has $present.")
        }
        for ((name, length) in lengths) {
            val made = HashMap<String, TensorType>()
            for (prefix in prefixes(sequences)) featurizer.inputs(length).mapKeysTo(made) { prefix + it.key }
            val taken = interpreter.signatures.getValue(name).inputs.mapValues { it.value.meant }
            if (made != taken) {
                fail(
                    Problem.REFUSED,
                    "The model does not fit its encoder '$encoder': its signature '$name' takes $taken " +
                        "and the encoder makes $made.",
                )
            }
        }
    }

    override fun close() = interpreter.close()
}

/**
 * Lends workers. A call takes an idle one, and another is made only where calls overlap, up to one for each core: an
 * interpreter that has run holds megabytes.
 */
internal class Workers(private val make: () -> Worker) : Closeable {
    private val seats = Semaphore(java.lang.Runtime.getRuntime().availableProcessors(), true)
    private val idle = ArrayList<Worker>()
    private var closed = false

    /** What [work] returns, done with a worker that no other thread has. */
    fun <T> lend(work: (Worker) -> T): T {
        seats.acquireUninterruptibly()
        try {
            val worker = take() ?: make()
            try {
                return work(worker)
            } finally {
                giveBack(worker)
            }
        } finally {
            seats.release()
        }
    }

    private fun take(): Worker? = synchronized(idle) {
        if (closed) fail(Problem.CLOSED, "The model was closed.")
        if (idle.isEmpty()) null else idle.removeAt(idle.size - 1)
    }

    private fun giveBack(worker: Worker) {
        val late = synchronized(idle) {
            if (!closed) idle.add(worker)
            closed
        }
        if (late) worker.close()
    }

    override fun close() {
        val ended = synchronized(idle) {
            closed = true
            idle.toList().also { idle.clear() }
        }
        ended.forEach(Worker::close)
    }
}
