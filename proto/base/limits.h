/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits - every count, size and time that a peer or a file can influence.
 *
 * One place, so that a reader can audit them at a glance. Zero never means
 * unlimited. PROTOCOL.md repeats those that both ends must agree on.
 */
#ifndef PROTO_BASE_LIMITS_H
#define PROTO_BASE_LIMITS_H

#include <stdint.h>

/* Names */
#define LIMIT_PATH_BYTES 4095
#define LIMIT_NAME_BYTES 255
#define LIMIT_TARGET_BYTES 4095 /* a symlink's text */
#define LIMIT_FOLDER_ID_BYTES 64
#define LIMIT_PEER_NAME_BYTES 64

/* Versions */
#define LIMIT_VECTOR_ENTRIES 1024 /* of one version */
#define LIMIT_KNOWLEDGE_ENTRIES 16384 /* of one folder */
#define LIMIT_DELETED_NAMES 1024 /* content names in one tombstone */
#define LIMIT_SIBLINGS 256 /* concurrent versions of one path */
#define LIMIT_RECORD_BYTES (64 << 10) /* one encoded version */
#define LIMIT_COUNTER (INT64_C(1) << 62)
#define LIMIT_META_BYTES (32 << 10) /* metadata in one version */
#define LIMIT_META_NAME_BYTES 255 /* an attribute, a user, a group */

/* Content */
#define LIMIT_FILE_BYTES (INT64_C(1) << 50)
#define LIMIT_SMALL_FILE_BYTES (64 << 10) /* up to here: one chunk */
#define LIMIT_CHUNK_BYTES (4 << 20)
#define LIMIT_CHUNKS (1 << 24) /* of one file */
#define LIMIT_LIST_CHUNKS (1 << 16) /* of its list, in one answer */

/* Messages */
#define LIMIT_MESSAGE_BYTES (8 << 20) /* decoded body of one message */
#define LIMIT_BATCH_RECORDS 4096 /* versions in one message */
#define LIMIT_WANT_ITEMS 4096 /* requests in one message */
#define LIMIT_WANT_QUEUED 16384 /* requests of one peer not served yet */
#define LIMIT_DATA_ITEMS 4096 /* pieces in one message */
#define LIMIT_FOLDERS 256 /* folders in one session */
#define LIMIT_FEATURES 64

/* Flow, per session */
#define LIMIT_IN_FLIGHT_BYTES (16 << 20) /* asked for and not yet here */
#define LIMIT_SEND_QUEUE_BYTES (16 << 20) /* above: produce no more */
#define LIMIT_INPUT_QUEUE_BYTES (32 << 20) /* above: read no more */

/* Channel */
#define LIMIT_RECORD_WIRE_BYTES 65535 /* one Noise record */
#define LIMIT_REKEY_RECORDS (UINT64_C(1) << 20)
#define LIMIT_REKEY_BYTES (UINT64_C(1) << 30)
#define LIMIT_HANDSHAKE_MS 10000 /* from accept to authenticated */
#define LIMIT_STRANGERS 16 /* connections not yet authenticated */
#define LIMIT_IDLE_MS 60000 /* silence that ends a session */
#define LIMIT_PING_MS 20000 /* own silence before a PING */

/* Dialling */
#define LIMIT_BACKOFF_FIRST_MS 250
#define LIMIT_BACKOFF_LAST_MS 60000

#endif
