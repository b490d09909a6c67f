package edgenlp.android

import android.content.res.AssetManager
import edgenlp.EdgeNlp
import edgenlp.EdgeNlpException
import edgenlp.Plugins
import edgenlp.Problem
import edgenlp.interfaces.Interpreter
import edgenlp.interfaces.Runtime
import edgenlp.interfaces.Signature
import edgenlp.interfaces.TensorType
import edgenlp.interfaces.Tensors
import org.tensorflow.lite.DataType
import org.tensorflow.lite.Interpreter as NativeInterpreter
import org.tensorflow.lite.Tensor
import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.ClosedByInterruptException
import java.nio.channels.FileChannel

/**
 * TensorFlow Lite on Android: the classes of `org.tensorflow:tensorflow-lite`, which LiteRT 1 has too.
 *
 * @property threads that it uses within one prediction.
 */
class TensorFlowLite(private val threads: Int = 1) : Runtime {
    override fun interpreter(graph: ByteBuffer): Interpreter = try {
        opened(NativeInterpreter(graph, NativeInterpreter.Options().setNumThreads(threads)))
    } catch (error: LinkageError) {
        throw EdgeNlpException(Problem.NO_INTERPRETER, "This app has no TensorFlow Lite for this device (${error.message}).", error)
    } catch (error: RuntimeException) {
        refuse(error)
    }

    private fun opened(native: NativeInterpreter): Interpreter = try {
        AndroidInterpreter(native)
    } catch (error: RuntimeException) {
        native.close()
        throw error
    }
}

/** Loads a model file. */
@Throws(EdgeNlpException::class)
fun EdgeNlp.Companion.load(file: File): EdgeNlp = load(file, TensorFlowLite())

/** Loads the bytes of a model file. */
@Throws(EdgeNlpException::class)
fun EdgeNlp.Companion.load(bytes: ByteArray): EdgeNlp = load(bytes, TensorFlowLite())

/** Loads a model from the app's assets, mapped into memory where it is not compressed there. */
@Throws(EdgeNlpException::class)
fun EdgeNlp.Companion.load(
    assets: AssetManager,
    name: String,
    runtime: Runtime = TensorFlowLite(),
    plugins: Plugins = Plugins.ALL,
): EdgeNlp = load(content(assets, name), runtime, plugins)

private fun content(assets: AssetManager, name: String): ByteBuffer = try {
    try {
        assets.openFd(name).use { asset ->
            FileInputStream(asset.fileDescriptor).use {
                it.channel.map(FileChannel.MapMode.READ_ONLY, asset.startOffset, asset.declaredLength)
            }
        }
    } catch (compressed: FileNotFoundException) {
        whole(assets, name)
    } catch (interrupted: ClosedByInterruptException) {
        whole(assets, name) // that this thread is to stop is no fault of the asset's
    }
} catch (error: IOException) {
    throw EdgeNlpException(Problem.NO_FILE, "There is no asset $name that can be read.", error)
}

private fun whole(assets: AssetManager, name: String): ByteBuffer = ByteBuffer.wrap(assets.open(name).use { it.readBytes() })

private class AndroidInterpreter(private val native: NativeInterpreter) : Interpreter {
    override val signatures: Map<String, Signature> = native.signatureKeys.associateWith { AndroidSignature(native, it) }

    override fun close() = native.close()
}

private class AndroidSignature(private val native: NativeInterpreter, private val name: String) : Signature {
    override val inputs: Map<String, TensorType> =
        native.getSignatureInputs(name).associateWith { type(native.getInputTensorFromSignature(it, name)) }
    override val outputs: Map<String, TensorType> =
        native.getSignatureOutputs(name).associateWith { type(native.getOutputTensorFromSignature(it, name)) }

    override fun run(inputs: Tensors, outputs: Tensors) {
        try {
            native.runSignature(buffers(inputs), buffers(outputs), name)
        } catch (error: RuntimeException) {
            refuse(error)
        }
    }

    private fun buffers(tensors: Tensors): Map<String, Any> = tensors.mapValues { it.value.bytes.rewind() }
}

private fun type(tensor: Tensor): TensorType {
    val kind = when (tensor.dataType()) {
        DataType.FLOAT32 -> TensorType.Kind.FLOAT32
        DataType.INT32 -> TensorType.Kind.INT32
        DataType.INT8 -> TensorType.Kind.INT8
        else -> throw IllegalArgumentException("a tensor of the kind ${tensor.dataType()}")
    }
    val integers = tensor.quantizationParams()
    return TensorType(kind, tensor.shape(), integers.scale, integers.zeroPoint)
}

private fun refuse(error: RuntimeException): Nothing = throw EdgeNlpException(
    Problem.REFUSED,
    "TensorFlow Lite cannot run the model (${error.message}); update the app, or download the model again.",
    error,
)
