package edgenlp.desktop

import edgenlp.EdgeNlp
import edgenlp.EdgeNlpException
import edgenlp.Problem
import edgenlp.interfaces.Interpreter
import edgenlp.interfaces.Runtime
import edgenlp.interfaces.Signature
import edgenlp.interfaces.TensorType
import edgenlp.interfaces.Tensors
import org.bytedeco.javacpp.BytePointer
import org.bytedeco.javacpp.Pointer
import org.bytedeco.javacpp.PointerPointer
import org.bytedeco.tensorflowlite.BuiltinOpResolver
import org.bytedeco.tensorflowlite.FlatBufferModel
import org.bytedeco.tensorflowlite.Interpreter as NativeInterpreter
import org.bytedeco.tensorflowlite.InterpreterBuilder
import org.bytedeco.tensorflowlite.SignatureRunner
import org.bytedeco.tensorflowlite.TfLiteTensor
import org.bytedeco.tensorflowlite.global.tensorflowlite.kTfLiteFloat32
import org.bytedeco.tensorflowlite.global.tensorflowlite.kTfLiteInt32
import org.bytedeco.tensorflowlite.global.tensorflowlite.kTfLiteInt8
import org.bytedeco.tensorflowlite.global.tensorflowlite.kTfLiteOk
import java.io.File
import java.nio.ByteBuffer

/**
 * TensorFlow Lite on a desktop JVM, by way of JavaCPP.
 *
 * @property threads that it uses within one prediction.
 */
class TensorFlowLite(private val threads: Int = 1) : Runtime {
    override fun interpreter(graph: ByteBuffer): Interpreter = try {
        DesktopInterpreter(graph, threads)
    } catch (error: LinkageError) {
        throw EdgeNlpException(Problem.NO_INTERPRETER, "TensorFlow Lite has no library for this machine ($error).", error)
    }
}

/** Loads a model for this machine. */
fun EdgeNlp.Companion.load(file: File): EdgeNlp = load(file, TensorFlowLite())

/** Loads the bytes of a model for this machine. */
fun EdgeNlp.Companion.load(bytes: ByteArray): EdgeNlp = load(bytes, TensorFlowLite())

private class DesktopInterpreter(graph: ByteBuffer, threads: Int) : Interpreter {
    // the library reads the graph where it is: the pointer keeps it
    private val content = BytePointer(graph)
    private val model: FlatBufferModel? = FlatBufferModel.VerifyAndBuildFromBuffer(content, graph.remaining().toLong())
    private val resolver = BuiltinOpResolver()
    private val native = NativeInterpreter(null as Pointer?)

    override val signatures: Map<String, Signature>

    init {
        if (model == null || InterpreterBuilder(model, resolver).apply(native, threads) != kTfLiteOk) refuse("cannot be read")
        val keys = native.signature_keys()
        signatures = (0 until keys.size()).associate { i ->
            val name = keys.get(i).string
            name to DesktopSignature(native.GetSignatureRunner(name) ?: refuse("has a damaged signature '$name'"))
        }
    }

    override fun close() {
        native.deallocate()
        model?.deallocate()
        resolver.deallocate()
    }
}

private class DesktopSignature(private val runner: SignatureRunner) : Signature {
    override val inputs = types(runner.input_names(), runner.input_size(), runner::input_tensor)
    override val outputs = types(runner.output_names(), runner.output_size(), runner::output_tensor)
    private var allocated = false

    override fun run(inputs: Tensors, outputs: Tensors) {
        if (!allocated) {
            if (runner.AllocateTensors() != kTfLiteOk) refuse("needs an operation or more memory than there is")
            allocated = true
        }
        for ((name, tensor) in inputs) copy(Pointer(tensor.bytes.rewind()), data(runner.input_tensor(name)), tensor.bytes)
        if (runner.Invoke() != kTfLiteOk) refuse("stopped as it ran")
        for ((name, tensor) in outputs) copy(data(runner.output_tensor(name)), Pointer(tensor.bytes.rewind()), tensor.bytes)
    }

    private fun data(tensor: TfLiteTensor) = BytePointer(tensor.data().data())

    private fun copy(from: Pointer, to: Pointer, size: ByteBuffer) {
        Pointer.memcpy(to, from, size.capacity().toLong())
    }
}

private fun types(names: PointerPointer<*>, count: Long, tensor: (String) -> TfLiteTensor): Map<String, TensorType> =
    (0 until count).associate { i ->
        val name = names.getString(i)
        name to type(tensor(name))
    }

private fun type(tensor: TfLiteTensor): TensorType {
    val kind = when (val number = tensor.type()) {
        kTfLiteFloat32 -> TensorType.Kind.FLOAT32
        kTfLiteInt32 -> TensorType.Kind.INT32
        kTfLiteInt8 -> TensorType.Kind.INT8
        else -> refuse("has numbers of the kind $number")
    }
    val dims = tensor.dims()
    val integers = tensor.params()
    return TensorType(kind, IntArray(dims.size()) { dims.data(it) }, integers.scale(), integers.zero_point())
}

private fun refuse(what: String): Nothing =
    throw EdgeNlpException(Problem.REFUSED, "TensorFlow Lite refuses the graph: it $what. Make or download the model again.")
