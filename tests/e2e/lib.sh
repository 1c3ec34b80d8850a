# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# lib - two machines in one: homes and folders in a temporary directory,
# daemons on ports that are free on loopback, everything gone at the end.
# Each script has a loopback address of its own, made of its process number:
# scripts that run at once cannot take each other's ports.
#
#	. lib.sh; two_machines; start a; start b; wait_equal
#
# E2E_KEEP=1 leaves the directory, E2E_TUTTID is another daemon. Machine m has
# the home $dir/m, the folder $dir/m.f; t m … is its tutti.
set -euo pipefail
export LC_ALL=C

bin=$(cd "${top_builddir:-.}" && pwd)
patience=${E2E_PATIENCE:-60}
if ! [ -x "$bin/tutti" ] || ! [ -x "$bin/tuttid" ]; then
	echo "SKIP: $bin has no tutti and tuttid"
	exit 77
fi

loopback=127.$((64 + ($$ >> 16 & 63))).$(($$ >> 8 & 255)).$(($$ & 255))
dir=$(mktemp -d "${TMPDIR:-/tmp}/tutti-e2e-XXXXXX")
declare -A pid=() port=()

finish()
{
	local status=$? m
	trap - EXIT
	for m in "${!pid[@]}"; do
		kill -9 "${pid[$m]}" 2>/dev/null || :
		wait "${pid[$m]}" 2>/dev/null || :
	done
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		for m in "$dir"/*.err; do
			[ -f "$m" ] || continue
			echo "--- ${m##*/}"
			tail -n 30 "$m" | cut -c 1-400
		done
	fi
	chmod -R u+rwX "$dir" 2>/dev/null || :
	[ -n "${E2E_KEEP:-}" ] || rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# Sets REPLY to a port nobody listens on at $loopback.
free_port()
{
	local i
	for ((i = 0; i < 100; i++)); do
		REPLY=$((10000 + RANDOM % 12000))
		(: <"/dev/tcp/$loopback/$REPLY") 2>/dev/null || return 0
	done
	fail 'no free port on loopback'
}

t()
{
	local m=$1
	shift
	TUTTI_HOME=$dir/$m "$bin/tutti" "$@"
}

# Repeats a command until it succeeds; fails with the words before "--".
wait_for()
{
	local what=$1 end=$((SECONDS + patience))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "in vain: $what"
		sleep 0.05
	done
}

is_up()
{
	kill -0 "${pid[$1]}" 2>/dev/null || fail "the daemon of $1 ended"
	t "$1" status >"$dir/$1.status" 2>&1
}

start()
{
	TUTTI_HOME=$dir/$1 "${E2E_TUTTID:-$bin/tuttid}" 2>>"$dir/$1.err" </dev/null &
	pid[$1]=$!
	wait_for "start of $1" is_up "$1"
}

# Stops as a user would.
stop()
{
	local status=0
	kill "${pid[$1]}"
	wait "${pid[$1]}" || status=$?
	unset "pid[$1]"
	[ "$status" -eq 0 ] || fail "the daemon of $1 ended with $status"
}

kill_hard()
{
	kill -9 "${pid[$1]}"
	wait "${pid[$1]}" 2>/dev/null || :
	unset "pid[$1]"
}

# A machine without folders.
machine()
{
	free_port
	port[$1]=$REPLY
	mkdir -p "$dir/$1.f"
	t "$1" init --name "$1" --listen "$loopback:${port[$1]}" >/dev/null
}

know()
{
	t "$1" peer add "$(t "$2" id)" --name "$2" \
		--address "$loopback:${port[$2]}" >/dev/null
	t "$1" folder add "$dir/$1.f" --id f --share "$2" >/dev/null
}

# Machines a and b, which share one folder.
two_machines()
{
	machine a
	machine b
	know a b
	know b a
}

# What a tree looks like: kinds, bits, sizes, times, targets, contents.
picture()
{
	(
		cd "$dir/$1.f"
		find . -mindepth 1 -name .tutti -prune -o \
			-type d -printf '%P d %m\n' -o \
			-type l -printf '%P l %l\n' -o \
			-printf '%P %y %m %s %T@\n' 2>/dev/null | sort
		find . -name .tutti -prune -o -type f -print0 2>/dev/null |
			sort -z | xargs -0r cksum 2>/dev/null
	) || :
}

are_equal()
{
	[ "$(picture a)" = "$(picture b)" ]
}

# Says that all is in sync; conflicts (6) may wait.
is_calm()
{
	local status=0
	t "$1" status --check >/dev/null 2>&1 || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 6 ]
}

# Both say that all is well, and it is so.
in_peace()
{
	is_calm a && is_calm b && are_equal
}

wait_equal()
{
	local end=$((SECONDS + patience))
	until in_peace; do
		if [ "$SECONDS" -ge "$end" ]; then
			t a status || :
			t b status || :
			diff <(picture a) <(picture b) | head -n 20 || :
			fail "not equal after $patience s: $*"
		fi
		sleep 0.05
	done
}

no_conflicts()
{
	local found
	found=$(find "$dir"/*.f -name '*.conflict-*' | head -n 3)
	[ -z "$found" ] || fail "conflict copies: $found"
}
