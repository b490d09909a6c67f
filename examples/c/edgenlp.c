#include "edgenlp.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "model.h"
#include "model_file.h"

enum { FORMAT_VERSION = 1, MAX_MODEL_BYTES = 1 << 30 };

/* --- loading
 * ----------------------------------------------------------------------------------------------------------- */

/* An associated file, unpacked and with a NUL behind it; null and a sentence where there is none. */
static char *unpack(EdgeNlp *model, const ModelFile *file, const char *name, size_t *size, EdgeNlpError *error) {
    const PackedFile *entry = model_file_find(file, name);
    if (!entry) {
        fail(error, "the model holds no %s: it is no model of edgenlp.", name);
        return NULL;
    }
    char *content = memory_take(&model->memory, entry->size + 1, 1);
    *size = entry->size;
    if (!content) fail(error, "there is no memory for %s.", name);
    return content && model_file_unpack(file, entry, (unsigned char *)content, error) ? content : NULL;
}

static const JsonValue *unpack_json(EdgeNlp *model, const ModelFile *file, const char *name, EdgeNlpError *error) {
    size_t size;
    const char *content = unpack(model, file, name, &size, error);
    if (!content) return NULL;
    JsonValue *values = memory_take(&model->memory, json_count(content, size), sizeof *values);
    if (values && json_read(content, size, values)) return values;
    fail(error, "%s in the model is not JSON.", name);
    return NULL;
}

static bool is_true(const JsonValue *value) { return value && value->kind == JSON_BOOL && *value->text == 't'; }

static bool read_config(EdgeNlp *model, const JsonValue *values, EdgeNlpError *error) {
    const JsonValue *encoder = json_get(values, values, "encoder"), *config = json_get(values, encoder, "config");
    const JsonValue *name = json_get(values, encoder, "name");
    if (!json_is(name, "pqrnn"))
        return fail(error, "the model has the encoder %.*s, and this program has pqrnn.", name ? (int)name->size : 0,
                    name ? name->text : "");
    const struct {
        const char *name;
        int *value;
    } numbers[] = {{"word_features", &model->config.word_features},
                   {"ngram_features", &model->config.ngram_features},
                   {"ngram_min", &model->config.ngram_min},
                   {"ngram_max", &model->config.ngram_max}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double number = json_number(json_get(values, config, numbers[i].name), -1);
        *numbers[i].value = number >= 0 && number <= MAX_FEATURES ? (int)number : -1;
    }
    const JsonValue *segmentation = json_get(values, config, "segmentation");
    const JsonValue *mode = json_get(values, config, "ngram_mode"), *shape = json_get(values, config, "shape_features");
    model->config.by_script = json_is(segmentation, "unicode");
    model->config.sums = json_is(mode, "sum");
    model->config.shape_features = is_true(shape);
    bool known = (model->config.by_script || json_is(segmentation, "whitespace")) &&
                 (model->config.sums || json_is(mode, "sign")) && shape && shape->kind == JSON_BOOL;
    return (known && pqrnn_valid(&model->config)) ||
           fail(error, "the settings of the model's encoder are none that this program knows.");
}

/* `labels.txt`: a label a line, of which the last one may lack its end. */
static bool read_labels(EdgeNlp *model, const ModelFile *file, EdgeNlpError *error) {
    size_t size;
    char *content = unpack(model, file, "labels.txt", &size, error);
    if (!content) return false;
    size_t lines = size > 0 && content[size - 1] != '\n';
    for (size_t i = 0; i < size; i++) lines += content[i] == '\n';
    model->labels = memory_take(&model->memory, lines, sizeof *model->labels);
    model->ranking = memory_take(&model->memory, lines, sizeof *model->ranking);
    model->scores = memory_take(&model->memory, lines, sizeof *model->scores);
    if (model->memory.failed || lines == 0 || lines > 1 << 16)
        return fail(error, "labels.txt in the model holds no labels.");
    for (char *line = content, *end; line < content + size; line = end + 1) {
        end = memchr(line, '\n', (size_t)(content + size - line));
        if (!end) end = content + size;
        *end = 0;
        model->labels[model->label_count++] = line;
    }
    return true;
}

static bool read_head(EdgeNlp *model, const ModelFile *file, const JsonValue *values, int tokens, EdgeNlpError *error) {
    const JsonValue *head = json_get(values, values, "head"), *name = json_get(values, head, "name");
    if (json_is(name, "classification")) return read_labels(model, file, error);
    if (!json_is(name, "semantic_parsing"))
        return fail(error, "the model has the head %.*s, and this program has semantic_parsing and classification.",
                    name ? (int)name->size : 0, name ? name->text : "");
    const JsonValue *labels = unpack_json(model, file, "labels.json", error);
    double penalty = json_number(json_get(values, json_get(values, head, "config"), "unseen_path_penalty"), -1);
    if (labels) model->trees = tree_decoder(&model->memory, labels, labels, penalty, tokens, error);
    return model->trees;
}

static bool has_tensor(Tensor *tensors, size_t count, const char *name, size_t values) {
    const Tensor *tensor = network_tensor(tensors, count, name);
    return tensor && tensor->values == values;
}

/* Whether every graph takes and gives what the settings and labels say. */
static bool fits(EdgeNlp *model) {
    for (int i = 0; i < model->network.count; i++) {
        Signature *signature = &model->network.signatures[i];
        size_t length = (size_t)signature->length, count = signature->output_count;
        if (signature->input_count != 2 || !has_tensor(signature->inputs, 2, "mask", length) ||
            !has_tensor(signature->inputs, 2, "features", length * (size_t)pqrnn_width(&model->config)))
            return false;
        bool gives = model->trees
                         ? has_tensor(signature->outputs, count, "intent", (size_t)tree_intents(model->trees)) &&
                               has_tensor(signature->outputs, count, "tags", length * (size_t)tree_tags(model->trees))
                         : has_tensor(signature->outputs, count, "label", (size_t)model->label_count);
        if (!gives) return false;
    }
    return true;
}

static bool read_model(EdgeNlp *model, size_t size, EdgeNlpError *error) {
    ModelFile file;
    char digest[65 + 5] = "";
    size_t digest_size;
    if (!text_start()) return fail(error, "the Unicode table that was built into this program is damaged.");
    if (!model_file_open(model->data, size, &file, error)) return false;
    const JsonValue *manifest = unpack_json(model, &file, "edgenlp.json", error);
    if (!manifest) return false;
    double version = json_number(json_get(manifest, manifest, "format_version"), 0);
    if (version > FORMAT_VERSION)
        return fail(error, "the model has format %g and this program reads up to %d: build a newer one.", version,
                    FORMAT_VERSION);
    const JsonValue *graph = json_get(manifest, manifest, "graph");
    if (!json_string(json_get(manifest, graph, "sha256"), digest, sizeof digest, &digest_size) ||
        !model_file_graph_is(&file, digest))
        return fail(error, "the graph was changed after the export (its digest differs from the manifest's).");
    if (!read_config(model, manifest, error)) return false;
    if (!network_load(&model->network, &model->memory, model->data, file.graph_size, error)) return false;
    int longest = model->network.signatures[model->network.count - 1].length;
    if (!read_head(model, &file, manifest, longest, error)) return false;
    if (!fits(model)) return fail(error, "the graph does not fit the settings and labels in its manifest.");
    model->spans = memory_take(&model->memory, (size_t)longest, sizeof *model->spans);
    model->row = memory_take(&model->memory, (size_t)pqrnn_width(&model->config), 1);
    return !model->memory.failed || fail(error, "there is no memory for the model.");
}

static unsigned char *read_file(Memory *memory, const char *path, size_t *size, EdgeNlpError *error) {
    FILE *file = fopen(path, "rb");
    unsigned char *data = NULL;
    long end = -1;
    /* a folder can be opened, but not read */
    if (file && (fgetc(file) != EOF || !ferror(file)) && fseek(file, 0, SEEK_END) == 0) end = ftell(file);
    if (end > MAX_MODEL_BYTES) {
        fail(error, "it is larger than a gigabyte: it is no model of edgenlp.");
    } else if (end < 0 || fseek(file, 0, SEEK_SET) != 0) {
        fail(error, "it cannot be read (%s).", strerror(errno));
    } else {
        *size = (size_t)end;
        data = memory_take(memory, *size + 1, 1);
        if (data && fread(data, 1, *size, file) != *size) data = NULL;
        if (!data) fail(error, "it cannot be read whole.");
    }
    if (file) fclose(file);
    return data;
}

EdgeNlp *edgenlp_load(const char *path, EdgeNlpError *error) {
    EdgeNlp *model = calloc(1, sizeof *model);
    size_t size;
    EdgeNlpError why = {"there is no memory for the model."};
    if (model && (model->data = read_file(&model->memory, path, &size, &why)) && read_model(model, size, &why))
        return model;
    fail(error, "%.100s: %.150s", path, why.text);
    edgenlp_free(model);
    return NULL;
}

EdgeNlp *edgenlp_load_bytes(const void *data, size_t size, EdgeNlpError *error) {
    if ((uintptr_t)data % EDGENLP_ALIGNMENT) {
        fail(error, "the model's bytes do not begin at a multiple of %d.", EDGENLP_ALIGNMENT);
        return NULL;
    }
    EdgeNlp *model = calloc(1, sizeof *model);
    fail(error, "there is no memory for the model.");
    if (model && (model->data = data) && read_model(model, size, error)) return model;
    edgenlp_free(model);
    return NULL;
}

void edgenlp_free(EdgeNlp *model) {
    if (!model) return;
    network_free(&model->network);
    memory_free(&model->memory);
    free(model);
}

/* --- predicting: nothing below takes memory
 * ------------------------------------------------------------------------------ */

static void stage_inputs(EdgeNlp *model, Signature *signature, const unsigned char *text, int tokens) {
    Tensor *features = network_tensor(signature->inputs, signature->input_count, "features");
    Tensor *mask = network_tensor(signature->inputs, signature->input_count, "mask");
    int width = pqrnn_width(&model->config);
    memset(features->data, 0, features->values * sizeof *features->data);
    for (int t = 0; t < signature->length; t++) mask->data[t] = t < tokens ? 1 : 0;
    for (int t = 0; t < tokens; t++) {
        const EdgeNlpSpan *span = &model->spans[t];
        pqrnn_features(&model->config, text + span->start, span->end - span->start, model->row);
        for (int f = 0; f < width; f++) features->data[t * width + f] = model->row[f];
    }
}

static void decode_tree(EdgeNlp *model, Signature *signature, EdgeNlpAnswer *answer) {
    const Tensor *intents = network_tensor(signature->outputs, signature->output_count, "intent");
    const Tensor *tags = network_tensor(signature->outputs, signature->output_count, "tags");
    Tree tree = tree_decode(model->trees, intents->data, tags->data, answer->tokens);
    answer->label = tree.node[0].label;
    answer->score = tree.score;
    answer->nodes = tree.nodes;
    answer->node = tree.node;
    answer->leaf = tree.leaf;
}

/* Softmax, the most probable label first; of equal logits that of the lower number. */
static void decode_label(EdgeNlp *model, Signature *signature, EdgeNlpAnswer *answer) {
    const float *logits = network_tensor(signature->outputs, signature->output_count, "label")->data;
    double sum = 0;
    for (int i = 0; i < model->label_count; i++) {
        int place = i;
        for (; place > 0 && logits[model->ranking[place - 1]] < logits[i]; place--)
            model->ranking[place] = model->ranking[place - 1];
        model->ranking[place] = i;
    }
    for (int i = 0; i < model->label_count; i++) sum += exp((double)logits[i] - logits[model->ranking[0]]);
    for (int i = 0; i < model->label_count; i++)
        model->scores[i] = exp((double)logits[model->ranking[i]] - logits[model->ranking[0]]) / sum;
    answer->label = model->labels[model->ranking[0]];
    answer->score = model->scores[0];
    answer->labels = model->label_count;
    answer->label_names = model->labels;
    answer->ranking = model->ranking;
    answer->scores = model->scores;
}

const EdgeNlpAnswer *edgenlp_predict(EdgeNlp *model, const char *text, size_t bytes, EdgeNlpError *error) {
    const unsigned char *content = (const unsigned char *)text;
    Network *network = &model->network;
    EdgeNlpAnswer *answer = &model->answer;
    *answer = (EdgeNlpAnswer){.spans = model->spans};
    int longest = network->signatures[network->count - 1].length;
    answer->tokens = segment(content, bytes, longest, model->config.by_script, model->spans, &answer->truncated);
    if (!answer->tokens) {
        fail(error, "the text is empty or holds only white space.");
        return NULL;
    }
    Signature *signature = network->signatures;
    while (signature->length < answer->tokens) signature++;
    stage_inputs(model, signature, content, answer->tokens);
    if (!network_run(network, signature, error)) return NULL;
    model->ran = signature;
    if (model->trees)
        decode_tree(model, signature, answer);
    else
        decode_label(model, signature, answer);
    return answer;
}

/* --- printing
 * ------------------------------------------------------------------------------------------------------------ */

static void print_string(FILE *file, const char *text, size_t bytes) {
    fputc('"', file);
    for (size_t at = 0, after = 0; at < bytes; at = after) {
        uint32_t point = next_point((const unsigned char *)text, bytes, &after);
        if (point == '"' || point == '\\')
            fprintf(file, "\\%c", (int)point);
        else if (point < 0x20 || point == 0xFFFD || point >> 11 == 0x1B)
            fprintf(file, "\\u%04x", point);
        else
            fwrite(text + at, 1, after - at, file);
    }
    fputc('"', file);
}

static void print_node(FILE *file, const EdgeNlpAnswer *answer, const char *text, int node) {
    const EdgeNlpNode *at = &answer->node[node];
    const char *comma = "";
    fputs("{\"label\": ", file);
    print_string(file, at->label, strlen(at->label));
    if (at->first_token >= 0) {
        fputs(", \"words\": [", file);
        for (int t = at->first_token, first; t <= at->last_token; t++) {
            if (answer->leaf[t] != node) continue;
            for (first = t; t < at->last_token && answer->leaf[t + 1] == node;) t++;
            const EdgeNlpSpan *from = &answer->spans[first], *to = &answer->spans[t];
            fprintf(file, "%s{\"span\": [%u, %u], \"text\": ", comma, from->first_point, to->last_point);
            print_string(file, text + from->start, to->end - from->start);
            fputc('}', file);
            comma = ", ";
        }
        fputc(']', file);
    }
    if (at->first_child) {
        fputs(", \"children\": [", file);
        for (int child = at->first_child; child; child = answer->node[child].next) {
            print_node(file, answer, text, child);
            if (answer->node[child].next) fputs(", ", file);
        }
        fputc(']', file);
    }
    fputc('}', file);
}

/* By integers, since the decimal point of `%f` is the locale's; JSON has no sign for what is no number. */
static void print_score(FILE *file, double score) {
    int parts = isfinite(score) ? (int)lround(score * 10000) : -1;
    if (parts < 0)
        fputs("null", file);
    else
        fprintf(file, "%d.%04d", parts / 10000, parts % 10000);
}

void edgenlp_print(FILE *file, const EdgeNlpAnswer *answer, const char *text) {
    fputc('{', file);
    if (answer->nodes) {
        fputs("\"tree\": ", file);
        print_node(file, answer, text, 0);
    } else {
        fputs("\"label\": ", file);
        print_string(file, answer->label, strlen(answer->label));
    }
    fputs(", \"score\": ", file);
    print_score(file, answer->score);
    fprintf(file, ", \"truncated\": %s}\n", answer->truncated ? "true" : "false");
}

void edgenlp_print_error(FILE *file, const EdgeNlpError *error) {
    fputs("{\"error\": ", file);
    print_string(file, error->text, strlen(error->text));
    fputs("}\n", file);
}
