/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_dial - a bare client of the socket; apart from all else, since the
 * system's sockets and our messages name different things MSG_PIECE_MORE.
 */
#ifndef TESTS_DAEMON_API_API_DIAL_H
#define TESTS_DAEMON_API_API_DIAL_H

/* Connects to api.sock in the directory; never blocks from then on. */
int api_dial(const char *dir);

#endif
