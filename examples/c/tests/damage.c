/* Loads a model again and again with something changed or cut off: each is refused with a sentence, or works; and gives
 * the whole model random bytes as texts.
 *
 * damage MODEL
 */
#include <stdlib.h>
#include <string.h>

#include "../edgenlp.h"
#include "../model_file.h"
#include "../tree.h"

enum { TIMES = 400 };

static uint64_t state = 20;

/* SplitMix64. */
static size_t random_below(size_t limit) {
    uint64_t word = state += 0x9E3779B97F4A7C15;
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9;
    word = (word ^ word >> 27) * 0x94D049BB133111EB;
    return (size_t)((word ^ word >> 31) % limit);
}

/* Changes a few bytes, most often behind the graph, whose digest finds all changes. */
static size_t damage(unsigned char *data, size_t size, size_t graph_size) {
    size_t kind = random_below(8), from = kind < 7 ? graph_size : 0;
    if (kind == 6) return random_below(size);
    for (size_t changes = 1 + random_below(4); changes; changes--) {
        size_t place = from + random_below(size - from);
        /* the directory at the end has most of what can be asked for */
        if (kind < 3) place = size - 1 - random_below(size - from < 400 ? size - from : 400);
        data[place] = (unsigned char)(kind % 2 ? random_below(256) : data[place] ^ 1u << random_below(8));
    }
    return size;
}

/* Whether a model is refused that begins at no multiple of EDGENLP_ALIGNMENT. */
static bool refuses_odd_places(const unsigned char *data, size_t size) {
    EdgeNlpError error;
    unsigned char *bytes = malloc(size + 1);
    memcpy(bytes + 1, data, size);
    EdgeNlp *model = edgenlp_load_bytes(bytes + 1, size, &error);
    edgenlp_free(model);
    free(bytes);
    return !model && strstr(error.text, "do not begin at a multiple of 16");
}

/* Whether the model bears texts of random bytes, each in memory of its own size, and its tokens are within them. */
static bool bears_noise(const char *path) {
    EdgeNlpError error;
    EdgeNlp *model = edgenlp_load(path, &error);
    bool well = model;
    for (int i = 0; i < TIMES && well; i++) {
        size_t bytes = random_below(200);
        char *text = malloc(bytes + !bytes);
        /* most bytes are such as UTF-8 has in that place or nearly so */
        for (size_t at = 0; at < bytes; at++)
            text[at] = (char)(random_below(3) ? 0x80 + random_below(at % 3 ? 0x40 : 0x80) : random_below(256));
        const EdgeNlpAnswer *answer = edgenlp_predict(model, text, bytes, &error);
        for (int t = 0; answer && t < answer->tokens; t++)
            well = well && answer->spans[t].start < answer->spans[t].end && answer->spans[t].end <= bytes;
        free(text);
    }
    edgenlp_free(model);
    return well;
}

/* Changes, moves or takes away a few of the signs and numbers that JSON is made of. */
static void damage_json(char *content, size_t size) {
    static const char signs[] = "[]{},:\"\\0123456789.-eOBIC \n\xFF";
    for (size_t changes = 1 + random_below(3); changes; changes--) {
        size_t place = random_below(size), other = random_below(size);
        if (random_below(2))
            content[place] = signs[random_below(sizeof signs - 1)];
        else
            memmove(content + place, content + other, random_below(size - (place > other ? place : other)));
    }
}

/* Whether decoders of damaged labels are refused or give a tree. */
static bool bears_damaged_labels(const ModelFile *model) {
    static const float logits[1 << 16];
    const PackedFile *entry = model_file_find(model, "labels.json");
    EdgeNlpError error;
    int made = 0;
    if (!entry) return false;
    char *whole = malloc(entry->size), *damaged = malloc(entry->size);
    bool well = model_file_unpack(model, entry, (unsigned char *)whole, &error);
    for (int i = 0; i < 20 * TIMES && well; i++) {
        Memory memory = {0};
        memcpy(damaged, whole, entry->size);
        damage_json(damaged, entry->size);
        JsonValue *values = memory_take(&memory, json_count(damaged, entry->size), sizeof *values);
        if (json_read(damaged, entry->size, values)) {
            TreeDecoder *decoder = tree_decoder(&memory, values, values, random_below(2) ? -1 : 1, 5, &error);
            if (decoder) well = tree_decode(decoder, logits, logits, 5).nodes > 0;
            made += decoder != NULL;
        }
        memory_free(&memory);
    }
    free(whole);
    free(damaged);
    printf("%d damaged labels, %d of which still make a decoder\n", 20 * TIMES, made);
    return well && made;
}

int main(int count, char **arguments) {
    EdgeNlpError error = {"usage: damage MODEL"};
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    static unsigned char whole[1 << 20], damaged[1 << 20];
    ModelFile model;
    size_t size = file ? fread(whole, 1, sizeof whole, file) : 0;
    int refused = 0;
    if (!size || !model_file_open(whole, size, &model, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    fclose(file);
    for (int i = 0; i < TIMES; i++) {
        memcpy(damaged, whole, size);
        size_t left = damage(damaged, size, model.graph_size);
        unsigned char *bytes = malloc(left + !left); /* of its own size, which sanitizers watch */
        memcpy(bytes, damaged, left);
        EdgeNlp *loaded = edgenlp_load_bytes(bytes, left, &error);
        if (loaded && !edgenlp_predict(loaded, "set an alarm", 12, &error)) return 1;
        refused += !loaded;
        edgenlp_free(loaded);
        free(bytes);
    }
    printf("%d damaged models, %d refused, the last one so: %s\n", TIMES, refused, error.text);
    return refused < TIMES / 2 || !refuses_odd_places(whole, size) || !bears_damaged_labels(&model) ||
           !bears_noise(arguments[1]);
}
