#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_file.h"

static bool tensor_load(Network *network, Memory *memory, LiteRtTensor tensor, const char *name,
                        LiteRtTensorBufferRequirements requirements, Tensor *loaded, EdgeNlpError *error) {
    LiteRtRankedTensorType type;
    size_t values = 1, bytes = 0;
    if (LiteRtGetRankedTensorType(tensor, &type))
        return fail(error, "the runtime does not tell the shape of %s.", name);
    if (type.element_type == LITERT_INT8) {
        LiteRtQuantizationPerTensor quantization;
        if (LiteRtGetPerTensorQuantization(tensor, &quantization) || !(quantization.scale > 0))
            return fail(error, "the runtime does not tell the scale of %s.", name);
        loaded->scale = quantization.scale;
        loaded->zero_point = (float)quantization.zero_point;
    } else if (type.element_type != LITERT_FLOAT32) {
        return fail(error, "%s of the graph is neither of float32 nor of int8, and this program knows no other.", name);
    }
    for (unsigned i = 0; i < type.rank && i < LITERT_MAX_RANK; i++) values *= (size_t)type.dimensions[i];
    snprintf(loaded->name, sizeof loaded->name, "%s", name);
    loaded->values = values;
    loaded->data = memory_take(memory, values, sizeof *loaded->data);
    if (LiteRtCreateManagedTensorBufferFromRequirements(network->environment, &type, requirements, &loaded->buffer) ||
        LiteRtGetTensorBufferSize(loaded->buffer, &bytes) || bytes < values * (loaded->scale > 0 ? 1 : sizeof(float)) ||
        !loaded->data)
        return fail(error, "there is no memory for %s of the graph.", name);
    return true;
}

static bool signature_load(Network *network, Memory *memory, size_t number, Signature *signature, EdgeNlpError *error) {
    LiteRtSignature found;
    LiteRtTensorBufferRequirements requirements;
    LiteRtTensor tensor;
    const char *key, *name;
    if (LiteRtGetModelSignature(network->model, number, &found) || LiteRtGetSignatureKey(found, &key) ||
        LiteRtGetNumSignatureInputs(found, &signature->input_count) ||
        LiteRtGetNumSignatureOutputs(found, &signature->output_count)) {
        signature->input_count = signature->output_count = 0;
        return fail(error, "the runtime does not tell the graph's signatures.");
    }
    signature->number = number;
    signature->length = strncmp(key, "length_", 7) == 0 ? atoi(key + 7) : 0;
    if (signature->length < 1 || signature->length > 4096 || signature->input_count > MAX_TENSORS ||
        signature->output_count > MAX_TENSORS) {
        signature->input_count = signature->output_count = 0;
        return fail(error, "the graph's signature %s is none that this program knows.", key);
    }
    for (size_t i = 0; i < signature->input_count; i++) {
        if (LiteRtGetSignatureInputName(found, i, &name) || LiteRtGetSignatureInputTensorByIndex(found, i, &tensor) ||
            LiteRtGetCompiledModelInputBufferRequirements(network->compiled, number, i, &requirements))
            return fail(error, "the runtime does not tell the graph's inputs.");
        if (!tensor_load(network, memory, tensor, name, requirements, &signature->inputs[i], error)) return false;
    }
    for (size_t i = 0; i < signature->output_count; i++) {
        if (LiteRtGetSignatureOutputName(found, i, &name) || LiteRtGetSignatureOutputTensorByIndex(found, i, &tensor) ||
            LiteRtGetCompiledModelOutputBufferRequirements(network->compiled, number, i, &requirements))
            return fail(error, "the runtime does not tell the graph's outputs.");
        if (!tensor_load(network, memory, tensor, name, requirements, &signature->outputs[i], error)) return false;
    }
    return true;
}

static int by_length(const void *one, const void *other) {
    return ((const Signature *)one)->length - ((const Signature *)other)->length;
}

bool network_load(Network *network, Memory *memory, const void *graph, size_t size, EdgeNlpError *error) {
    size_t signatures;
    if (LiteRtCreateEnvironment(0, NULL, &network->environment) ||
        LiteRtCreateModelFromBuffer(network->environment, graph, size, &network->model) ||
        LiteRtCreateOptions(&network->options) ||
        LiteRtSetOptionsHardwareAccelerators(network->options, LITERT_ACCELERATOR_CPU) ||
        LiteRtCreateCompiledModel(network->environment, network->model, network->options, &network->compiled) ||
        LiteRtGetNumModelSignatures(network->model, &signatures))
        return fail(error, "LiteRT refuses the graph: a newer libLiteRt.so may run it.");
    if (signatures < 1 || signatures > MAX_SIGNATURES)
        return fail(error, "the graph has %zu signatures, and this program reads 1 to %d.", signatures, MAX_SIGNATURES);
    for (size_t i = 0; i < signatures; i++)
        if (!signature_load(network, memory, i, &network->signatures[network->count++], error)) return false;
    qsort(network->signatures, (size_t)network->count, sizeof *network->signatures, by_length);
    return true;
}

Tensor *network_tensor(Tensor *tensors, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0) return &tensors[i];
    return NULL;
}

/* Copies a tensor's numbers to the runtime, or from it; halves are rounded to the even integer. */
static bool copy(Tensor *tensor, int mode) {
    void *buffer;
    if (LiteRtLockTensorBuffer(tensor->buffer, &buffer, mode)) return false;
    int8_t *integers = buffer;
    for (size_t i = 0; i < tensor->values && tensor->scale > 0; i++) {
        if (mode == LITERT_LOCK_WRITE)
            integers[i] = (int8_t)fminf(fmaxf(rintf(tensor->data[i] / tensor->scale) + tensor->zero_point, -128), 127);
        else
            tensor->data[i] = ((float)integers[i] - tensor->zero_point) * tensor->scale;
    }
    size_t bytes = tensor->scale > 0 ? 0 : tensor->values * sizeof *tensor->data;
    memcpy(mode == LITERT_LOCK_WRITE ? buffer : tensor->data, mode == LITERT_LOCK_WRITE ? tensor->data : buffer, bytes);
    return !LiteRtUnlockTensorBuffer(tensor->buffer);
}

bool network_run(Network *network, Signature *signature, EdgeNlpError *error) {
    LiteRtTensorBuffer inputs[MAX_TENSORS], outputs[MAX_TENSORS];
    bool well = true;
    for (size_t i = 0; i < signature->input_count; i++) {
        well = well && copy(&signature->inputs[i], LITERT_LOCK_WRITE);
        inputs[i] = signature->inputs[i].buffer;
    }
    for (size_t i = 0; i < signature->output_count; i++) outputs[i] = signature->outputs[i].buffer;
    well = well && !LiteRtRunCompiledModel(network->compiled, signature->number, signature->input_count, inputs,
                                           signature->output_count, outputs);
    for (size_t i = 0; i < signature->output_count; i++) well = well && copy(&signature->outputs[i], LITERT_LOCK_READ);
    return well || fail(error, "LiteRT could not run the graph.");
}

void network_free(Network *network) {
    for (int i = 0; i < network->count; i++) {
        Signature *signature = &network->signatures[i];
        for (size_t j = 0; j < signature->input_count; j++)
            if (signature->inputs[j].buffer) LiteRtDestroyTensorBuffer(signature->inputs[j].buffer);
        for (size_t j = 0; j < signature->output_count; j++)
            if (signature->outputs[j].buffer) LiteRtDestroyTensorBuffer(signature->outputs[j].buffer);
    }
    if (network->compiled) LiteRtDestroyCompiledModel(network->compiled);
    if (network->options) LiteRtDestroyOptions(network->options);
    if (network->model) LiteRtDestroyModel(network->model);
    if (network->environment) LiteRtDestroyEnvironment(network->environment);
}
