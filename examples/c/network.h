/* The graph of a model, run by LiteRT: all buffers are made when it is loaded. What it takes and gives may be of
 * float32 or int8 (docs/text-spec.md, Graphs of integers). */
#ifndef NETWORK_H
#define NETWORK_H

#include "edgenlp.h"
#include "litert.h"
#include "memory.h"
#include "names.h"

enum { MAX_SIGNATURES = 16, MAX_TENSORS = 4 };

typedef struct {
    char name[32];
    size_t values;    /* numbers */
    float *data;      /* as they are meant */
    float scale;      /* of int8 tensors what one step is worth; 0 for those of float32 */
    float zero_point; /* which int8 stands for 0 */
    LiteRtTensorBuffer buffer;
} Tensor;

/* A graph for texts of up to `length` tokens. */
typedef struct {
    int length;
    size_t number, input_count, output_count;
    Tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS];
} Signature;

typedef struct {
    LiteRtEnvironment environment;
    LiteRtModel model;
    LiteRtOptions options;
    LiteRtCompiledModel compiled;
    int count;
    Signature signatures[MAX_SIGNATURES]; /* the shortest first */
} Network;

/* Loads a graph whose signatures are called length_8, length_16 and so on. The bytes must stay. */
bool network_load(Network *network, Memory *memory, const void *graph, size_t size, EdgeNlpError *error);

/* The tensor of that name, or null. */
Tensor *network_tensor(Tensor *tensors, size_t count, const char *name);

/* Runs a signature on what its inputs' `data` hold. */
bool network_run(Network *network, Signature *signature, EdgeNlpError *error);

void network_free(Network *network);

#endif
