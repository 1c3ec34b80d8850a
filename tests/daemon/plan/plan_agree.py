#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds daemon/plan to the executable specification (LESSONS 82).

  plan_agree.py MODEL.PY PROGRAM [COUNT [FIRST]]

Runs the specification's histories, has PROGRAM take every step as well, and
compares after each: disk, base, intent, what is wanted, the set with all its
versions, and K. PROGRAM calls daemon/plan for every decision.

Where our text is looser than the model, or says more, the model is changed
here (class Replica), and its own oracle still judges every history.
"""
import importlib.util
import subprocess
import sys
import threading


def load(path):
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location('model', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(entry):
    return ','.join(map(str, entry)) if entry else '-'


class Tape:
    """The steps of one history, and what PROGRAM has to say to them."""

    def __init__(self):
        self.steps, self.expected, self.depth, self.texts = ['begin'], [], 0, {}

    def do(self, *step):
        self.steps.append(' '.join(map(str, step)))

    def expect(self, *lines):
        at = len(self.steps)
        self.expected += [(at, line) for line in lines]


def dot_text(dot):
    return '%d.%d' % dot


def vector_text(vector):
    return ''.join(',%d.%d' % entry for entry in sorted(vector.items()))


def define(model, tape):
    """The specification's replica, writing all it does to the tape."""

    class Replica(model.Replica):
        def new_database(self, number):
            super().new_database(number)
            self.dropped = frozenset()
            self.told_disk, self.told = dict(getattr(self, 'told_disk', {})), (None, None)
            tape.do('new', self.place, number, int(number >= 10))   # only lost databases are fresh

        # -- where ours differs, on purpose

        def store(self, v, source=None):
            """Sets are in order of dots, so nothing depends on the order of arrival."""
            super().store(v, source)
            if v.path in self.sets:
                self.sets[v.path].sort(key=lambda v: v.dot)
            if source is not None:
                tape.do('store', self.place, *v.dot)

        def make(self, path, kind, content, mtime, bits, base, had_base):
            """Who covers a gone covers what that gone had dropped, and who covers a version of its own
            all that this one covers: else it would rise. And who changes what stood here covers all
            versions of just that content: else it would lose to the change, and be kept as a copy."""
            known = self.sets.get(path, ())
            if had_base and not (base and (base.kind, base.content) == (kind, content)):
                deleted = frozenset().union(*(v.deleted for v in known))
                self.dropped = {v.dot for v in known if v.kind != 'gone' and v.content in deleted}
            seen = self.base[path][1] if had_base else None
            if seen:
                self.dropped |= {v.dot for v in known if v.kind != 'gone' and v.content == seen[1]}
            mine = [v for v in known if v.dot[0] == self.number]
            if base and mine:               # superseded by our counter: and what it superseded has to be
                vector = base.vector
                base.vector = dict(vector)
                for v in mine:
                    model.join(base.vector, v.vector)
                super().make(path, kind, content, mtime, bits, base, had_base)
                base.vector = vector
            else:
                super().make(path, kind, content, mtime, bits, base, had_base)
            self.dropped = frozenset()

        def has_copy(self, v):
            return v.dot in self.dropped or super().has_copy(v)

        def losers(self, path):
            """Losers of equal content share one copy, made for the greatest."""
            best = {}
            for v in sorted(super().losers(path), key=lambda v: (v.mtime, v.dot)):
                best[v.content] = v
            return list(best.values())

        def beside(self, path, content):
            """A copy's home is where its loser was, be that a copy itself; not beside is what is shown
            already; what is to go is beside as well, what is unknown is not."""
            home = path.rpartition('~')[0]
            if not home or self.disk.get(home, '  ')[1] != content or self.disk.get(path, '  ')[1] == content:
                return False
            want = self.wanted(home)
            return home in self.sets and want is not None and (
                want == model.DIR or want.kind == 'gone' or want.content != content)

        def adopted(self, path):
            """Bits or times of what was adopted still have to become the version's."""
            v, now = self.base[path]
            if v is not None and now is not None and now != v.on_disk():
                self.intent[path] = v

        def displaced(self, path, old, crash):
            """The displaced file itself takes the name of its copy."""
            for v in self.sets.get(path, ()):
                name = model.copy_name(v, self.rules)
                if v.on_disk() != old or name in self.disk:
                    continue
                want = self.wanted(name)
                if want in (None, model.DIR) or want.on_disk() != old or self.base.get(name, (None, None))[1]:
                    continue
                self.put(name, old)
                if crash:
                    self.intent[name] = want
                else:
                    self.intent.pop(name, None)
                    self.base[name] = (want, old)
                return

        # -- the steps

        def before(self):
            tape.depth += 1
            if tape.depth > 1:
                return
            for r in self.world.replicas:
                r.tell_disk()
            reach = sum(1 << r.place for r in self.world.reached(self))
            if self.told != (reach, self.stream_open()):
                self.told = (reach, self.stream_open())
                tape.do('reach', self.place, reach)
                tape.do('open', self.place, int(self.told[1]))

        def tell_disk(self):
            if self.disk == self.told_disk:
                return
            for p in sorted(set(self.told_disk) | set(self.disk)):
                if self.disk.get(p) != self.told_disk.get(p):
                    tape.do('disk', self.place, p, *(self.disk.get(p) or '-'))
            self.told_disk = dict(self.disk)

        def after(self, *step):
            tape.depth -= 1
            if tape.depth > 0:
                return
            self.told_disk = dict(self.disk)
            tape.do(step[0], self.place, *step[1:])
            tape.do('path', self.place, step[1])
            tape.expect(self.line(step[1]))
            if step[0] == 'copy':
                self.tell_all()

        def scan(self, path):
            if self.ignores(path):
                return False
            self.before()
            made = self.counter
            done = super().scan(path)
            if done and made == self.counter:
                self.adopted(path)
            self.after('scan', path)
            return done

        def copy(self, path):
            if self.ignores(path):
                return False
            self.before()
            done = super().copy(path)
            self.after('copy', path)
            return done

        def apply(self, path, crash=False):
            if self.ignores(path):
                return False
            self.before()
            old = self.disk.get(path)
            done = super().apply(path, crash)
            now = self.disk.get(path)
            if done and old and now and old[0] != 'dir' and old[:2] != now[:2]:
                self.displaced(path, old, crash)
            self.after('apply', path, int(crash))
            return done

        # -- what is compared

        def version_text(self, v):
            if v.dot not in tape.texts:
                tape.texts[v.dot] = ' %s:%s%s%s:%s:%s' % (
                    dot_text(v.dot), v.kind, '' if v.kind == 'gone' else ',%s,%d,%d' % (v.content, v.mtime, v.bits),
                    ',copy' if v.copy else '', vector_text(v.vector), ''.join(',' + c for c in sorted(v.deleted)))
            return tape.texts[v.dot]

        def line(self, path):
            def named(table):
                if path not in table:
                    return 'none'
                v = table[path][0] if table is self.base else table[path]
                return 'derived' if v in (None, model.DIR) else dot_text(v.dot)
            want = self.wanted(path)
            return '%s disk %s base %s %s intent %s want %s%s' % (
                path, words(self.disk.get(path)), named(self.base), words(self.base.get(path, (None, None))[1]),
                named(self.intent), '-' if want is None else want if want == model.DIR else dot_text(want.dot),
                ''.join(self.version_text(v) for v in self.sets.get(path, ())))

        def tell_all(self):
            tape.do('all', self.place)
            paths = set(self.disk) | set(self.sets) | set(self.base) | set(self.intent)
            tape.expect(('K ' + vector_text(self.K), *sorted(self.line(p) for p in paths)))

    class Session(model.Session):
        def end(self, K):
            r = self.receiver
            super().end(K)
            tape.do('end', r.place, len(K), *[n for entry in K.items() for n in entry])
            r.before()
            tape.depth -= 1
            r.tell_all()

    return Replica, Session


class Program:
    def __init__(self, path):
        self.child = subprocess.Popen([path], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, expected):
        line = self.child.stdout.readline().rstrip('\n')
        if not isinstance(expected, tuple):
            return line
        lines = []
        while True:
            more = self.child.stdout.readline().rstrip('\n')
            if more in ('end', ''):
                return (line, *sorted(lines))
            lines.append(more)

    def play(self, tape):
        """Where it first differs: (step, what is expected, what came), or None."""
        text = '\n'.join(tape.steps + ['all 0', ''])
        writer = threading.Thread(target=lambda: (self.child.stdin.write(text), self.child.stdin.flush()))
        writer.start()
        found = None
        for at, expected in tape.expected:
            got = self.read(expected)
            if got != expected and found is None:
                found = (at, expected, got)
            if self.child.poll() is not None:
                break
        self.read((None,))
        writer.join()
        return found


def explain(seed, tape, found):
    at, expected, got = found
    print('plan_agree: seed %d' % seed)
    print('\n'.join(step for step in tape.steps[max(0, at - 100):at]))
    if isinstance(expected, tuple):
        expected, got = set(expected) - set(got), set(got) - set(expected)
    print('the model says %s\nplan says      %s' % (expected, got))


def main(args):
    if len(args) < 2:
        sys.exit(__doc__)
    model, program = load(args[0]), Program(args[1])
    count, first = int(args[2]) if args[2:] else 500, int(args[3]) if args[3:] else 0
    rules, steps = frozenset(model.RULES), 0
    plain = model.Replica, model.Session
    for seed in range(first, first + count):
        tape = Tape()
        model.Replica, model.Session = plain
        model.Replica, model.Session = define(model, tape)
        fault, world = model.verdict(seed, rules)
        if fault:
            sys.exit('plan_agree: seed %d: the specification as changed here breaks: %s' % (seed, fault))
        for r in world.replicas:
            r.before()
            tape.depth -= 1
            r.tell_all()
        found = program.play(tape)
        if found or program.child.poll() is not None:
            if found:
                explain(seed, tape, found)
            sys.exit('plan_agree: seed %d differs (%s)' % (seed, program.child.poll()))
        steps += len(tape.steps)
    program.child.stdin.close()
    if program.child.wait() != 0:
        sys.exit('plan_agree: the program failed')
    print('%d histories, %d steps agree' % (count, steps))


if __name__ == '__main__':
    main(sys.argv[1:])
