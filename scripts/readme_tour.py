#!/usr/bin/env python3
"""Replace the tour in README.md by the output of a real one.

    cargo build --release && scripts/readme_tour.py target/release/thermocline
"""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
MARKED = re.compile(r"(<!-- tour -->\n).*?(<!-- end of tour -->)", re.S)


def main():
    # Without CARGO, the tour names the command as it is called once installed.
    env = {key: value for key, value in os.environ.items() if key != "CARGO"}
    run = subprocess.run([sys.argv[1], "tour"], env=env, check=True, capture_output=True, text=True)
    lines = [line.removeprefix("  ") for line in run.stdout.strip("\n").split("\n")]
    block = "```text\n" + "\n".join(lines) + "\n```\n"
    text, found = MARKED.subn(lambda m: m[1] + block + m[2], README.read_text())
    if found != 1:
        sys.exit("README.md has no place for the tour")
    README.write_text(text)


if __name__ == "__main__":
    main()
