/* Replays tests/golden/decoding.jsonl: random labels and logits, and the trees that they mean; in the locale of its
 * environment, whose decimal point is not JSON's. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../text.h"
#include "../tree.h"
#include "same_tree.h"

static void read_row(const JsonValue *values, const JsonValue *row, float *numbers) {
    const JsonValue *number = row + 1;
    for (size_t i = 0; i < row->count; i++, number = json_next(values, number))
        numbers[i] = (float)json_number(number, NAN);
}

/* Whether the decoder finds the tree of one line. */
static bool replay(const char *line, size_t size) {
    JsonValue *values = calloc(json_count(line, size), sizeof *values);
    EdgeNlpError error = {"it is no vector"};
    Memory memory = {0};
    bool same = false;
    if (values && json_read(line, size, values)) {
        const JsonValue *intent = json_get(values, values, "intent"), *tags = json_get(values, values, "tags");
        const JsonValue *row = tags + 1;
        size_t width = row->count;
        float *intents = memory_take(&memory, intent->count, sizeof *intents);
        float *logits = memory_take(&memory, tags->count * width, sizeof *logits);
        EdgeNlpSpan *spans = memory_take(&memory, tags->count, sizeof *spans);
        TreeDecoder *decoder =
            tree_decoder(&memory, values, json_get(values, values, "labels"),
                         json_number(json_get(values, values, "unseen_path_penalty"), -1), (int)tags->count, &error);
        if (decoder) {
            read_row(values, intent, intents);
            for (size_t t = 0; t < tags->count; t++, row = json_next(values, row)) {
                read_row(values, row, logits + t * width);
                spans[t] = (EdgeNlpSpan){2 * t, 2 * t + 1, (uint32_t)(2 * t), (uint32_t)(2 * t + 1)};
            }
            Tree tree = tree_decode(decoder, intents, logits, (int)tags->count);
            double score = json_number(json_get(values, values, "score"), NAN);
            EdgeNlpAnswer answer = {
                .tokens = (int)tags->count, .spans = spans, .nodes = tree.nodes, .node = tree.node, .leaf = tree.leaf};
            same = same_tree(values, json_get(values, values, "root"), &answer, 0) &&
                   fabs(tree.score - score) <= 1e-5 * score;
            snprintf(error.text, sizeof error.text, "another tree");
        }
    }
    if (!same) fprintf(stderr, "%.60s...: %s\n", line, error.text);
    memory_free(&memory);
    free(values);
    return same;
}

/* Whether the answer to logits that leave none is the first intent without slots, as in Python and Kotlin. */
static bool bears_infinities(void) {
    static const char labels[] = "{\"intents\":[\"A\",\"B\"],\"tags\":[[\"O\"],[\"B\",\"x\"],[\"I\",\"x\"]],"
                                 "\"legal\":[[0,1,2],[0,1,2]],\"repeatable\":[]}";
    static const float intents[] = {0, 1}, rows[][2 * 3] = {{-INFINITY, -INFINITY, 5, 0, 0, 0},
                                                           {0, 0, INFINITY, 0, 0, INFINITY},
                                                           {NAN, NAN, NAN, 0, 0, 5}};
    JsonValue values[sizeof labels];
    EdgeNlpError error;
    Memory memory = {0};
    TreeDecoder *decoder = json_read(labels, sizeof labels - 1, values)
                               ? tree_decoder(&memory, values, values, -1, 2, &error)
                               : NULL;
    bool well = decoder;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && well; i++) {
        Tree tree = tree_decode(decoder, intents, rows[i], 2);
        well = tree.intent == 0 && tree.nodes == 1 && tree.leaf[0] == 0 && tree.leaf[1] == 0;
        if (!well) fprintf(stderr, "another tree of infinite logits %zu\n", i);
    }
    memory_free(&memory);
    return well;
}

int main(int count, char **arguments) {
    static char line[1 << 20];
    int vectors = 0, wrong = 0;
    FILE *file = count == 2 ? fopen(arguments[1], "r") : NULL;
    setlocale(LC_ALL, "");
    if (!file || !text_start()) {
        fprintf(stderr, "usage: decode tests/golden/decoding.jsonl\n");
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        vectors++;
        wrong += !replay(line, strlen(line));
    }
    fclose(file);
    printf("%d trees, %d differ\n", vectors, wrong);
    return wrong > 0 || vectors == 0 || !bears_infinities();
}
