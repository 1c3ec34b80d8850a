/* SPDX-License-Identifier: Apache-2.0 */
/*
 * papers_examples - makes the examples of PROTOCOL.md, for tests/papers.
 *
 * One line each: what it is of, a tab, its bytes in hex (or text).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/chunk/chunk.h"
#include "proto/base/text.h"
#include "proto/model/model.h"
#include "proto/msg/msg.h"

#define HELLO SPAN_LIT("hello\n")

enum { BIG_BYTES = 1 << 20 };

static void
need(int rc)
{
	if (rc < 0) {
		fprintf(stderr, "%s\n", err_text(rc));
		exit(EXIT_FAILURE);
	}
}

static void
show(const char *what, struct span bytes)
{
	printf("%s\t", what);
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", bytes.p[i]);
	putchar('\n');
}

static void
show_name(const char *what, const struct name *name)
{
	show(what, span_of(name->b, NAME_BYTES));
}

static void
devices(void)
{
	uint8_t id[TEXT_ID_BYTES] = {0};
	char text[TEXT_ID_CHARS + 1];

	text_id(id, text);
	printf("id of 32 zeros\t%s\n", text);
	for (size_t i = 0; i < sizeof id; i++)
		id[i] = (uint8_t)i;
	text_id(id, text);
	printf("id of the bytes 0 to 31\t%s\n", text);
}

static void
names(struct chunk_list *hello, struct name *out)
{
	struct chunk_list empty = {0};
	struct name name;

	name_dir(&name);
	show_name("name of a directory", &name);
	name_symlink(SPAN_LIT("a/b"), &name);
	show_name("name of a symlink to a/b", &name);
	need(chunk_all(span_of(NULL, 0), &empty, &name));
	show_name("name of the empty file", &name);
	need(chunk_all(HELLO, hello, out));
	show_name(
	    "name of the chunk hello and a newline", &hello->v.items[0].name);
	show_name("name of that as a file", out);
}

/* A file of 1 MiB: what its name is, and its first cuts. */
static void
cuts(void)
{
	uint8_t *bytes = malloc(BIG_BYTES);
	struct chunk_list list = {0};
	struct name name;
	uint64_t x = 1;

	need(bytes == NULL ? -ENOMEM : 0);
	for (size_t i = 0; i < BIG_BYTES; i++) {
		x = x * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		bytes[i] = (uint8_t)(x >> 56);
	}
	need(chunk_all(span_of(bytes, BIG_BYTES), &list, &name));
	show_name("name of the 1 MiB below", &name);
	printf("its number of chunks and the first five\t%zu:", list.v.n);
	for (size_t i = 0; i < 5 && i < list.v.n; i++)
		printf(" %u", list.v.items[i].len);
	putchar('\n');
	chunks_release(&list);
	free(bytes);
}

static void
lists(const struct chunk_list *hello)
{
	const struct chunk_list empty = {0};
	struct buf b;

	buf_init(&b, 4096);
	need(chunks_encode(hello, &b));
	show("chunk list of that file", buf_span(&b));
	buf_clear(&b);
	need(chunks_diff(&empty, hello, 0, &b));
	show("patch from an empty base", buf_span(&b));
	buf_clear(&b);
	need(chunks_diff(hello, hello, 0, &b));
	show("patch from itself", buf_span(&b));
	buf_release(&b);
}

static void
version(const struct name *content)
{
	struct version d = {.path = SPAN_LIT("d/a.txt"),
	    .kind = KIND_FILE,
	    .bits = 0644,
	    .size = 6,
	    .mtime_ns = INT64_C(1795328160123000000),
	    .content = *content,
	    .dot = {1, 7}};
	struct version *v;
	struct buf b;

	need(vector_raise(&d.vector, d.dot));
	need(vector_raise(&d.vector, (struct dot){9, 300}));
	need(version_new(&d, &v));
	show("record", v->record);
	buf_init(&b, LIMIT_PATH_BYTES);
	need(conflict_path(v, &b));
	printf("its conflict copy\t%.*s\n", (int)b.len, (char *)b.p);
	buf_release(&b);
	vector_release(&d.vector);
	version_free(v);
}

static void
show_message(const struct msg *m)
{
	struct msg_zstd z;
	struct buf b;

	msg_zstd_init(&z);
	buf_init(&b, MSG_BYTES_MAX);
	need(msg_write(&z, m, &b));
	show(msg_type_name(m->type), buf_span(&b));
	buf_release(&b);
	msg_zstd_release(&z);
}

static void
messages(const struct name *content)
{
	struct dot dots[] = {{1, 7}, {9, 300}};
	struct msg_want_item want = {
	    .id = 1, .content = *content, .expected = 6};
	struct msg_piece piece = {.id = 1, .bytes = HELLO};
	struct msg m = {.type = MSG_HELLO};

	m.hello.device_name = SPAN_LIT("nas");
	m.hello.program = SPAN_LIT("tutti 0.1.0");
	show_message(&m);
	m = (struct msg){.type = MSG_FOLDER};
	m.folder = (struct msg_folder){
	    .id = SPAN_LIT("photos"), .format = 1, .replica = 1};
	m.folder.knowledge.v.items = dots;
	m.folder.knowledge.v.n = 2;
	show_message(&m);
	m = (struct msg){.type = MSG_HAVE};
	m.have.open_paths = 2;
	m.have.open_bytes = 6;
	show_message(&m);
	m = (struct msg){.type = MSG_WANT};
	m.want.items = &want;
	m.want.n_items = 1;
	show_message(&m);
	m = (struct msg){.type = MSG_DATA};
	m.data.pieces = &piece;
	m.data.n_pieces = 1;
	show_message(&m);
}

int
main(void)
{
	struct chunk_list hello = {0};
	struct name content;

	devices();
	names(&hello, &content);
	lists(&hello);
	cuts();
	version(&content);
	messages(&content);
	chunks_release(&hello);
	return EXIT_SUCCESS;
}
