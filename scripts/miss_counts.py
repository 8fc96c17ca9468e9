#!/usr/bin/env python3
"""Say as JSON how many requests of a trace libCacheSim's policies miss.

    miss_counts.py BUDGET... < TRACE

The trace is lines of time,object,size. One object by policy and budget: {"lru": {"100": 17}}.
"""

import json
import sys

import libcachesim

POLICIES = {
    "lru": libcachesim.LRU,
    "s3-fifo": libcachesim.S3FIFO,
    "w-tinylfu": libcachesim.WTinyLFU,
    "gdsf": libcachesim.GDSF,
    "clock": libcachesim.Clock,
    "2q": libcachesim.TwoQ,
    "arc": libcachesim.ARC,
    "sieve": libcachesim.Sieve,
    "lirs": libcachesim.LIRS,
    "lfu": libcachesim.LFU,
    "belady": libcachesim.Belady,
}
NEVER = 2**63 - 1


def requests(lines):
    """The requests, each with the number of its object's next one."""
    rows = [tuple(map(int, line.split(","))) for line in lines]
    following, result = {}, []
    for number in range(len(rows) - 1, -1, -1):
        time, object_, size = rows[number]
        request = libcachesim.Request()
        request.clock_time, request.obj_id, request.obj_size = time, object_, size
        request.next_access_vtime = following.get(object_, NEVER)
        following[object_] = number
        result.append(request)
    return result[::-1]


def main():
    trace = requests(sys.stdin)
    counts = {}
    for name, policy in POLICIES.items():
        for budget in sys.argv[1:]:
            # The hash table of the default size would take most of the time.
            cache = policy(int(budget), hashpower=16)
            counts.setdefault(name, {})[budget] = sum(not cache.get(request) for request in trace)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
