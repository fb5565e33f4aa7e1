"""Draws a match: lines while one can follow them, else bands between groups and a dot per pair by its points."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.portal.api.managing import card_of, words_of
from services.portal.api.match_runs.showing import HUNDREDTHS, MOST_LINES, OTHERS, Groups, Look, Row, Whole
from services.portal.api.page import Page
from services.portal.pages.pictures import Band, LeftOut, Mentor, Pair, Picture, Voice, groups_match, quality_plot, whole_match
from services.portal.pages.words_manager import left_out_reason
from services.portal.pages.words_runs import Form


@dataclass(frozen=True, kw_only=True)
class View:
    """What one looks at of a match: these rows of it, with this pair open beside them."""

    page: Page
    found: Whole
    rows: Sequence[Row]
    groups: Groups
    look: Look
    opened: tuple[str, str]
    form: Form

    def address(self, **changes: object) -> str:
        """Of the same look, changed a little."""
        return self.look.address(self.found.run["run_id"], **changes)

    @property
    def left_out(self) -> Sequence[Mapping[str, Any]]:
        """Who has nobody, where one looks at everybody."""
        return () if self.look.narrowed else self.found.run["left_out"]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The pictures of a match: either of single pairs, or of groups and of points."""

    lines: Picture | None = None
    groups: Picture | None = None
    quality: Picture | None = None


def draw(view: View) -> Drawn:
    """The pairs that are looked at as lines; too many of them by group and by points, and with them all others."""
    if len(view.rows) <= MOST_LINES:
        return Drawn(lines=_lines(view))
    return Drawn(groups=_groups(view), quality=_quality(view))


def _lines(view: View) -> Picture:
    found, words = view.found, words_of(view.page)
    shown = {row.mentor.person_id for row in view.rows}
    mentors = [
        Mentor(id=one["mentor_id"], name=card_of(found.people, one["mentor_id"]).name, places=max(one["places"], 1))
        for one in found.run["mentors"]
        if one["mentor_id"] in shown or (one["places"] > 0 and not view.look.narrowed)
    ]
    # Among peers, who stands at the right is no mentor and has no places to show.
    unseen = shown - {mentor.id for mentor in mentors}
    mentors += [Mentor(id=person_id, name=card_of(found.people, person_id).name, places=0) for person_id in sorted(unseen)]
    pairs = [
        Pair(
            protege=row.protege.name,
            mentor_id=row.mentor.person_id,
            points=row.shown,
            href=view.address(pair=row.protege.person_id, partner=row.mentor.person_id, who=""),
            chosen=(row.protege.person_id, row.mentor.person_id) == view.opened,
        )
        for row in view.rows
    ]
    left_out = [
        LeftOut(
            name=card_of(found.people, one["person_id"]).name,
            reason=left_out_reason(one["reason"], words),
            href=view.address(who=one["person_id"], pair="", partner=""),
        )
        for one in view.left_out
    ]
    proteges = len({row.protege.person_id for row in view.rows}) + len(left_out)
    return whole_match(pairs, mentors, left_out, view.page.viewer, view.form.heads(proteges, len(mentors), Voice.of(view.page.viewer)))


def _groups(view: View) -> Picture:
    groups = view.groups
    points: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in view.rows:
        points[groups.left_of(row.protege), groups.right_of(row.mentor)].append(row.points)
    alone = Counter(groups.left_of(card_of(view.found.people, one["person_id"])) for one in view.left_out)
    order = {(left, right): (a, b) for a, left in enumerate(groups.left) for b, right in enumerate(groups.right)}
    called = group_words(view.page)
    bands = [
        Band(
            left=called.get(left, left),
            right=called.get(right, right),
            pairs=len(points[left, right]),
            points=sum(points[left, right]) / len(points[left, right]) / HUNDREDTHS,
            href=view.address(left=left, right=right, at=""),
        )
        for left, right in sorted(points, key=lambda both: order[both])
    ]
    heads = view.form.heads(len(view.rows) + alone.total(), len({row.mentor.person_id for row in view.rows}), Voice.of(view.page.viewer))
    return groups_match(bands, {called.get(name, name): count for name, count in alone.items()}, heads, view.page.viewer)


def _quality(view: View) -> Picture:
    return quality_plot(
        [row.shown for row in view.rows], len(view.left_out), view.page.viewer, lambda lowest: view.address(points=lowest, at="")
    )


def group_words(page: Page) -> dict[str, str]:
    """What groups without a name of their own are called."""
    _ = words_of(page).gettext
    return {"": _("not said"), OTHERS: _("the others")}
