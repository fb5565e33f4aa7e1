"""`python -m tests.faults`: play all scenarios; `--quick` those of `make test`; `--mutations` see each fail without its protection."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from tests.faults import scenarios
from tests.faults.scenario import HEAD, SCENARIOS, Result, Scenario, by_world, play
from tests.faults.world import NotPossible, a_world

assert scenarios.__all__

# A world without a protection may never come to rest.
PATIENCE_WITHOUT_SECONDS = 40.0


def main() -> int:
    """0 when all has survived, or, with `--mutations`, when nothing has."""
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("only", nargs="*", help="numbers of scenarios; all unless given")
    parser.add_argument("--quick", action="store_true", help="those that `make test` plays")
    parser.add_argument("--mutations", action="store_true", help="take out each scenario's protection and see it fail")
    given = parser.parse_args()
    known = {scenario.number for scenario in SCENARIOS}
    if unknown := set(given.only) - known:
        print(f"there is no scenario {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}.", file=sys.stderr)
        return 2
    chosen = [one for one in SCENARIOS if (not given.only or one.number in given.only) and (one.quick or not given.quick)]
    print(HEAD, flush=True)
    return asyncio.run(_without_protections(chosen) if given.mutations else _all(chosen))


async def _all(chosen: Sequence[Scenario]) -> int:
    results: list[Result] = []
    for plan, group in groupby(by_world(chosen), key=lambda one: one.plan):
        wanted = list(group)
        try:
            async with a_world(plan) as world:
                for one in wanted:
                    results.append(await play(one, world))
                    _show(results[-1])
        except NotPossible as lacking:
            for one in wanted:
                print(f"{one.number:>5} {one.says[:64]:64} not possible here: {lacking}", flush=True)
    survived = sum(result.survived for result in results)
    print(f"{survived} survived of {len(results)}")
    return 0 if survived == len(results) else 1


async def _without_protections(chosen: Sequence[Scenario]) -> int:
    failed, possible = 0, len(chosen)
    for one in chosen:
        plan = replace(one.plan, changes=(*one.plan.changes, one.without))
        try:
            async with a_world(plan) as world:
                result = await play(one, world, within=PATIENCE_WITHOUT_SECONDS)
        except NotPossible as lacking:
            print(f"{one.number:>5} {one.says[:64]:64} not possible here: {lacking}", flush=True)
            possible -= 1
            continue
        failed += not result.survived
        verdict = "seen to fail" if not result.survived else "NOT NOTICED"
        print(f"{one.number:>5} {one.says[:64]:64} without {one.without}: {verdict}", flush=True)
        for problem in result.findings.problems[:2]:
            print(f"      {problem[:200]}", flush=True)
    print(f"{failed} seen to fail of {possible}")
    return 0 if failed == possible else 1


def _show(result: Result) -> None:
    print(result.row(), flush=True)
    for problem in result.findings.problems:
        print(f"      {problem}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
