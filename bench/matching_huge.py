"""50,000 protégés and 10,000 mentors, with proof, and how time and memory grow on the way there."""

from bench.report import report
from bench.solving import ask

SIZES = ((5_000, 1_250), (10_000, 2_500), (20_000, 5_000))
HUGE = (50_000, 10_000)


def run() -> bool:
    """Places for three in five, and a place for everybody; all scored, solved and proven in a process with two cores at most."""
    smaller = [ask("bench.solving", *size, 1, 5) for size in SIZES]
    huge = {"short": ask("bench.solving", *HUGE, 1, 5), "tight": ask("bench.solving", *HUGE, 5, 5)}
    assert all(one["optimal"] for one in (*smaller, *huge.values()))
    growth = ", ".join(
        f"{proteges:,} x {mentors:,} {one['seconds']:.1f} s {one['megabytes']:.0f} MB"
        for (proteges, mentors), one in zip(SIZES, smaller, strict=True)
    )
    met = [
        report(
            f"matching-huge-{name}",
            one["seconds"],
            None,
            unit="s",
            goal="<= 120",
            notes=(
                f"{one['matched']:,} of {HUGE[0]:,} matched on {one['places']:,} places, proven against {one['pairs']:,} pairs in "
                f"{one['rounds']} rounds; processor time {one['cpu']:.1f} s, {one['megabytes']:.0f} MB; before it {growth}"
            ),
        )
        for name, one in huge.items()
    ]
    most = max(one["megabytes"] for one in huge.values())
    met.append(report("matching-huge-memory", most, None, unit="MB", goal="<= 2000", notes="the most that the process had at any time"))
    return all(met)
