/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg - messages to bytes and back.
 *
 * In come the bytes of one whole message, as the secure channel gave them;
 * out comes a struct msg, or a refusal: a message is recognised whole,
 * within limits.h, canonical but for compression, and with no bytes left,
 * before anything acts on it. Used by daemon/peer, on any thread.
 *
 * Each message has one function that both reads and writes it (msg_codec),
 * so what is written is what is read. The bytes are in PROTOCOL.md,
 * "Messages".
 */
#ifndef PROTO_MSG_MSG_H
#define PROTO_MSG_MSG_H

#include "proto/model/model.h"

enum msg_type {
	MSG_HELLO = 1,
	MSG_FOLDER = 2,
	MSG_UNFOLDER = 3,
	MSG_VERSIONS = 4,
	MSG_HAVE = 5,
	MSG_WANT = 6,
	MSG_DATA = 7,
	MSG_NOTFOUND = 8,
	MSG_PING = 9,
	MSG_PONG = 10,
	MSG_CLOSE = 11,
	MSG_HALT = 12, /* where both named the feature "halt" */
};

enum {
	/* The longest message: type, form, and the body. */
	MSG_BYTES_MAX = LIMIT_MESSAGE_BYTES + 2,
	MSG_PROGRAM_BYTES = 64,
	MSG_FEATURE_BYTES = 32,
	MSG_TEXT_BYTES = 256,
	/*
	 * What a message of records, or of pieces, takes at most beside
	 * them and its vectors, and what each takes beside its bytes.
	 */
	MSG_BATCH_OVERHEAD = 64,
	MSG_RECORD_OVERHEAD = 4,
	MSG_PIECE_OVERHEAD = 9,
};

/* First in a session, from both ends. */
struct msg_hello {
	uint16_t minor; /* of the protocol version */
	struct span device_name; /* up to LIMIT_PEER_NAME_BYTES */
	struct span program; /* its version, up to MSG_PROGRAM_BYTES */
	/* Ascending, each once, of 1..MSG_FEATURE_BYTES, LIMIT_FEATURES. */
	const struct span *features;
	size_t n_features;
};

enum msg_mode {
	MSG_MODE_BOTH = 0,
	MSG_MODE_SEND = 1, /* the sender of this sends, takes nothing */
	MSG_MODE_RECEIVE = 2,
};

/* Where a stream that broke is to go on. */
struct msg_resume {
	uint64_t sender; /* the replica that sent the stream */
	struct vector noted; /* the K it noted at the stream's start */
	struct dot last; /* that came; {0, 0} when none did */
};

/*
 * The sender shares this folder. Every later message about it carries the
 * channel of the end that receives that message.
 */
struct msg_folder {
	struct span id; /* msg_folder_id_valid */
	uint16_t channel; /* the sender's, for this folder and session */
	uint32_t format;
	enum msg_mode mode;
	uint64_t replica;
	struct vector knowledge; /* up to LIMIT_KNOWLEDGE_ENTRIES */
	bool has_resume;
	struct msg_resume resume;
};

/* The sender shares it no longer. */
struct msg_unfolder {
	uint16_t channel; /* the sender's, as its FOLDER said */
};

struct msg_record {
	bool holds; /* the sender holds the content */
	struct span bytes; /* version_parse judges them; 1 to _RECORD_BYTES */
};

/* A batch of a stream, or, without flags and cursor, what follows it. */
struct msg_versions {
	uint16_t channel;
	bool first; /* begins a stream: noted is there */
	bool resumed; /* with first alone: goes on where the other end said */
	bool last; /* end may be taken over: at a stream's end what was
		    * noted, in what follows the sender's knowledge then */
	struct dot cursor; /* last dot of the batch; {0, 0} in what follows */
	struct vector noted;
	struct vector end;
	/* Up to LIMIT_BATCH_RECORDS; none only with first or last. */
	const struct msg_record *records;
	size_t n_records;
};

/*
 * What the sender has come to hold, and how far it is: said when either
 * changes, and after each batch in which it told its knowledge.
 */
struct msg_have {
	uint16_t channel;
	uint64_t open_paths; /* of what it knows: not yet so on its disk */
	uint64_t open_bytes;
	const struct name *names; /* 0..LIMIT_WANT_ITEMS */
	size_t n_names;
};

enum msg_want_kind {
	MSG_WANT_WHOLE = 0, /* the bytes of a file of at most one chunk */
	MSG_WANT_LIST = 1, /* a file's chunk list, or a part of it */
	MSG_WANT_CHUNKS = 2, /* the bytes of some of a file's chunks */
};

struct msg_want_item {
	uint32_t id; /* the asker's, unique among its open requests */
	struct name content; /* of the file */
	enum msg_want_kind kind;
	bool verify; /* the last answer was wrong: check before sending */
	/* LIST: of which content the asker has the list; zeros for none. */
	struct name base;
	/* LIST: from which chunk on. CHUNKS: of which on, and how many; first +
	 * count is at most LIMIT_CHUNKS, count not 0. */
	uint32_t first;
	uint32_t count;
	uint32_t expected; /* bytes, for credit; up to _IN_FLIGHT_BYTES */
};

struct msg_want {
	uint16_t channel;
	const struct msg_want_item *items; /* 1..LIMIT_WANT_ITEMS */
	size_t n_items;
};

enum msg_status {
	MSG_PIECE_END = 0, /* with this the answer is whole */
	MSG_PIECE_MORE = 1, /* it goes on in the next piece of this id */
};

/* An answer, or a part of one that is too long for one message. */
struct msg_piece {
	uint32_t id; /* the request's */
	enum msg_status status;
	/*
	 * WHOLE: the file. LIST: chunks_diff from the base. CHUNKS: their
	 * bytes, one after the other. Not empty with MSG_PIECE_MORE.
	 */
	struct span bytes;
};

struct msg_data {
	uint16_t channel;
	const struct msg_piece *pieces; /* 1..LIMIT_DATA_ITEMS */
	size_t n_pieces;
};

/* No content for these; also for what was never to be asked. */
struct msg_notfound {
	uint16_t channel;
	const uint32_t *ids; /* 1..LIMIT_WANT_ITEMS */
	size_t n_ids;
};

/* A PING, and the PONG that gives its number back. */
struct msg_ping {
	uint64_t number;
};

enum msg_reason {
	MSG_CLOSE_NORMAL = 0,
	MSG_CLOSE_GRAMMAR = 1, /* the other end's bytes were wrong */
	MSG_CLOSE_LIMIT = 2, /* the other end wanted too much */
	MSG_CLOSE_AUTH = 3,
	MSG_CLOSE_REVOKED = 4,
	MSG_CLOSE_PAUSED = 5,
	MSG_CLOSE_SHUTDOWN = 6,
	MSG_CLOSE_OWN_ID = 7, /* two machines have one key */
	MSG_CLOSE_INTERNAL = 8,
	MSG_CLOSE_DUPLICATE = 9, /* another session with this peer stands */
};

/* Last in a session. */
struct msg_close {
	enum msg_reason reason;
	struct span text; /* for people, up to MSG_TEXT_BYTES; escape it */
};

enum msg_halt_why {
	MSG_HALT_OVER = 0, /* it is not halted, or not any more */
	MSG_HALT_DELETES = 1, /* most of its files were deleted there */
	MSG_HALT_ROOT = 2, /* its directory is not the one it was */
};

/* The sender stopped the folder to be safe until a person decides, or goes on:
 * for the other end's status. */
struct msg_halt {
	uint16_t channel;
	enum msg_halt_why why;
};

/*
 * One message. Made by msg_parse, it owns what it had to allocate, and all
 * spans and names borrow from the bytes parsed or from that. Made by a
 * caller for msg_write, it borrows everything and is not released.
 */
struct msg {
	enum msg_type type;
	union {
		struct msg_hello hello;
		struct msg_folder folder;
		struct msg_unfolder unfolder;
		struct msg_versions versions;
		struct msg_have have;
		struct msg_want want;
		struct msg_data data;
		struct msg_notfound notfound;
		struct msg_ping ping; /* and PONG */
		struct msg_close close;
		struct msg_halt halt;
	};
	void *owned; /* an array of the above, or NULL */
	void *unpacked; /* the decompressed body, or NULL */
};

/*
 * What compressing needs, kept by the caller so that it is made once. Used
 * by one thread at a time.
 */
struct msg_zstd {
	/*
	 * For msg_write: zstd's, negative ones being the fastest; 0 does not
	 * compress. May be set before each message. MSG_ZSTD_LEVEL at first.
	 */
	int level;
	struct ZSTD_CCtx_s *c; /* NULL until needed */
	struct ZSTD_DCtx_s *d;
};

enum { MSG_ZSTD_LEVEL = 1 };

/* Allocates nothing. */
void msg_zstd_init(struct msg_zstd *z);
void msg_zstd_release(struct msg_zstd *z);

/*
 * Reads one message, which the bytes must be exactly and which must outlive
 * *out; then msg_release. ERR_GRAMMAR when it is none, -ENOMEM; *out needs
 * no release then. Memory asked for is at most LIMIT_MESSAGE_BYTES and a
 * small multiple of what was read.
 */
int msg_parse(struct msg_zstd *z, struct span bytes, struct msg *out) MUST_USE;

/* Frees what msg_parse allocated. */
void msg_release(struct msg *m);

/*
 * Appends one message. VERSIONS and DATA are compressed when they are larger
 * than 256 bytes and get smaller by it. ERR_GRAMMAR when msg_parse would say
 * so, ERR_LIMIT when too long for a message or for out, -ENOMEM; out is then
 * as before.
 */
int msg_write(
    struct msg_zstd *z, const struct msg *m, struct buf *out) MUST_USE;

/* Names a type for logs: "HELLO". "unknown" for others. Static. */
const char *msg_type_name(unsigned type);

/*
 * Says whether a folder id is 1..LIMIT_FOLDER_ID_BYTES of [A-Za-z0-9._-],
 * not starting with a dot.
 */
bool msg_folder_id_valid(struct span id);

#endif
