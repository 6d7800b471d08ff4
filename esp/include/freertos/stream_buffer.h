// SPDX-License-Identifier: Apache-2.0
// Bytes from one task to another. Implemented in esp/src/rtos_stream.cc. A handle
// that is none, and NULL for data, take and give nothing: 0, pdFAIL.
#pragma once

#include <freertos/projdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct StreamBufferDef_t* StreamBufferHandle_t;

// A receiver that found nothing is woken by `trigger` bytes. NULL for a size of 0
// and for a trigger beyond it.
StreamBufferHandle_t xStreamBufferCreate(size_t size, size_t trigger);
// As on a chip, holds a byte less than `size`.
StreamBufferHandle_t xStreamBufferCreateStatic(size_t size, size_t trigger, uint8_t* storage,
                                               StaticStreamBuffer_t* buffer);
void vStreamBufferDelete(StreamBufferHandle_t buffer);
// Waits until all fits; returns how many bytes were taken, fewer after the time.
size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void* data, size_t size,
                         TickType_t ticks);
size_t xStreamBufferSendFromISR(StreamBufferHandle_t buffer, const void* data, size_t size,
                                BaseType_t* woken);
// Waits when there is nothing; returns how many bytes were given, up to `size`.
size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void* data, size_t size, TickType_t ticks);
size_t xStreamBufferReceiveFromISR(StreamBufferHandle_t buffer, void* data, size_t size,
                                   BaseType_t* woken);
size_t xStreamBufferBytesAvailable(StreamBufferHandle_t buffer);
size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer);
BaseType_t xStreamBufferIsEmpty(StreamBufferHandle_t buffer);
BaseType_t xStreamBufferIsFull(StreamBufferHandle_t buffer);
// pdFALSE beyond the size; 0 is taken for 1.
BaseType_t xStreamBufferSetTriggerLevel(StreamBufferHandle_t buffer, size_t trigger);
// pdFAIL while a task waits on it.
BaseType_t xStreamBufferReset(StreamBufferHandle_t buffer);
// Of a message buffer: the length of the next message, 0 for none.
size_t xStreamBufferNextMessageLengthBytes(StreamBufferHandle_t buffer);

#ifdef __cplusplus
}
#endif
