/* The part of LiteRT 2.3's C API that this program calls; the wheel of ai-edge-litert brings libLiteRt.so without
 * headers. */
#ifndef LITERT_H
#define LITERT_H

#include <stddef.h>
#include <stdint.h>

typedef int LiteRtStatus; /* 0 where all is well */
typedef struct LiteRtEnvironmentT *LiteRtEnvironment;
typedef struct LiteRtModelT *LiteRtModel;
typedef struct LiteRtOptionsT *LiteRtOptions;
typedef struct LiteRtCompiledModelT *LiteRtCompiledModel;
typedef struct LiteRtSignatureT *LiteRtSignature;
typedef struct LiteRtTensorT *LiteRtTensor;
typedef struct LiteRtTensorBufferT *LiteRtTensorBuffer;
typedef struct LiteRtTensorBufferRequirementsT *LiteRtTensorBufferRequirements;

enum { LITERT_ACCELERATOR_CPU = 1 };
enum { LITERT_LOCK_READ = 0, LITERT_LOCK_WRITE = 1 };
enum { LITERT_FLOAT32 = 1, LITERT_INT8 = 9, LITERT_MAX_RANK = 8 };

typedef struct {
    int32_t element_type;
    unsigned rank : 7;
    unsigned has_strides : 1;
    int32_t dimensions[LITERT_MAX_RANK];
    uint32_t strides[LITERT_MAX_RANK];
} LiteRtRankedTensorType;
_Static_assert(sizeof(LiteRtRankedTensorType) == 72, "as the library has it");

typedef struct {
    float scale;
    int64_t zero_point;
} LiteRtQuantizationPerTensor;

LiteRtStatus LiteRtCreateEnvironment(int options, const void *values, LiteRtEnvironment *);
LiteRtStatus LiteRtCreateModelFromBuffer(LiteRtEnvironment, const void *, size_t, LiteRtModel *);
LiteRtStatus LiteRtCreateOptions(LiteRtOptions *);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions, int);
LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel *);
LiteRtStatus LiteRtGetNumModelSignatures(LiteRtModel, size_t *);
LiteRtStatus LiteRtGetModelSignature(LiteRtModel, size_t, LiteRtSignature *);
LiteRtStatus LiteRtGetSignatureKey(LiteRtSignature, const char **);
LiteRtStatus LiteRtGetNumSignatureInputs(LiteRtSignature, size_t *);
LiteRtStatus LiteRtGetNumSignatureOutputs(LiteRtSignature, size_t *);
LiteRtStatus LiteRtGetSignatureInputName(LiteRtSignature, size_t, const char **);
LiteRtStatus LiteRtGetSignatureOutputName(LiteRtSignature, size_t, const char **);
LiteRtStatus LiteRtGetSignatureInputTensorByIndex(LiteRtSignature, size_t, LiteRtTensor *);
LiteRtStatus LiteRtGetSignatureOutputTensorByIndex(LiteRtSignature, size_t, LiteRtTensor *);
LiteRtStatus LiteRtGetRankedTensorType(LiteRtTensor, LiteRtRankedTensorType *);
LiteRtStatus LiteRtGetPerTensorQuantization(LiteRtTensor, LiteRtQuantizationPerTensor *);
LiteRtStatus LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel, size_t signature, size_t input,
                                                           LiteRtTensorBufferRequirements *);
LiteRtStatus LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel, size_t signature, size_t output,
                                                            LiteRtTensorBufferRequirements *);
LiteRtStatus LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironment, const LiteRtRankedTensorType *,
                                                             LiteRtTensorBufferRequirements, LiteRtTensorBuffer *);
LiteRtStatus LiteRtGetTensorBufferSize(LiteRtTensorBuffer, size_t *);
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBuffer, void **, int mode);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBuffer);
LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModel, size_t signature, size_t inputs, LiteRtTensorBuffer *,
                                    size_t outputs, LiteRtTensorBuffer *);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel);
void LiteRtDestroyOptions(LiteRtOptions);
void LiteRtDestroyModel(LiteRtModel);
void LiteRtDestroyEnvironment(LiteRtEnvironment);

#endif
