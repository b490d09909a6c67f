/* What a text means, by a model of edgenlp: a `.tflite` whose encoder is pqrnn and whose head is semantic_parsing or
 * classification.
 *
 * All memory is taken by edgenlp_load and edgenlp_load_bytes. One EdgeNlp serves one call at a time: threads that predict at once load one
 * each.
 */
#ifndef EDGENLP_H
#define EDGENLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EdgeNlp EdgeNlp;

/* What went wrong, in a sentence. */
typedef struct {
    char text[256];
} EdgeNlpError;

/* A half-open part of the caller's text, in bytes and in code points. */
typedef struct {
    size_t start, end;
    uint32_t first_point, last_point;
} EdgeNlpSpan;

/* An intent or a slot. The root is node 0; links are numbers of nodes, and 0 for none. */
typedef struct {
    const char *label;
    int first_child, last_child, next;
    int first_token, last_token; /* of a leaf; -1 where there are children, or no words */
} EdgeNlpNode;

/* The answer, which stays until the next call.
 *
 * Of a parse, `label` is the intent, and `nodes` is the tree. Of a classification, `ranking` has the numbers of all
 * labels, the most probable first, and `scores` their probabilities in this order.
 */
typedef struct {
    const char *label;
    double score;
    bool truncated; /* the text was longer than the model reads */
    int tokens;
    const EdgeNlpSpan *spans; /* of the tokens */
    int nodes;                /* 0 for a classification */
    const EdgeNlpNode *node;
    const int *leaf; /* for each token the node that it belongs to, or 0 */
    int labels;      /* 0 for a parse */
    const char *const *label_names;
    const int *ranking;
    const double *scores;
} EdgeNlpAnswer;

/* Reads a model; null and a sentence where it cannot be used. */
EdgeNlp *edgenlp_load(const char *path, EdgeNlpError *error);

/* The same of a model's bytes, which begin at a multiple of EDGENLP_ALIGNMENT and stay the caller's, unchanged, until
 * edgenlp_free: they may lie in flash, in a mapped file or in the program itself. */
EdgeNlp *edgenlp_load_bytes(const void *data, size_t size, EdgeNlpError *error);

enum { EDGENLP_ALIGNMENT = 16 };

/* What the model says about a text of UTF-8, which may hold NUL, and whose damaged bytes count as U+FFFD each. Null and
 * a sentence for a text without tokens, and where the runtime fails. */
const EdgeNlpAnswer *edgenlp_predict(EdgeNlp *model, const char *text, size_t bytes, EdgeNlpError *error);

/* The answer as one line of JSON, spans in code points. */
void edgenlp_print(FILE *file, const EdgeNlpAnswer *answer, const char *text);

/* Why there is no answer, as one line of JSON. */
void edgenlp_print_error(FILE *file, const EdgeNlpError *error);

void edgenlp_free(EdgeNlp *model);

#ifdef __cplusplus
}
#endif

#endif
