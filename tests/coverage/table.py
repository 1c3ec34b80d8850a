# SPDX-License-Identifier: Apache-2.0
"""What of the code the tests ran: table.py SOURCE-DIR BUILD-DIR GCOV.

Sums what gcov says of the objects below BUILD-DIR, which were built with
--coverage, over all programs that ran: for each folder its lines and its
branches, then the files that are below their folder's mark. Each line with a
branch that was never taken goes to stderr. Fails when a folder is below.

A branch is a way out of a condition, as gcc compiles it without optimising:
`a && b` has four. All count, those after a failed allocation too, but

- those of an assert, which has a way that nothing may ever take
- the way past a switch that names all states and so has no default
"""
import json
import os
import re
import subprocess
import sys

ROOTS = ('proto', 'daemon', 'client')
# Percent of the branches that a folder's tests have to take; the client has
# none, as much of it is words.
MARKS = {'proto': 85, 'daemon': 85, 'proto/model': 95, 'daemon/plan': 95,
         'daemon/apply': 95}


def mark_of(folder):
    while folder and folder not in MARKS:
        folder = os.path.dirname(folder)
    return MARKS.get(folder)


class File:
    """What was counted of one source file."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.text = file.read()
        self.lines = {}     # (function, line): count
        self.branches = {}  # (function, line): counts
        self.asserts = set()
        for begin, end in self.enclosed(r'\bassert\(', '()'):
            self.asserts.update(range(self.line(begin), self.line(end) + 1))
        self.whole = set()  # switches that name all states
        for begin, end in self.enclosed(r'\bswitch \([^{]*\{', '{}'):
            if 'default:' not in self.text[begin:end]:
                self.whole.add(self.line(begin))

    def line(self, at):
        return self.text.count('\n', 0, at) + 1

    def enclosed(self, what, brackets):
        """Each place like that, to where its last bracket is closed."""
        for begin in re.finditer(what, self.text):
            end, depth = begin.end(), 1
            while depth:
                depth += {brackets[0]: 1, brackets[1]: -1}.get(
                    self.text[end], 0)
                end += 1
            yield begin.start(), end - 1

    def add(self, line):
        """Adds what one object says of a line: headers have many."""
        number = line['line_number']
        key = line.get('function_name'), number
        self.lines[key] = self.lines.get(key, 0) + line['count']
        if number in self.asserts:
            return
        new = [branch['count'] for branch in line['branches']]
        if number in self.whole:
            new = new[:-1]  # gcov has them in the order of the source
        old = self.branches.setdefault(key, [0] * len(new))
        if len(old) != len(new):
            sys.exit('%s:%d has other branches elsewhere' % key)
        self.branches[key] = [a + b for a, b in zip(old, new)]

    def missed(self):
        """The lines with a branch never taken: number, how many, of."""
        for (_, number), counts in sorted(self.branches.items(),
                                          key=lambda item: item[0][1]):
            if 0 in counts:
                yield number, counts.count(0), len(counts)


class Sum:
    """Lines and branches, of all and taken."""

    def __init__(self, files):
        counts = [n for file in files for n in file.lines.values()]
        self.lines = len(counts), sum(n > 0 for n in counts)
        counts = [n for file in files for line in file.branches.values()
                  for n in line]
        self.branches = len(counts), sum(n > 0 for n in counts)

    @staticmethod
    def text(of, taken):
        if not of:
            return '%16s' % '-'
        return '%6.1f %% of %5d' % (percent(of, taken), of)

    def __str__(self):
        return self.text(*self.lines) + '  ' + self.text(*self.branches)


def percent(of, taken):
    return 100 * taken / of if of else 100


def objects(build):
    for root in ROOTS:
        for folder, _, names in os.walk(os.path.join(build, root)):
            for name in sorted(names):
                if name.endswith('.gcno'):
                    yield os.path.join(folder, name)


def counted(gcov, build, notes):
    """What gcov says of one object, a dict for each source file."""
    done = subprocess.run(
        [gcov, '--json-format', '--stdout', '--branch-probabilities', notes],
        cwd=build, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    for document in done.stdout.splitlines():
        said = json.loads(document)
        for file in said['files']:
            path = os.path.join(said['current_working_directory'],
                                file['file'])
            yield os.path.realpath(path), file['lines']


def collect(source, build, gcov):
    files = {}
    for notes in objects(build):
        for path, lines in counted(gcov, build, notes):
            name = os.path.relpath(path, source)
            if name.split(os.sep)[0] not in ROOTS or not os.path.exists(path):
                continue
            if name not in files:
                files[name] = File(path)
            for line in lines:
                files[name].add(line)
    return files


def print_folders(files):
    """The table; gives the folders that are below their mark."""
    folders = {}
    below = []
    for name in sorted(files):
        folders.setdefault(os.path.dirname(name), []).append(files[name])
    print('%-16s%17s  %17s  %s' % ('folder', 'lines', 'branches', 'mark'))
    for folder in sorted(folders):
        total, mark = Sum(folders[folder]), mark_of(folder)
        print('%-16s %s  %s' % (folder, total, '%d %%' % mark if mark else ''))
        if mark and percent(*total.branches) < mark:
            below.append(folder)
    print('%-16s %s' % ('all', Sum(files.values())))
    return below


def print_files(files):
    print('\nfiles below the mark of their folder:')
    for name in sorted(files):
        branches = Sum([files[name]]).branches
        if percent(*branches) < (mark_of(os.path.dirname(name)) or 0):
            print('  %-36s %s' % (name, Sum.text(*branches)))


def print_missed(files):
    for name in sorted(files):
        text = files[name].text.splitlines()
        for number, n, of in files[name].missed():
            print('%s:%d: %d of %d: %s' % (name, number, n, of,
                                           text[number - 1].strip()),
                  file=sys.stderr)


def main(source, build, gcov):
    files = collect(os.path.realpath(source), os.path.realpath(build), gcov)
    below = print_folders(files)
    print_files(files)
    print_missed(files)
    if below:
        print('\nbelow the mark: ' + ', '.join(below))
    return 1 if below or not files else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
