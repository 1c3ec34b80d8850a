# SPDX-License-Identifier: Apache-2.0
"""Holds the papers to the code: papers.py EXAMPLES-PROGRAM, from the root.

- each LIMIT_* that PROTOCOL.md's table names has the value of limits.h, and
  each one named anywhere in it is there
- its examples are what the code makes
- each module of the tree has its line in ARCHITECTURE.md, and no other has;
  each function that a step of its walk names exists in that folder's files
- tutti(1) has the verbs of client's table and their options, and no others
- tutti.conf(5) has the options of conf's tables, with their words
"""
import os
import re
import subprocess
import sys

wrong = 0


def say(text):
    global wrong
    wrong += 1
    print(text)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def compare(what, paper, code):
    for name in sorted(set(paper) - set(code)):
        say('%s: only the paper has %s' % (what, name))
    for name in sorted(set(code) - set(paper)):
        say('%s: the paper lacks %s' % (what, name))


# ---- PROTOCOL.md ---------------------------------------------------------

def limits():
    """The limits of limits.h, as numbers."""
    found = re.findall(r'^#define (LIMIT_\w+) (.*?)(?:/\*.*)?$',
                       read('proto/base/limits.h'), re.M)
    values = {}
    for name, text in found:
        text = re.sub(r'U?INT64_C\((\d+)\)', r'\1', text)
        values[name] = eval(text, {'__builtins__': {}})  # digits and shifts
    return values


def check_limits(paper):
    values = limits()
    rows = re.findall(r'^\| (LIMIT_\w+) \| ([0-9,^]+) \|', paper, re.M)
    for name, text in rows:
        base, _, power = text.replace(',', '').partition('^')
        number = int(base) ** int(power or 1)
        if name in values and number != values[name]:
            say('PROTOCOL.md: %s is %d' % (name, values[name]))
    for name in set(re.findall(r'LIMIT_[A-Z_]+', paper)) - set(values):
        say('PROTOCOL.md: %s is not in limits.h' % name)
    if len(rows) < 10:
        say('PROTOCOL.md: the table of limits is not found')


def check_examples(paper, program):
    if not os.access(program, os.X_OK):
        print('not checked: the examples, for %s is not built' % program)
        return
    made = dict(line.split('\t', 1) for line in subprocess.run(
        [program], check=True, stdout=subprocess.PIPE,
        encoding='utf-8').stdout.splitlines())
    shown, label = {}, None
    for line in paper.split('\n## Examples\n')[1].splitlines():
        if line.startswith(' ' * 8) and label:
            shown[label] += line.strip()
        elif line.startswith(' ' * 4):
            label = line.strip()
            shown[label] = ''
    compare('examples', shown, made)
    for label in set(shown) & set(made):
        if shown[label] != made[label]:
            say('PROTOCOL.md: %s is %s' % (label, made[label]))


# ---- ARCHITECTURE.md -----------------------------------------------------

def modules():
    """Folders with C files of the program, and main.c, which is its own."""
    found = {'daemon/main.c'}
    for top in ('proto', 'daemon', 'client'):
        for folder, _, files in os.walk(top):
            if folder != 'daemon' and any(f.endswith('.h') for f in files):
                found.add(folder)
    return found


def check_architecture(paper):
    compare('ARCHITECTURE.md', re.findall(r'^\| `([^`]+)` \|', paper, re.M),
            modules())
    text = {}
    for folder in modules():
        if not os.path.isdir(folder):
            continue
        text[folder] = ''.join(read(os.path.join(folder, f))
                               for f in os.listdir(folder)
                               if f.endswith(('.c', '.h')))
    steps = re.findall(r'\(`((?:proto|daemon|client)[\w/]*)`: ([^)]*)\)',
                       paper)
    for folder, names in steps:
        for name in re.findall(r'`(\w+)`', names):
            if not re.search(r'\b%s\(' % name, text.get(folder, '')):
                say('ARCHITECTURE.md: %s has no %s' % (folder, name))
    if not steps:
        say('ARCHITECTURE.md: no step names its functions')


# ---- the man pages -------------------------------------------------------

STRING = r'"((?:[^"\\]|\\.)*)"'


def strings(text):
    """C string literals side by side, as one."""
    return ''.join(re.findall(STRING, text))


def client_options():
    """The options of each list in client/*.c, by the list's name."""
    lists = {}
    for file in sorted(os.listdir('client')):
        if not file.endswith('.c'):
            continue
        for name, body in re.findall(
                r'struct client_option (\w+)\[\] = \{\n(.*?)\n\};',
                read('client/' + file), re.S):
            lists[name] = set(re.findall(r'\{"([^"]+)",', body))
    return lists


def client_verbs():
    """The verbs that this version has, with their options."""
    table = read('client/client_verbs.c')
    table = table.split('client_verbs[] = {')[1].split('\n};')[0]
    options = client_options()
    verbs = {}
    for entry in re.findall(r'\{(?!\.)(.*?)\}', table, re.S):
        named = re.match(STRING, entry)
        taken = re.search(r'\bclient_\w+_options\b', entry)
        verbs[named.group(1)] = options[taken.group(0)] if taken else set()
    return verbs


def check_verbs():
    page = read('packaging/man/tutti.1.scd')
    verbs = client_verbs()
    part = re.search(r'\n# VERBS\n(.*?)\n# ', page, re.S).group(1)
    shown = {}
    for line in re.findall(r'^\*.*$', part, re.M):
        name = re.match(r'\*([a-z ]+)\*', line)
        if name:
            shown[name.group(1)] = set(re.findall(r'\*--([a-z-]+)\*', line))
    compare('tutti(1)', shown, verbs)
    for name in set(shown) & set(verbs):
        compare('tutti(1), %s' % name, shown[name], verbs[name])
    if len(verbs) < 10:
        say('client_verbs.c: the table is not found')


def conf_options():
    """Per kind of file: option -> (range, default or None, help)."""
    text = read('daemon/conf/conf_option.c')
    kinds = {}
    for kind, body in re.findall(
            r'conf_option (\w+)_options\[\] = \{\n(.*?)\n\};', text, re.S):
        kinds[kind] = {}
        for entry in re.findall(r'\t\{(.*?offsetof\([^)]*\))\}', body, re.S):
            # Outside of strings a comma parts the fields.
            fields = re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', entry)
            name, _, span, preset, _, words = fields[:6]
            kinds[kind][strings(name)] = (
                strings(span),
                None if preset.strip() == 'NULL' else strings(preset),
                strings(words))
    return kinds


def plain(text):
    """scdoc's text without its marks, on one line."""
    text = re.sub(r'\\(.)', r'\1', re.sub(r'(?<!\\)[*]|\b_|_\b', '', text))
    return re.sub(r'\s+', ' ', text)


def check_conf():
    page = read('packaging/man/tutti.conf.5.scd')
    sections = {'main': 'THIS DEVICE', 'peer': 'A PEER', 'folder': 'A FOLDER'}
    kinds = conf_options()
    compare('tutti.conf(5), kinds', sections, kinds)
    for kind, title in sections.items():
        part = re.search(r'\n# %s\n(.*?)(?=\n# )' % title, page, re.S)
        items = re.split(r'^\*(\w+)\*', part.group(1), flags=re.M)
        shown = dict(zip(items[1::2], items[2::2]))
        compare('tutti.conf(5), %s' % kind, shown, kinds[kind])
        for name in set(shown) & set(kinds[kind]):
            span, preset, words = kinds[kind][name]
            default = 'must be set' if preset is None else (
                'default: ' + preset)
            for need in (span, words.rstrip('.'), default):
                if plain(need) not in plain(shown[name]):
                    say('tutti.conf(5): %s does not say: %s' % (name, need))


def main():
    protocol = read('PROTOCOL.md')
    check_limits(protocol)
    check_examples(protocol, sys.argv[1])
    check_architecture(read('ARCHITECTURE.md'))
    check_verbs()
    check_conf()
    print('%d wrong' % wrong)
    return wrong > 0


sys.exit(main())
