package edgenlp.demo

import android.content.Context
import android.os.Handler
import android.os.Looper
import edgenlp.EdgeNlp
import edgenlp.EdgeNlpException
import edgenlp.android.load
import java.util.concurrent.Executors

/** The models in the app's assets. They stay loaded while the app lives, so that turning the phone loads nothing. */
internal object Models {
    private const val SUFFIX = ".tflite"
    private val worker = Executors.newSingleThreadExecutor()
    private val screen = Handler(Looper.getMainLooper())
    private val loaded = HashMap<String, EdgeNlp>()

    /** Their names. */
    fun names(context: Context): List<String> =
        context.assets.list("").orEmpty().filter { it.endsWith(SUFFIX) }.map { it.removeSuffix(SUFFIX) }.sorted()

    /** How many bytes a model has. */
    fun bytes(context: Context, name: String): Long = context.assets.openFd(name + SUFFIX).use { it.length }

    /** A model as on a first start, its own to close. */
    fun fresh(context: Context, name: String): EdgeNlp = EdgeNlp.load(context.assets, name + SUFFIX)

    /**
     * Does [work] with a model off the screen's thread, and hands what came of it to [done] on it: a result, or the
     * sentence that says what is wrong. Of the works that wait under one [turn] only the latest is done.
     */
    fun <T> ask(context: Context, name: String, turn: Turn, work: (EdgeNlp) -> T, done: (T?, String?) -> Unit) {
        val ticket = turn.next()
        val app = context.applicationContext
        worker.execute {
            if (!turn.isLatest(ticket)) return@execute
            var result: T? = null
            var sentence: String? = null
            try {
                result = work(loaded.getOrPut(name) { fresh(app, name) })
            } catch (error: EdgeNlpException) {
                sentence = error.message
            }
            screen.post { if (turn.isLatest(ticket)) done(result, sentence) }
        }
    }

    /** Counts requests, so that late answers are known. */
    class Turn {
        @Volatile
        private var latest = 0

        /** On the screen's thread. */
        fun next(): Int = ++latest

        fun isLatest(ticket: Int): Boolean = ticket == latest
    }
}
