#!/usr/bin/env python3
"""What of csrc ran: lines and branches by file, from gcov's data.

spec/coverage.py BUILD: the folder of the objects that were built with --coverage.

Fails where fewer than 95 % of the lines ran, where a branch of a line that ran was never taken, or
a function never called, that spec/uncovered.txt does not name, and where that names what is
covered.  What a branch never taken leads to needs no entry of its own.
"""
import collections
import fnmatch
import glob
import json
import re
import subprocess
import sys

LEAST = 95  # per cent of lines
EXCUSES = "spec/uncovered.txt"


class File:
    def __init__(self, path):
        with open(path, encoding="utf-8") as source:
            self.source = [line.strip() for line in source]
        self.lines = collections.Counter()
        self.branches = {}
        self.functions = collections.Counter()  # by the line that each begins in

    def add(self, data):
        for line in data["lines"]:
            number = line["line_number"]
            self.lines[number] += line["count"]
            taken = [branch["count"] for branch in line["branches"]]
            known = self.branches.get(number)
            # A header's lines are in more than one object.
            if known is not None and len(known) == len(taken):
                taken = [a + b for a, b in zip(known, taken)]
            self.branches[number] = taken
        for function in data["functions"]:
            self.functions[function["start_line"]] += function["execution_count"]

    def uncovered(self):
        """The numbers of the lines that need an excuse."""
        for number, count in sorted(self.lines.items()):
            never_called = self.functions.get(number, 1) == 0
            if never_called or (count > 0 and 0 in self.branches[number]):
                yield number


def read(build):
    files = {}
    for notes in sorted(glob.glob(build + "/**/*.gcno", recursive=True)):
        output = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", notes],
                                check=True, capture_output=True, text=True).stdout
        for data in json.loads(output)["files"]:
            if data["file"].startswith("csrc/"):
                files.setdefault(data["file"], File(data["file"])).add(data)
    return files


def excuses():
    """(file patterns, regular expression, is it one that may be covered, the entry) of each."""
    with open(EXCUSES, encoding="utf-8") as entries:
        for entry in entries:
            # What is not indented is a reason.
            if entry.startswith("  "):
                entry = entry.strip()
                name, text = entry.removeprefix("? ").split(": ", 1)
                pattern = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "/" else re.escape(text)
                yield name, re.compile(pattern), entry.startswith("? "), entry


def share(part, whole):
    return f"{part:5}/{whole:<5} {100 * part / whole if whole else 100:5.1f} %"


def main(build):
    files = read(build)
    named = list(excuses())
    used = set()
    problems = []
    lines_run = lines = 0
    for path, file in sorted(files.items()):
        run = sum(count > 0 for count in file.lines.values())
        taken = [count > 0 for branch in file.branches.values() for count in branch]
        lines_run += run
        lines += len(file.lines)
        print(f"{path:24} lines {share(run, len(file.lines))}   branches {share(sum(taken), len(taken))}")
        for number in file.uncovered():
            text = file.source[number - 1]
            matching = [entry for name, pattern, _, entry in named
                        if pattern.fullmatch(text)
                        and any(fnmatch.fnmatch(path, "csrc/" + part) for part in name.split(","))]
            used.update(matching)
            if not matching:
                problems.append(f"{path}:{number}: a branch is never taken: {text}")
    print(f"{'all':24} lines {share(lines_run, lines)}")
    problems += [f"{EXCUSES}: covered, or gone: {entry}" for _, _, may_be_covered, entry in named
                 if entry not in used and not may_be_covered]
    if lines_run * 100 < LEAST * lines:
        problems.append(f"fewer than {LEAST} % of the lines ran")
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main(sys.argv[1]))
