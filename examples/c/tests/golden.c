/* Replays tests/golden/predictions/NAME.jsonl on its model: tokens, features, outputs and answers, step by step.
 * Outputs of int8 are compared in steps of their scales.
 *
 * golden MODEL VECTORS LEAST OUTPUTS: fails where tokens or features differ in any vector, where outputs differ by more
 * than OUTPUTS (0 for any difference), or where fewer than the share LEAST of the answers are the same; and where a
 * prediction takes memory: `malloc` and its like are wrapped by the linker.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model.h"
#include "../model_file.h"
#include "same_tree.h"

static long taken; /* how often this program's own code asked for memory */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size) {
    taken++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    taken++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    taken++;
    return __real_realloc(block, size);
}

/* The digest of the graph's inputs, as edgenlp/evaluation/golden.py defines it. */
static void digest(EdgeNlp *model, char digits[static 65]) {
    Signature *signature = model->ran;
    const Tensor *features = network_tensor(signature->inputs, signature->input_count, "features");
    const Tensor *mask = network_tensor(signature->inputs, signature->input_count, "mask");
    unsigned char *bytes = malloc((features->values + mask->values) * sizeof(float) + 128);
    size_t used = (size_t)sprintf((char *)bytes, "features%cfloat32%c1,%d,%d%c", 0, 0, signature->length,
                                  pqrnn_width(&model->config), 0);
    memcpy(bytes + used, features->data, features->values * sizeof(float));
    used += features->values * sizeof(float);
    used += (size_t)sprintf((char *)bytes + used, "mask%cfloat32%c1,%d%c", 0, 0, signature->length, 0);
    memcpy(bytes + used, mask->data, mask->values * sizeof(float));
    sha256(bytes, used + mask->values * sizeof(float), digits);
    free(bytes);
}

static bool same_tokens(const JsonValue *values, const JsonValue *tokens, const EdgeNlpAnswer *answer) {
    const JsonValue *token = tokens + 1;
    if (tokens->count != (size_t)answer->tokens) return false;
    for (int t = 0; t < answer->tokens; t++, token = json_next(values, token))
        if (json_number(token + 1, -1) != answer->spans[t].first_point ||
            json_number(token + 2, -1) != answer->spans[t].last_point)
            return false;
    return true;
}

/* The greatest difference between a tensor's beginning and the numbers in nested arrays. */
static double difference(const JsonValue *values, const JsonValue *expected, const float **found) {
    if (expected->kind == JSON_NUMBER) return fabs(json_number(expected, NAN) - *(*found)++);
    double most = 0;
    const JsonValue *part = expected + 1;
    for (size_t i = 0; i < expected->count; i++, part = json_next(values, part))
        most = fmax(most, difference(values, part, found));
    return most;
}

static double outputs_differ(const JsonValue *values, const JsonValue *outputs, Signature *signature) {
    double most = 0;
    const JsonValue *name = outputs + 1;
    for (size_t i = 0; i < outputs->count; i++) {
        char key[64];
        size_t size;
        const JsonValue *numbers = json_next(values, name);
        const Tensor *tensor = json_string(name, key, sizeof key, &size)
                                   ? network_tensor(signature->outputs, signature->output_count, key)
                                   : NULL;
        if (!tensor) return INFINITY;
        const float *found = tensor->data;
        most = fmax(most, difference(values, numbers, &found) / (tensor->scale > 0 ? tensor->scale : 1));
        name = json_next(values, numbers);
    }
    return most;
}

static bool same_answer(const JsonValue *values, const JsonValue *prediction, const EdgeNlpAnswer *answer) {
    const JsonValue *truncated = json_get(values, prediction, "truncated"),
                    *root = json_get(values, prediction, "root");
    if ((*truncated->text == 't') != answer->truncated) return false;
    return root ? answer->nodes && same_tree(values, root, answer, 0)
                : json_is(json_get(values, prediction, "label"), answer->label);
}

int main(int count, char **arguments) {
    static char line[1 << 20];
    int vectors = 0, wrong = 0, same = 0;
    double most = 0, worst_score = 0;
    EdgeNlpError error = {"usage: golden MODEL VECTORS LEAST OUTPUTS"};
    FILE *file = count == 5 ? fopen(arguments[2], "r") : NULL;
    EdgeNlp *model = file ? edgenlp_load(arguments[1], &error) : NULL;
    if (!model) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    double least = strtod(arguments[3], NULL), allowed = strtod(arguments[4], NULL);
    while (fgets(line, sizeof line, file)) {
        size_t size = strlen(line), bytes = 0;
        JsonValue *values = malloc(json_count(line, size) * sizeof *values);
        char *text = malloc(size + 8);
        const char *difference_in = NULL;
        vectors++;
        if (!json_read(line, size, values) || !json_string(json_get(values, values, "text"), text, size + 8, &bytes))
            return 2;
        text = realloc(text, bytes + !bytes); /* so that a byte read beyond it is found */
        const JsonValue *prediction = json_get(values, values, "prediction");
        long before = taken;
        const EdgeNlpAnswer *answer = edgenlp_predict(model, text, bytes, &error);
        if (taken > before) difference_in = "memory: some was taken";
        if (!answer || prediction->kind == JSON_NULL) {
            if (answer || prediction->kind != JSON_NULL) difference_in = "whether there is an answer";
            same++;
        } else {
            char digits[65];
            digest(model, digits);
            double apart = outputs_differ(values, json_get(values, values, "outputs"), model->ran);
            double score = json_number(json_get(values, prediction, "score"), NAN);
            most = fmax(most, apart);
            if (allowed > 0 && !(apart <= allowed)) difference_in = "outputs";
            if (!json_is(json_get(values, values, "features"), digits)) difference_in = "features";
            if (!same_tokens(values, json_get(values, values, "tokens"), answer)) difference_in = "tokens";
            same += same_answer(values, prediction, answer);
            worst_score = fmax(worst_score, fabs(answer->score - score));
        }
        if (difference_in) fprintf(stderr, "line %d differs in %s\n", vectors, difference_in);
        wrong += difference_in != NULL;
        free(values);
        free(text);
    }
    fclose(file);
    edgenlp_free(model);
    printf("%s: %d vectors, %d differ, %d same answers; outputs within %.2g, scores within %.2g\n", arguments[2],
           vectors, wrong, same, most, worst_score);
    return wrong > 0 || vectors == 0 || same < least * vectors;
}
