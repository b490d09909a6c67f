package edgenlp.artifact

import edgenlp.Problem
import edgenlp.fail
import java.io.File
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.ClosedByInterruptException
import java.nio.channels.FileChannel
import java.security.MessageDigest

/**
 * A model file taken apart: a TFLite flatbuffer with a zip archive of associated files at its end.
 *
 * @property graph the flatbuffer alone, outside the heap.
 * @property manifest says what it is.
 * @property files the associated files by name, the manifest left out.
 */
class ModelFile private constructor(
    val graph: ByteBuffer,
    val manifest: Manifest,
    val files: Map<String, ByteArray>,
) {
    internal fun assets(component: Manifest.Component): Map<String, ByteArray> = component.assets.associateWith { name ->
        files[name] ?: fail(
            Problem.DAMAGED,
            "The associated file '$name' that the model's manifest names is missing; make or download the model again.",
        )
    }

    companion object {
        /** The manifest's name among the associated files. */
        const val MANIFEST = "edgenlp.json"

        private const val MAX_BYTES = 1L shl 30
        private const val IDENTIFIER = 0x334C4654 // TFL3
        private const val HEAD_BYTES = 8
        private const val METADATA_HEAD = 1 shl 20

        /** Reads a file, which is mapped into memory: replace it by renaming, never by writing into it. */
        fun read(file: File): ModelFile {
            val content = try {
                val size = file.length()
                if (size > MAX_BYTES) {
                    fail(Problem.NOT_A_MODEL, "$file is larger than a gigabyte: it is not a model of edgenlp.")
                }
                mapped(file, size)
            } catch (error: IOException) {
                fail(Problem.NO_FILE, "There is no model file $file that can be read.", error)
            }
            return read(content)
        }

        private fun mapped(file: File, size: Long): ByteBuffer = try {
            RandomAccessFile(file, "r").use { it.channel.map(FileChannel.MapMode.READ_ONLY, 0, size) }
        } catch (interrupted: ClosedByInterruptException) {
            ByteBuffer.wrap(file.readBytes()) // that this thread is to stop is no fault of the file's
        }

        /** Reads the bytes of a model file. */
        fun read(bytes: ByteArray): ModelFile = read(ByteBuffer.wrap(bytes))

        /**
         * Reads a model in memory and checks that it is whole and unchanged.
         *
         * @param data from its position to its limit; copied where it is on the heap, where no runtime reads it.
         * @throws edgenlp.EdgeNlpException whatever is wrong with it.
         */
        fun read(data: ByteBuffer): ModelFile {
            val model = (if (data.isDirect) data.slice() else outsideHeap(data)).order(ByteOrder.LITTLE_ENDIAN)
            if (model.limit() < HEAD_BYTES || model.getInt(4) != IDENTIFIER) {
                fail(Problem.NOT_A_MODEL, "This is not a TFLite file.")
            }
            val archive = ZipArchive.read(model) ?: noArchive(model)
            val content = archive.files[MANIFEST] ?: noManifest()
            val manifest = Manifest.read(content)
            val graph = model.duplicate().apply { limit(archive.start) }.slice().order(ByteOrder.nativeOrder())
            if (digest(graph) != manifest.digest) {
                fail(
                    Problem.CHANGED,
                    "The model's graph was changed after its export (its digest differs from the manifest's); " +
                        "download the model again.",
                )
            }
            return ModelFile(graph, manifest, archive.files - MANIFEST)
        }

        private fun outsideHeap(data: ByteBuffer): ByteBuffer = ByteBuffer.allocateDirect(data.remaining()).apply {
            put(data.duplicate())
            flip()
        }

        private fun digest(graph: ByteBuffer): String {
            val sha256 = MessageDigest.getInstance("SHA-256")
            sha256.update(graph.duplicate())
            return sha256.digest().joinToString("") { byte ->
                ((byte.toInt() and 0xFF) + 0x100).toString(16).substring(1)
            }
        }

        /** The metadata at the head of a model names the manifest, also where the file's end is missing. */
        private fun noArchive(model: ByteBuffer): Nothing {
            val head = ByteArray(minOf(model.limit(), METADATA_HEAD))
            model.duplicate().get(head)
            if (String(head, Charsets.ISO_8859_1).contains(MANIFEST)) {
                fail(Problem.DAMAGED, "The model file is cut off; copy or download it again.")
            }
            noManifest()
        }

        private fun noManifest(): Nothing =
            fail(Problem.NOT_A_MODEL, "This is a TFLite file but not a model of edgenlp (it holds no $MANIFEST).")
    }
}
