// SPDX-License-Identifier: Apache-2.0
// Messages of different lengths from one task to another. Implemented in
// esp/src/rtos_stream.cc. As on a chip each message takes 4 bytes more than its
// own of the buffer's size.
#pragma once

#include <freertos/stream_buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef StreamBufferHandle_t MessageBufferHandle_t;
typedef StaticStreamBuffer_t StaticMessageBuffer_t;

// NULL for a size that holds no message.
MessageBufferHandle_t xMessageBufferCreate(size_t size);
MessageBufferHandle_t xMessageBufferCreateStatic(size_t size, uint8_t* storage,
                                                 StaticMessageBuffer_t* buffer);
void vMessageBufferDelete(MessageBufferHandle_t buffer);
// The whole message or nothing: `size` or 0, at once for what will never fit.
size_t xMessageBufferSend(MessageBufferHandle_t buffer, const void* data, size_t size,
                          TickType_t ticks);
size_t xMessageBufferSendFromISR(MessageBufferHandle_t buffer, const void* data, size_t size,
                                 BaseType_t* woken);
// The length of the message; 0 when there is none, or one longer than `size`,
// which stays.
size_t xMessageBufferReceive(MessageBufferHandle_t buffer, void* data, size_t size,
                             TickType_t ticks);
size_t xMessageBufferReceiveFromISR(MessageBufferHandle_t buffer, void* data, size_t size,
                                    BaseType_t* woken);
size_t xMessageBufferNextLengthBytes(MessageBufferHandle_t buffer);
size_t xMessageBufferSpacesAvailable(MessageBufferHandle_t buffer);
#define xMessageBufferSpaceAvailable xMessageBufferSpacesAvailable
BaseType_t xMessageBufferIsEmpty(MessageBufferHandle_t buffer);
BaseType_t xMessageBufferIsFull(MessageBufferHandle_t buffer);
BaseType_t xMessageBufferReset(MessageBufferHandle_t buffer);

#ifdef __cplusplus
}
#endif
