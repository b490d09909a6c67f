/* Whether an answer's tree is the one in a golden vector, spans in code points. */
#ifndef SAME_TREE_H
#define SAME_TREE_H

#include <string.h>

#include "../edgenlp.h"
#include "../json.h"

static inline bool same_spans(const JsonValue *values, const JsonValue *spans, const EdgeNlpAnswer *answer, int node) {
    const JsonValue *span = spans + 1;
    size_t found = 0;
    for (int t = 0, first; t < answer->tokens; t++) {
        if (answer->leaf[t] != node || !node) continue;
        for (first = t; t + 1 < answer->tokens && answer->leaf[t + 1] == node;) t++;
        if (++found > spans->count) return false;
        if (json_number(span + 1, -1) != answer->spans[first].first_point) return false;
        if (json_number(span + 2, -1) != answer->spans[t].last_point) return false;
        span = json_next(values, span);
    }
    return found == spans->count;
}

static inline bool same_tree(const JsonValue *values, const JsonValue *expected, const EdgeNlpAnswer *answer,
                             int node) {
    char label[1024];
    size_t size;
    const JsonValue *children = json_get(values, expected, "children"), *child = children + 1;
    if (!json_string(json_get(values, expected, "label"), label, sizeof label, &size)) return false;
    if (strcmp(label, answer->node[node].label) != 0) return false;
    if (!same_spans(values, json_get(values, expected, "spans"), answer, node)) return false;
    int below = answer->node[node].first_child;
    for (size_t i = 0; i < children->count; i++, child = json_next(values, child), below = answer->node[below].next)
        if (!below || !same_tree(values, child, answer, below)) return false;
    return !below;
}

#endif
