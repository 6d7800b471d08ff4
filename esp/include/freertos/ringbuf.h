// SPDX-License-Identifier: Apache-2.0
// A ring of memory that is written by copies and read in place. Implemented in
// esp/src/rtos_ringbuf.cc; what fits is reckoned as on a chip: 8 bytes of header
// an item, lengths rounded up to 4. A handle that is none, an item that was not
// received, and NULL for data, do nothing: NULL, 0, pdFALSE.
#pragma once

#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void* RingbufHandle_t;

typedef enum {
  RINGBUF_TYPE_NOSPLIT = 0,  // items lie in one piece
  RINGBUF_TYPE_ALLOWSPLIT,   // an item at the end goes on at the beginning
  RINGBUF_TYPE_BYTEBUF,      // no items: bytes
  RINGBUF_TYPE_MAX,
} RingbufferType_t;

typedef struct {
  void* unused[16];
} StaticRingbuffer_t;

RingbufHandle_t xRingbufferCreate(size_t size, RingbufferType_t type);
// Room for so many items of that size, unsplit.
RingbufHandle_t xRingbufferCreateNoSplit(size_t item_size, size_t item_count);
RingbufHandle_t xRingbufferCreateStatic(size_t size, RingbufferType_t type, uint8_t* storage,
                                        StaticRingbuffer_t* ringbuf);
RingbufHandle_t xRingbufferCreateWithCaps(size_t size, RingbufferType_t type, UBaseType_t caps);
void vRingbufferDelete(RingbufHandle_t ringbuf);
void vRingbufferDeleteWithCaps(RingbufHandle_t ringbuf);
// NULL storage for one that was not made of static storage: pdFALSE.
BaseType_t xRingbufferGetStaticBuffer(RingbufHandle_t ringbuf, uint8_t** storage,
                                      StaticRingbuffer_t** out_ringbuf);

// pdFALSE when it did not fit within the time; at once when it never will.
BaseType_t xRingbufferSend(RingbufHandle_t ringbuf, const void* item, size_t size,
                           TickType_t ticks);
BaseType_t xRingbufferSendFromISR(RingbufHandle_t ringbuf, const void* item, size_t size,
                                  BaseType_t* woken);
// Room for an item, to be filled in place; unsplit rings only. It and what was
// sent after it is received after xRingbufferSendComplete.
BaseType_t xRingbufferSendAcquire(RingbufHandle_t ringbuf, void** item, size_t size,
                                  TickType_t ticks);
BaseType_t xRingbufferSendComplete(RingbufHandle_t ringbuf, void* item);

// The item stays in the ring until it is returned. Bytes: all that lie in one
// piece; the next only after these are returned. NULL on rings that split.
void* xRingbufferReceive(RingbufHandle_t ringbuf, size_t* size, TickType_t ticks);
void* xRingbufferReceiveFromISR(RingbufHandle_t ringbuf, size_t* size);
// Rings that split only. The tail is NULL when the item lies in one piece; both
// are to be returned.
BaseType_t xRingbufferReceiveSplit(RingbufHandle_t ringbuf, void** head, void** tail,
                                   size_t* head_size, size_t* tail_size, TickType_t ticks);
BaseType_t xRingbufferReceiveSplitFromISR(RingbufHandle_t ringbuf, void** head, void** tail,
                                          size_t* head_size, size_t* tail_size);
// Bytes only; no more than max_size, which is not 0.
void* xRingbufferReceiveUpTo(RingbufHandle_t ringbuf, size_t* size, TickType_t ticks,
                             size_t max_size);
void* xRingbufferReceiveUpToFromISR(RingbufHandle_t ringbuf, size_t* size, size_t max_size);
void vRingbufferReturnItem(RingbufHandle_t ringbuf, void* item);
void vRingbufferReturnItemFromISR(RingbufHandle_t ringbuf, void* item, BaseType_t* woken);

// Of a ring that is empty.
size_t xRingbufferGetMaxItemSize(RingbufHandle_t ringbuf);
// The longest item that fits now.
size_t xRingbufferGetCurFreeSize(RingbufHandle_t ringbuf);
// Offsets in the ring, and how many items (bytes) wait; NULL for what is not asked.
void vRingbufferGetInfo(RingbufHandle_t ringbuf, UBaseType_t* free, UBaseType_t* read,
                        UBaseType_t* write, UBaseType_t* acquire, UBaseType_t* items_waiting);
void xRingbufferPrintInfo(RingbufHandle_t ringbuf);

// pdFALSE for a ring that is not empty, or in a set already.
BaseType_t xRingbufferAddToQueueSetRead(RingbufHandle_t ringbuf, QueueSetHandle_t set);
BaseType_t xRingbufferRemoveFromQueueSetRead(RingbufHandle_t ringbuf, QueueSetHandle_t set);
// Whether this ring is the member that xQueueSelectFromSet returned.
BaseType_t xRingbufferCanRead(RingbufHandle_t ringbuf, QueueSetMemberHandle_t member);

#ifdef __cplusplus
}
#endif
