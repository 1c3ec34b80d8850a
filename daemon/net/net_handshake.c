/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/net/net_internal.h"

/* The lengths of the three messages of our pattern, without payload. */
enum {
	FIRST_BYTES = NOISE_KEY_BYTES + NOISE_TAG_BYTES,
	SECOND_BYTES = NOISE_KEY_BYTES + NOISE_TAG_BYTES,
	THIRD_BYTES = NOISE_KEY_BYTES + 2 * NOISE_TAG_BYTES,
	MAGIC_BYTES = 6,
};

/* What the wire begins with, both ways, and the prologue. */
static const uint8_t preface[NET_PREFACE_BYTES] = {
    'T', 'U', 'T', 'T', 'I', 0, 0, NET_VERSION};

static const struct span nothing;

/* Whoever calls has shown its key; is it one to let in? */
static int
ask_psk(
    void *arg, const uint8_t *remote, uint8_t out_psk[static NOISE_KEY_BYTES])
{
	struct net_conn *conn = arg;
	struct net *net = conn->net;
	int rc;

	memcpy(conn->remote, remote, NOISE_KEY_BYTES);
	conn->remote_known = true;
	if (memcmp(remote, net->own, NOISE_KEY_BYTES) == 0) {
		conn->reason = "it has this machine's own id: this home was "
			       "copied to another machine";
		return ERR_AUTH;
	}
	rc = net->options.callbacks->authorise(
	    net->options.arg, remote, out_psk);
	if (rc < 0)
		conn->reason = "its id is not known here";
	return rc;
}

int
net_handshake_init(
    struct net_conn *conn, const uint8_t *remote, const uint8_t *psk)
{
	struct net *net = conn->net;
	uint8_t ephemeral[NOISE_KEY_BYTES];
	struct noise_options o = {
	    .pattern = &noise_xkpsk3,
	    .initiator = conn->dialled,
	    .prologue = span_of(preface, sizeof preface),
	    .secret = net->secret,
	    .own = net->own,
	    .ephemeral = ephemeral,
	    .remote = remote,
	    .psk = psk,
	    .psk_cb = ask_psk,
	    .arg = conn,
	    .rekey_records = net->options.rekey_records,
	    .rekey_bytes = net->options.rekey_bytes,
	};
	int rc;

	host_random(net->host, ephemeral, sizeof ephemeral);
	rc = noise_init(&conn->noise, &o);
	explicit_bzero(ephemeral, sizeof ephemeral);
	if (rc == 0 && remote != NULL) {
		memcpy(conn->remote, remote, NOISE_KEY_BYTES);
		conn->remote_known = true;
	}
	return rc;
}

/* Sends our next handshake message, with bytes in clear before it. */
static int
send_message(struct net_conn *conn, struct span clear)
{
	static const uint8_t length[NET_LENGTH_BYTES];
	size_t at = clear.len + sizeof length;
	struct buf b;
	int rc;

	buf_init(&b, NET_PREFACE_BYTES + sizeof length + NOISE_MESSAGE_BYTES);
	rc = buf_add(&b, clear);
	if (rc == 0)
		rc = buf_add(&b, span_of(length, sizeof length));
	if (rc == 0)
		rc = noise_write(&conn->noise, nothing, &b);
	if (rc == 0) {
		net_put_be(b.p + clear.len, sizeof length, b.len - at);
		rc = host_stream_write(conn->net->host, conn->stream, &b);
	}
	buf_release(&b);
	return rc;
}

/* Takes the other's next handshake message, of exactly len bytes. */
static int
read_message(struct net_conn *conn, struct span *bytes, size_t len)
{
	struct span message;
	struct buf payload;
	int rc = net_gather_frame(&conn->gather, bytes, len, len, &message);

	if (rc != 1)
		return rc;
	buf_init(&payload, NOISE_MESSAGE_BYTES);
	rc = noise_read(&conn->noise, message, &payload);
	buf_release(&payload);
	return rc < 0 ? rc : 1;
}

static int
split(struct net_conn *conn)
{
	return noise_split(&conn->noise, &conn->out.cipher, &conn->in.cipher);
}

int
net_handshake_begin(struct net_conn *conn)
{
	return send_message(conn, span_of(preface, sizeof preface));
}

/* Says in conn->reason what is wrong with the other's first bytes. */
static int
check_preface(struct net_conn *conn, struct span got)
{
	unsigned version;

	if (memcmp(got.p, preface, MAGIC_BYTES) != 0) {
		conn->reason = "it does not speak Tutti's protocol";
		return ERR_GRAMMAR;
	}
	version = (unsigned)got.p[MAGIC_BYTES] << 8 | got.p[MAGIC_BYTES + 1];
	if (version == NET_VERSION)
		return 0;
	conn->reason =
	    version > NET_VERSION
		? "it speaks a newer version of the protocol: update this "
		  "machine"
		: "it speaks an older version of the protocol: update it";
	return ERR_NEWER;
}

/* A dialler of another version is to learn ours: it goes once that is out. */
static int
answer_other_version(struct net_conn *conn)
{
	struct buf b;
	int rc;

	buf_init(&b, NET_PREFACE_BYTES);
	rc = buf_add(&b, span_of(preface, sizeof preface));
	if (rc == 0)
		rc = host_stream_write(conn->net->host, conn->stream, &b);
	buf_release(&b);
	if (rc < 0)
		return rc;
	net_conn_linger(conn, ERR_NEWER, conn->reason);
	return 1;
}

int
net_step_preface(struct net_conn *conn, struct span *bytes)
{
	struct span got;
	int rc = net_gather(&conn->gather, bytes, NET_PREFACE_BYTES, &got);

	if (rc != 1)
		return rc;
	rc = check_preface(conn, got);
	if (rc == ERR_NEWER && !conn->dialled)
		return answer_other_version(conn);
	if (rc == 0 && !conn->dialled)
		rc = net_handshake_init(conn, NULL, NULL);
	if (rc < 0)
		return rc;
	net_conn_move(conn, conn->dialled ? NET_SECOND : NET_FIRST);
	return 1;
}

int
net_step_first(struct net_conn *conn, struct span *bytes)
{
	int rc = read_message(conn, bytes, FIRST_BYTES);

	if (rc != 1)
		return rc;
	rc = send_message(conn, span_of(preface, sizeof preface));
	if (rc < 0)
		return rc;
	net_conn_move(conn, NET_THIRD);
	return 1;
}

int
net_step_second(struct net_conn *conn, struct span *bytes)
{
	int rc = read_message(conn, bytes, SECOND_BYTES);

	if (rc != 1)
		return rc;
	rc = send_message(conn, nothing);
	if (rc == 0)
		rc = split(conn);
	if (rc < 0)
		return rc;
	net_conn_move(conn, NET_CONFIRM);
	return 1;
}

int
net_step_third(struct net_conn *conn, struct span *bytes)
{
	int rc = read_message(conn, bytes, THIRD_BYTES);

	if (rc != 1)
		return rc;
	rc = split(conn);
	if (rc == 0)
		rc = net_out_empty(&conn->out);
	if (rc < 0)
		return rc;
	/* The answerer's first record is the empty one; the dialler's is not.
	 */
	conn->in.fresh = false;
	net_conn_move(conn, NET_OPEN);
	net_conn_opened(conn);
	return 1;
}

int
net_step_confirm(struct net_conn *conn, struct span *bytes)
{
	int rc = net_in_record(&conn->in, bytes);

	if (rc != 1)
		return rc;
	if (net_in_holds(&conn->in))
		return ERR_GRAMMAR;
	net_conn_move(conn, NET_OPEN);
	net_conn_opened(conn);
	return 1;
}
