package edgenlp.interfaces

import java.io.Closeable
import java.nio.ByteBuffer

/** A TensorFlow Lite runtime: the one thing that differs between Android and a desktop. */
interface Runtime {
    /**
     * An interpreter of one's own for a graph.
     *
     * @param graph a TFLite flatbuffer, outside the heap and in the machine's byte order; it stays as it is while the
     *   interpreter lives.
     * @throws edgenlp.EdgeNlpException the runtime is not there, or refuses the graph.
     */
    fun interpreter(graph: ByteBuffer): Interpreter
}

/** A graph ready to run. One thread at a time may use it, and all of its signatures with it. */
interface Interpreter : Closeable {
    /** The graph's named signatures. */
    val signatures: Map<String, Signature>
}

/** One way to call a graph; edgenlp's models have one for each length of text. */
interface Signature {
    /** What it takes, by name. */
    val inputs: Map<String, TensorType>

    /** What it gives, by name. */
    val outputs: Map<String, TensorType>

    /**
     * Runs the graph.
     *
     * @param inputs of the types that [Signature.inputs] says; read.
     * @param outputs of the types that [Signature.outputs] says; written.
     * @throws edgenlp.EdgeNlpException the runtime cannot run the graph.
     */
    fun run(inputs: Tensors, outputs: Tensors)
}
