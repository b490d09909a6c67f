#include "tree.h"

#include <math.h>
#include <string.h>

#include "model_file.h"

enum { NONE = -1, MAX_LABELS = 1 << 14, MAX_PATH = 64 };

static const double ROUNDING = 1e-6; /* bounds are trusted up to this much */

/* A place in trees: slot, or slot, intent, slot, and so on. `outer` is the path without its last label. */
typedef struct {
    int label, outer, depth;
} Path;

/* The best way to a tag at one token, with the path in question begun or not. */
typedef struct {
    double total;
    int tag, before;
    bool begun;
} State;

struct TreeDecoder {
    int intent_count, tag_count, path_count, label_count, pair_count;
    const char **labels; /* all labels, each once */
    int *intents;        /* labels */
    char *kinds;         /* of tags: O, B, I, C */
    int *tag_path;       /* where the path of each tag is in `paths`; NONE for O */
    Path *paths;         /* all paths and their beginnings */
    int *rank;           /* of each path that a tag has, in the order of gap paths, from 0; NONE for others */
    int *by_rank;        /* the paths that tags have, in this order */
    int ranks;
    bool *legal;     /* [intent][tag] */
    int (*pairs)[2]; /* repeatable: labels of an intent and a slot */
    double penalty;

    /* what a call works on */
    double *rows;                      /* [token][tag] less the penalty */
    double *top;                       /* the greatest of each row */
    bool *worth;                       /* [token][tag]: may be part of the answer */
    State *states;                     /* [token][2 tags] */
    int *fronts;                       /* [path][begun]: the best state whose tag has that path */
    bool *begun;                       /* [path] */
    int *order;                        /* intents, the greatest logit first */
    int *chosen, *of_intent, *of_path; /* [token]: tags */
    EdgeNlpNode *nodes;
    int *leaf, *frame, *leaf_of;
};

/* --- labels
 * ------------------------------------------------------------------------------------------------------------ */

static int intern(TreeDecoder *decoder, Memory *memory, const JsonValue *value) {
    char *label = memory_take(memory, json_room(value), 1);
    size_t size;
    if (!label || !json_string(value, label, json_room(value), &size)) return NONE;
    for (int i = 0; i < decoder->label_count; i++)
        if (strcmp(decoder->labels[i], label) == 0) return i;
    decoder->labels[decoder->label_count] = label;
    return decoder->label_count++;
}

static int find_path(TreeDecoder *decoder, int outer, int label) {
    for (int i = 0; i < decoder->path_count; i++)
        if (decoder->paths[i].outer == outer && decoder->paths[i].label == label) return i;
    decoder->paths[decoder->path_count] = (Path){label, outer, outer == NONE ? 1 : decoder->paths[outer].depth + 1};
    return decoder->path_count++;
}

/* The beginning of a path that has `depth` labels. */
static int beginning(const TreeDecoder *decoder, int path, int depth) {
    while (decoder->paths[path].depth > depth) path = decoder->paths[path].outer;
    return path;
}

/* Label by label, by code points, which is the order of their bytes in UTF-8. */
static int compare_paths(const TreeDecoder *decoder, int one, int other) {
    int depth = decoder->paths[one].depth, other_depth = decoder->paths[other].depth;
    for (int i = 1; i <= depth && i <= other_depth; i++) {
        int order = strcmp(decoder->labels[decoder->paths[beginning(decoder, one, i)].label],
                           decoder->labels[decoder->paths[beginning(decoder, other, i)].label]);
        if (order) return order;
    }
    return depth - other_depth;
}

static bool read_tags(TreeDecoder *decoder, Memory *memory, const JsonValue *values, const JsonValue *tags) {
    const JsonValue *tag = tags + 1;
    for (int i = 0; i < decoder->tag_count; i++, tag = json_next(values, tag)) {
        if (tag->kind != JSON_ARRAY || tag->count < 1 || tag->count > MAX_PATH) return false;
        const JsonValue *part = tag + 1;
        if (part->kind != JSON_STRING || part->size != 1 || !strchr("OBIC", *part->text)) return false;
        decoder->kinds[i] = *part->text;
        decoder->tag_path[i] = NONE;
        if ((*part->text == 'O') != (tag->count == 1) || (*part->text == 'O') != (i == 0) || (i && tag->count % 2))
            return false;
        for (size_t j = 1; j < tag->count; j++) {
            part = json_next(values, part);
            int label = intern(decoder, memory, part);
            if (label == NONE) return false;
            decoder->tag_path[i] = find_path(decoder, decoder->tag_path[i], label);
        }
    }
    for (int i = 0; i < decoder->path_count; i++) decoder->rank[i] = NONE;
    for (int i = 1; i < decoder->tag_count; i++) {
        int path = decoder->tag_path[i], place = decoder->ranks;
        if (decoder->rank[path] != NONE) continue;
        decoder->rank[path] = 0;
        for (; place > 0 && compare_paths(decoder, decoder->by_rank[place - 1], path) > 0; place--)
            decoder->by_rank[place] = decoder->by_rank[place - 1];
        decoder->by_rank[place] = path;
        decoder->ranks++;
    }
    for (int i = 0; i < decoder->ranks; i++) decoder->rank[decoder->by_rank[i]] = i;
    return true;
}

static bool read_legal(TreeDecoder *decoder, const JsonValue *values, const JsonValue *legal) {
    const JsonValue *row = legal + 1;
    for (int i = 0; i < decoder->intent_count; i++, row = json_next(values, row)) {
        if (row->kind != JSON_ARRAY) return false;
        const JsonValue *tag = row + 1;
        for (size_t j = 0; j < row->count; j++, tag = json_next(values, tag)) {
            double number = json_number(tag, -1);
            if (!(number >= 0 && number < decoder->tag_count)) return false;
            decoder->legal[i * decoder->tag_count + (int)number] = true;
        }
        if (!decoder->legal[i * decoder->tag_count]) return false;
    }
    return true;
}

static bool read_pairs(TreeDecoder *decoder, Memory *memory, const JsonValue *values, const JsonValue *pairs) {
    const JsonValue *pair = pairs + 1;
    for (int i = 0; i < decoder->pair_count; i++, pair = json_next(values, pair)) {
        if (pair->kind != JSON_ARRAY || pair->count != 2) return false;
        const JsonValue *intent = pair + 1, *slot = json_next(values, intent);
        decoder->pairs[i][0] = intern(decoder, memory, intent);
        decoder->pairs[i][1] = intern(decoder, memory, slot);
        if (decoder->pairs[i][0] == NONE || decoder->pairs[i][1] == NONE) return false;
    }
    return true;
}

/* Room for what a call works on. */
static void take_room(TreeDecoder *decoder, Memory *memory, size_t tokens) {
    size_t tags = (size_t)decoder->tag_count, paths = (size_t)decoder->path_count, deepest = 1;
    for (size_t i = 0; i < paths; i++)
        if ((size_t)decoder->paths[i].depth > deepest) deepest = (size_t)decoder->paths[i].depth;
    decoder->rows = memory_take(memory, tokens * tags, sizeof *decoder->rows);
    decoder->top = memory_take(memory, tokens, sizeof *decoder->top);
    decoder->worth = memory_take(memory, tokens * tags, sizeof *decoder->worth);
    decoder->states = memory_take(memory, tokens * tags, 2 * sizeof *decoder->states);
    decoder->fronts = memory_take(memory, paths, 2 * sizeof *decoder->fronts);
    decoder->begun = memory_take(memory, paths, sizeof *decoder->begun);
    decoder->order = memory_take(memory, (size_t)decoder->intent_count, sizeof *decoder->order);
    decoder->chosen = memory_take(memory, tokens, sizeof *decoder->chosen);
    decoder->of_intent = memory_take(memory, tokens, sizeof *decoder->of_intent);
    decoder->of_path = memory_take(memory, tokens, sizeof *decoder->of_path);
    decoder->nodes = memory_take(memory, 1 + tokens * deepest, sizeof *decoder->nodes);
    decoder->leaf = memory_take(memory, tokens, sizeof *decoder->leaf);
    decoder->frame = memory_take(memory, paths, sizeof *decoder->frame);
    decoder->leaf_of = memory_take(memory, paths, sizeof *decoder->leaf_of);
}

static bool read_labels(TreeDecoder *decoder, Memory *memory, const JsonValue *values, const JsonValue *labels) {
    const JsonValue *intents = json_get(values, labels, "intents"), *tags = json_get(values, labels, "tags");
    const JsonValue *legal = json_get(values, labels, "legal"), *pairs = json_get(values, labels, "repeatable");
    const JsonValue *lists[4] = {intents, tags, legal, pairs};
    for (int i = 0; i < 4; i++)
        if (!lists[i] || lists[i]->kind != JSON_ARRAY || lists[i]->count > MAX_LABELS) return false;
    if (!intents->count || !tags->count || legal->count != intents->count) return false;
    size_t most = labels->next - (size_t)(labels - values); /* labels, and parts of paths, are values */
    decoder->intent_count = (int)intents->count;
    decoder->tag_count = (int)tags->count;
    decoder->pair_count = (int)pairs->count;
    decoder->labels = memory_take(memory, most, sizeof *decoder->labels);
    decoder->paths = memory_take(memory, most, sizeof *decoder->paths);
    decoder->intents = memory_take(memory, intents->count, sizeof *decoder->intents);
    decoder->kinds = memory_take(memory, tags->count, 1);
    decoder->tag_path = memory_take(memory, tags->count, sizeof *decoder->tag_path);
    decoder->rank = memory_take(memory, most, sizeof *decoder->rank);
    decoder->by_rank = memory_take(memory, tags->count, sizeof *decoder->by_rank);
    decoder->legal = memory_take(memory, intents->count * tags->count, sizeof *decoder->legal);
    decoder->pairs = memory_take(memory, pairs->count, sizeof *decoder->pairs);
    if (memory->failed) return false;
    const JsonValue *intent = intents + 1;
    for (int i = 0; i < decoder->intent_count; i++, intent = json_next(values, intent))
        if ((decoder->intents[i] = intern(decoder, memory, intent)) == NONE) return false;
    return read_tags(decoder, memory, values, tags) && read_legal(decoder, values, legal) &&
           read_pairs(decoder, memory, values, pairs);
}

TreeDecoder *tree_decoder(Memory *memory, const JsonValue *values, const JsonValue *labels, double penalty, int tokens,
                          EdgeNlpError *error) {
    TreeDecoder *decoder = memory_take(memory, 1, sizeof *decoder);
    if (decoder) decoder->penalty = penalty;
    bool right = decoder && read_labels(decoder, memory, values, labels);
    if (right) take_room(decoder, memory, (size_t)tokens);
    if (memory->failed) {
        fail(error, "there is no memory for the model's labels.");
        return NULL;
    }
    if (!right) fail(error, "labels.json in the model is not a parser's.");
    return right ? decoder : NULL;
}

int tree_intents(const TreeDecoder *decoder) { return decoder->intent_count; }

int tree_tags(const TreeDecoder *decoder) { return decoder->tag_count; }

/* --- search
 * ------------------------------------------------------------------------------------------------------------ */

/* The rank of a tag's path; NONE for O. */
static int path_of(const TreeDecoder *decoder, int tag) { return tag ? decoder->rank[decoder->tag_path[tag]] : NONE; }

/* Whether the intent and the tags are well-formed together, and all seen in training. */
static bool allows(TreeDecoder *decoder, int intent, const int *tags, int tokens) {
    int before = NONE, apart = NONE;
    memset(decoder->begun, 0, (size_t)decoder->ranks * sizeof *decoder->begun);
    for (int t = 0; t < tokens; t++) {
        if (!decoder->legal[intent * decoder->tag_count + tags[t]]) return false;
        int path = path_of(decoder, tags[t]);
        switch (decoder->kinds[tags[t]]) {
        case 'B':
            decoder->begun[path] = true;
            break;
        case 'I':
            if (path != before) return false;
            break;
        case 'C':
            if (path == before || !decoder->begun[path] || (apart != NONE && apart != path)) return false;
            apart = path;
            break;
        }
        before = path;
    }
    return true;
}

/* Whether what stands second is worth more than what stands first. */
static bool better(const State *states, int one, int other) {
    return one == NONE || states[other].total > states[one].total;
}

/* The fronts of one token: the first of the best states of any path, by begun; of either; and of any path but `apart`.
 */
typedef struct {
    int any[2], either, elsewhere[2];
} Fronts;

static Fronts find_fronts(const TreeDecoder *decoder, const State *states, int count, int apart) {
    Fronts fronts = {{NONE, NONE}, NONE, {NONE, NONE}};
    for (int i = 0; i < 2 * decoder->ranks; i++) decoder->fronts[i] = NONE;
    for (int i = 0; i < count; i++) {
        bool begun = states[i].begun;
        int path = path_of(decoder, states[i].tag);
        if (better(states, fronts.any[begun], i)) fronts.any[begun] = i;
        if (better(states, fronts.either, i)) fronts.either = i;
        if (path != apart && better(states, fronts.elsewhere[begun], i)) fronts.elsewhere[begun] = i;
        if (path != NONE && better(states, decoder->fronts[2 * path + begun], i)) decoder->fronts[2 * path + begun] = i;
    }
    return fronts;
}

/* Viterbi search under one intent where only the path `apart` may have `C` tags; -INFINITY where there is no way. */
static double run(TreeDecoder *decoder, double start, int tokens, int apart, int *tags) {
    State origin = {start, 0, NONE, false}, *before = &origin;
    int count = 1, width = decoder->tag_count;
    for (int t = 0; t < tokens; t++) {
        Fronts fronts = find_fronts(decoder, before, count, apart);
        State *states = decoder->states + (size_t)t * 2 * (size_t)width;
        count = 0;
        for (int tag = 0; tag < width; tag++) {
            if (!decoder->worth[t * width + tag]) continue;
            int path = path_of(decoder, tag), from[2] = {NONE, NONE};
            bool begins = false;
            switch (decoder->kinds[tag]) {
            case 'I':
                from[0] = decoder->fronts[2 * path];
                from[1] = decoder->fronts[2 * path + 1];
                break;
            case 'C':
                if (path == apart) from[1] = fronts.elsewhere[1];
                break;
            case 'B':
                begins = path == apart;
                /* fall through */
            default:
                from[0] = begins ? fronts.either : fronts.any[0];
                from[1] = begins ? NONE : fronts.any[1];
            }
            for (int i = 0; i < 2; i++) {
                if (from[i] == NONE) continue;
                const State *last = before + from[i];
                states[count++] =
                    (State){last->total + decoder->rows[t * width + tag], tag, from[i], begins || last->begun};
            }
        }
        before = states;
    }
    int best = NONE;
    for (int i = 0; i < count; i++)
        if (better(before, best, i)) best = i;
    if (best == NONE) return -INFINITY;
    double total = before[best].total;
    for (int t = tokens - 1; t >= 0; t--) {
        State *state = decoder->states + (size_t)t * 2 * (size_t)width + best;
        tags[t] = state->tag;
        best = state->before;
    }
    return total;
}

/* The best tags under one intent, where their total is not below `floor`. */
static double best_tags(TreeDecoder *decoder, int intent, double start, const float *logits, int tokens, double floor,
                        int *tags) {
    int width = decoder->tag_count;
    const bool *legal = decoder->legal + (size_t)intent * (size_t)width;
    double most = 0, safe = 0;
    for (int t = 0; t < tokens; t++) {
        double top = -INFINITY, free = -INFINITY;
        for (int tag = 0; tag < width; tag++) {
            double value = -INFINITY;
            if (legal[tag] || decoder->penalty >= 0)
                value = logits[t * width + tag] - (legal[tag] ? 0 : decoder->penalty);
            decoder->rows[t * width + tag] = value;
            if (value > top) top = value;
            if (value > free && decoder->kinds[tag] != 'I' && decoder->kinds[tag] != 'C') free = value;
        }
        decoder->top[t] = top;
        most += top;
        safe += free;
    }
    most += start + ROUNDING;
    safe += start - ROUNDING;
    if (most < floor) return -INFINITY;
    double spare = most - (floor > safe ? floor : safe);
    for (int t = 0; t < tokens; t++)
        for (int tag = 0; tag < width; tag++) {
            double value = decoder->rows[t * width + tag];
            decoder->worth[t * width + tag] = value > -INFINITY && value >= decoder->top[t] - spare;
        }
    double best = run(decoder, start, tokens, NONE, tags);
    for (int path = 0; path < decoder->ranks; path++) {
        bool begun = false, apart = false;
        for (int t = 0; t < tokens; t++) {
            bool begins = false;
            for (int tag = 1; tag < width; tag++) {
                if (!decoder->worth[t * width + tag] || path_of(decoder, tag) != path) continue;
                begins = begins || decoder->kinds[tag] == 'B';
                apart = apart || (begun && decoder->kinds[tag] == 'C');
            }
            begun = begun || begins;
        }
        if (!apart) continue;
        double total = run(decoder, start, tokens, path, decoder->of_path);
        if (total > best) {
            best = total;
            memcpy(tags, decoder->of_path, (size_t)tokens * sizeof *tags);
        }
    }
    return best;
}

/* The well-formed intent and tags with the greatest total logit; where logits that are not finite leave none, the first
 * intent and all tags O. */
static int search(TreeDecoder *decoder, const float *intents, const float *logits, int tokens, int *tags) {
    double ceiling = ROUNDING, found = -INFINITY;
    int chosen = 0, width = decoder->tag_count;
    memset(tags, 0, (size_t)tokens * sizeof *tags);
    for (int t = 0; t < tokens; t++) {
        float top = logits[t * width];
        for (int tag = 1; tag < width; tag++)
            if (logits[t * width + tag] > top) top = logits[t * width + tag];
        ceiling += top;
    }
    for (int i = 0; i < decoder->intent_count; i++) {
        int place = i;
        for (; place > 0 && intents[decoder->order[place - 1]] < intents[i]; place--)
            decoder->order[place] = decoder->order[place - 1];
        decoder->order[place] = i;
    }
    for (int i = 0; i < decoder->intent_count; i++) {
        int intent = decoder->order[i];
        double start = intents[intent];
        if (start + ceiling < found) break;
        double total = best_tags(decoder, intent, start, logits, tokens, found, decoder->of_intent);
        if (total > found || (total == found && total > -INFINITY && intent < chosen)) {
            found = total;
            chosen = intent;
            memcpy(tags, decoder->of_intent, (size_t)tokens * sizeof *tags);
        }
    }
    return chosen;
}

/* --- the tree
 * ---------------------------------------------------------------------------------------------------------- */

static int add_node(TreeDecoder *decoder, Tree *tree, int parent, int label) {
    int node = tree->nodes++;
    decoder->nodes[node] = (EdgeNlpNode){decoder->labels[label], 0, 0, 0, NONE, NONE};
    if (!node) return node;
    EdgeNlpNode *above = &decoder->nodes[parent];
    if (above->last_child)
        decoder->nodes[above->last_child].next = node;
    else
        above->first_child = node;
    above->last_child = node;
    return node;
}

static bool lies_in(const TreeDecoder *decoder, int path, int outer) {
    return decoder->paths[path].depth >= decoder->paths[outer].depth &&
           beginning(decoder, path, decoder->paths[outer].depth) == outer;
}

/* Begins a nested intent at a path of slot, intent, ..., intent. */
static int begin_frame(TreeDecoder *decoder, Tree *tree, int place) {
    int slot = decoder->paths[place].outer, outer = decoder->paths[slot].outer;
    int parent = 0;
    if (outer != NONE) {
        parent = decoder->frame[outer];
        if (parent == NONE) parent = begin_frame(decoder, tree, outer);
    }
    for (int path = 0; path < decoder->path_count; path++)
        if (lies_in(decoder, path, place)) decoder->frame[path] = NONE;
    int node = add_node(decoder, tree, parent, decoder->paths[slot].label);
    return decoder->frame[place] = add_node(decoder, tree, node, decoder->paths[place].label);
}

static bool repeatable(const TreeDecoder *decoder, int intent, int slot) {
    for (int i = 0; i < decoder->pair_count; i++)
        if (decoder->pairs[i][0] == intent && decoder->pairs[i][1] == slot) return true;
    return false;
}

static bool has_leaf(const TreeDecoder *decoder, int frame, const char *label) {
    for (int node = decoder->nodes[frame].first_child; node; node = decoder->nodes[node].next)
        if (decoder->nodes[node].label == label && decoder->nodes[node].first_token != NONE) return true;
    return false;
}

static void build(TreeDecoder *decoder, Tree *tree, const int *tags, int tokens) {
    tree->nodes = 0;
    add_node(decoder, tree, 0, decoder->intents[tree->intent]);
    for (int path = 0; path < decoder->path_count; path++) decoder->frame[path] = decoder->leaf_of[path] = NONE;
    for (int t = 0; t < tokens; t++) {
        int path = decoder->tag_path[tags[t]];
        decoder->leaf[t] = 0;
        if (path == NONE) continue;
        if (decoder->kinds[tags[t]] == 'B') {
            int place = decoder->paths[path].outer, label = decoder->paths[path].label, frame = 0;
            if (place != NONE) {
                frame = decoder->frame[place];
                if (frame == NONE || (has_leaf(decoder, frame, decoder->labels[label]) &&
                                      !repeatable(decoder, decoder->paths[place].label, label)))
                    frame = begin_frame(decoder, tree, place);
            }
            decoder->leaf_of[path] = add_node(decoder, tree, frame, label);
            decoder->nodes[decoder->leaf_of[path]].first_token = t;
        }
        decoder->leaf[t] = decoder->leaf_of[path];
        decoder->nodes[decoder->leaf[t]].last_token = t;
    }
}

/* One over the softmax probability of one of the logits. */
static double inverse_probability(const float *logits, int count, int chosen) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += exp((double)logits[i] - logits[chosen]);
    return sum;
}

static int greatest(const float *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

Tree tree_decode(TreeDecoder *decoder, const float *intents, const float *tags, int tokens) {
    int width = decoder->tag_count;
    Tree tree = {.intent = greatest(intents, decoder->intent_count), .node = decoder->nodes, .leaf = decoder->leaf};
    for (int t = 0; t < tokens; t++) decoder->chosen[t] = greatest(tags + t * width, width);
    if (!allows(decoder, tree.intent, decoder->chosen, tokens))
        tree.intent = search(decoder, intents, tags, tokens, decoder->chosen);
    build(decoder, &tree, decoder->chosen, tokens);
    double inverse = inverse_probability(intents, decoder->intent_count, tree.intent);
    for (int t = 0; t < tokens; t++) inverse *= inverse_probability(tags + t * width, width, decoder->chosen[t]);
    tree.score = 1 / inverse;
    return tree;
}
