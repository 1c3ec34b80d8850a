#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds proto/model to the executable specification (LESSONS 82).

  model_agree.py MODEL.PY PROGRAM [SETS [HISTORIES]]

Random sets, and the versions of whole histories that the specification's
scheduler makes, go through its functions and, by way of PROGRAM, through
ours, in different orders; sets, winners, losers and copies must be the same,
and conflict names as different as theirs.
"""
import importlib.util
import random
import subprocess
import sys


def load(path):
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location('model', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class NoWorld:
    """All that Replica.store asks of its world."""

    def __init__(self, rules):
        self.rules, self.sessions = rules, {}


class Ours:
    def __init__(self, program):
        self.names, self.asked = {}, 0
        self.child = subprocess.Popen([program], text=True, bufsize=1 << 16,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, versions, known, derived):
        """(set, winner, living, losers, having a copy), as lists of dots."""
        lines = []
        for v in versions:
            words = ['v', v.path, v.kind, v.content, v.mtime, int(v.copy), *v.dot, len(v.vector)]
            for entry in v.vector.items():
                words += entry
            lines.append(words + [len(v.deleted), *v.deleted])
        lines += [('k', *dot) for dot in known]
        lines.append(('ask', int(derived)))
        self.child.stdin.write('\n'.join(' '.join(map(str, line)) for line in lines) + '\n')
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        self.asked += 1
        parts = [part.split() for part in answer.split('|')]
        if len(parts) != 5:
            sys.exit('model_agree: no answer to %s' % versions)
        losers = parts[3][0::2]
        for dot, name in zip(losers, parts[3][1::2]):
            self.learn(name, dot)
        parts[3] = losers
        return [[tuple(map(int, dot.split('.'))) for dot in part] for part in parts]

    def learn(self, name, dot):
        """A name is one loser's: of two histories, the dots may be the same."""
        key = (self.history, dot, self.mtimes[dot])
        tag = name.rpartition('.conflict-')[2]
        if self.names.setdefault((self.history, tag), key) != key:
            sys.exit('model_agree: %s names two losers' % name)


def dots(versions):
    return sorted(v.dot for v in versions)


def theirs(model, replica, path):
    """What the specification says, in the shape of Ours.ask."""
    known = replica.sets[path]
    losers, seen = [], set()
    for v in sorted(replica.losers(path), key=lambda v: (v.mtime, v.dot), reverse=True):
        if v.content not in seen:
            losers.append(v.dot)
            seen.add(v.content)
    return [dots(known), [model.winner(known, replica.rules).dot], dots(model.living(known)), losers,
            dots(v for v in known if v.kind != 'gone' and replica.has_copy(v))]


def compare(model, ours, replica, path, arrivals):
    known = replica.sets[path]
    copies = [v.dot for v in known if v.kind != 'gone' and model.copy_name(v, replica.rules) in replica.sets]
    derived = replica.wanted(path) == model.DIR
    ours.mtimes = {'%d.%d' % v.dot: v.mtime for v in known}
    want = theirs(model, replica, path)
    got = ours.ask(arrivals, copies, derived)
    if got != want:
        sys.exit('model_agree: of %s\n theirs %s\n ours   %s' % (arrivals, want, got))


def random_set(model, ours, rnd):
    """Siblings of all kinds, some of them with a copy, perhaps with a living child."""
    replica = model.Replica(NoWorld(frozenset(model.RULES)), 0, 0)
    versions = []
    for number in range(rnd.randint(1, 7)):
        kind = rnd.choice(('file', 'file', 'file', 'dir', 'gone'))
        content = model.DIR if kind == 'dir' else 'c%d' % rnd.randint(1, 4)
        deleted = {rnd.choice(('c1', 'c2', 'c3', model.DIR)) for _ in range(rnd.randint(1, 2))}
        dot = (number * 2 + 1, rnd.randint(1, 3))
        versions.append(model.Version('p', kind, content, rnd.randint(0, 3) if kind == 'file' else 0, 0, dot,
                                      {dot[0]: dot[1]}, frozenset(deleted if kind == 'gone' else ()),
                                      kind == 'file' and rnd.random() < .2))
    for v in versions:
        replica.store(v)
    others = [model.copy_name(v, replica.rules) for v in versions if v.kind != 'gone' and rnd.random() < .3]
    if rnd.random() < .2:
        others.append('p/kid')
    for path in others:
        dot = (99, len(replica.sets))
        replica.store(model.Version(path, 'file', 'k', 0, 0, dot, {dot[0]: dot[1]}, frozenset(), False))
    rnd.shuffle(versions)
    compare(model, ours, replica, 'p', versions)


def history(model, ours, rnd, seed):
    """All versions that a run of the scheduler made, arriving in two orders, with repeats."""
    rules = frozenset(model.RULES)
    fault, world = model.verdict(seed, rules)
    if fault:
        sys.exit('model_agree: the specification breaks its own rules: %s' % fault)
    replica = model.Replica(NoWorld(rules), 0, 0)
    arrivals = world.all + rnd.sample(world.all, len(world.all) // 2)
    rnd.shuffle(arrivals)
    for v in arrivals:
        replica.store(v)
    rnd.shuffle(arrivals)
    for path in replica.sets:
        compare(model, ours, replica, path, [v for v in arrivals if v.path == path])


def main(args):
    if len(args) < 2:
        sys.exit(__doc__)
    model, ours = load(args[0]), Ours(args[1])
    sets, histories = int(args[2]) if args[2:] else 10000, int(args[3]) if args[3:] else 500
    rnd = random.Random(1)
    for ours.history in range(sets):
        random_set(model, ours, rnd)
    for ours.history in range(sets, sets + histories):
        history(model, ours, rnd, ours.history)
    ours.child.stdin.close()
    if ours.child.wait() != 0:
        sys.exit('model_agree: the program failed')
    print('%d sets agree' % ours.asked)


if __name__ == '__main__':
    main(sys.argv[1:])
