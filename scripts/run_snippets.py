#!/usr/bin/env python3
"""Run the Python snippets of a section of a Markdown file, each in a process of its own.

    scripts/run_snippets.py FILE SECTION EXPECTED

They are run in the current folder; the last line that each prints must be EXPECTED.
"""

import os
import pathlib
import re
import subprocess
import sys

PATIENCE = 600
# Nothing leaves this machine.
QUIET = dict(SPARK_LOCAL_IP="127.0.0.1", RAY_USAGE_STATS_ENABLED="0", DAFT_ANALYTICS_ENABLED="0", DO_NOT_TRACK="true")


def snippets(text, section):
    _, found, after = text.partition(f"\n## {section}\n")
    if not found:
        sys.exit(f"run_snippets: there is no section {section!r}")
    return re.findall(r"^```python\n(.*?)^```$", after.partition("\n## ")[0], re.DOTALL | re.MULTILINE)


def run(snippet):
    """How it ends, and the last line that it prints."""
    command = [sys.executable, "-c", snippet]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, env=os.environ | QUIET)
    return ran.returncode, ran.stdout.strip().rpartition("\n")[2]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    file, section, expected = sys.argv[1:]
    found = snippets(pathlib.Path(file).read_text(), section)
    wrong = []
    for snippet in found:
        # Ray gives up when its processes do not start within 30 seconds, as on a busy machine.
        for _ in range(2):
            status, last = run(snippet)
            if not status and last == expected:
                break
        else:
            wrong.append(f"{snippet}printed {last!r}, not {expected!r}, and ended with {status}")
    if wrong or not found:
        sys.exit("\n".join(wrong) or "run_snippets: there are no snippets")
    print(f"{len(found)} snippets")


if __name__ == "__main__":
    main()
